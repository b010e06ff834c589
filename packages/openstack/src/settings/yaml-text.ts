import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Scalar } from "yaml";

/** A value of a settings file. Every scalar stays the text it is written as: `0123` as a password is no number. */
export type TextValue = string | undefined | readonly TextValue[] | TextMap;

/** A mapping; keys are open, so it is no plain object. */
export type TextMap = ReadonlyMap<string, TextValue>;

/** Longer texts are refused before they are parsed, for the parser takes quadratic time for some. */
export const MAX_YAML_LENGTH = 65_536;
/** Deeper nesting than any settings file has. */
const MAX_DEPTH = 32;
/** Keys that `<<` may copy, all together: a chain of merges multiplies them. */
const MAX_MERGED_KEYS = 10_000;

/** Why a text is no settings file. It quotes nothing of the text, which may hold secrets. */
export class YamlTextError extends Error {
  /** Where, counted from 1, when that is known. */
  readonly line: number | undefined;

  constructor(reason: string, line: number | undefined, options?: ErrorOptions) {
    super(reason, options);
    this.name = "YamlTextError";
    this.line = line;
  }
}

/**
 * The mapping that a YAML 1.2 text holds (JSON is YAML), `<<` merges applied; an empty text is an empty mapping.
 *
 * Bounded whatever the text: by its length, its depth and its merges. An alias is the same value, not a copy, so that
 * aliases of aliases cost nothing.
 *
 * @throws YamlTextError, and nothing else.
 */
export function parseYamlMap(text: string): TextMap {
  if (text.length > MAX_YAML_LENGTH) throw new YamlTextError(`is longer than ${MAX_YAML_LENGTH} characters`, undefined);
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      schema: "failsafe",
      // Compares each key with each; done here in linear time.
      uniqueKeys: false,
      // The pretty ones quote the line.
      prettyErrors: false,
      logLevel: "error",
      lineCounter: lines,
    });
    const [error] = document.errors;
    if (error !== undefined) throw new YamlTextError(`is not YAML (${error.code})`, lines.linePos(error.pos[0]).line);
    const value = new Reader(lines).read(document.contents, 0);
    if (value === undefined) return new Map();
    if (!isTextMap(value)) throw new YamlTextError("is not a mapping", undefined);
    return value;
  } catch (error) {
    if (error instanceof YamlTextError) throw error;
    // The parser is recursive: deep nesting ends in a RangeError.
    throw new YamlTextError("is nested too deeply", undefined, error instanceof RangeError ? {} : { cause: error });
  }
}

/** True for a mapping. */
export function isTextMap(value: TextValue): value is TextMap {
  return value instanceof Map;
}

/** Turns the parser's nodes into values, anchors remembered in the order of the text. */
class Reader {
  readonly #lines: LineCounter;
  readonly #anchors = new Map<string, TextValue>();
  #merged = 0;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  read(node: unknown, depth: number): TextValue {
    if (depth > MAX_DEPTH) throw new YamlTextError(`is nested more than ${MAX_DEPTH} deep`, this.#lineOf(node));
    if (isAlias(node)) {
      if (!this.#anchors.has(node.source)) throw new YamlTextError("has an alias without anchor", this.#lineOf(node));
      return this.#anchors.get(node.source);
    }
    let value: TextValue;
    let anchor: string | undefined;
    if (isScalar(node)) [value, anchor] = [scalarOf(node), node.anchor];
    else if (isSeq(node)) [value, anchor] = [node.items.map((item) => this.read(item, depth + 1)), node.anchor];
    else if (isMap(node)) [value, anchor] = [this.#readMap(node.items, depth), node.anchor];
    if (anchor !== undefined) this.#anchors.set(anchor, value);
    return value;
  }

  #readMap(items: readonly { readonly key: unknown; readonly value: unknown }[], depth: number): TextMap {
    const map = new Map<string, TextValue>();
    const merges: TextValue[] = [];
    for (const { key: keyNode, value: valueNode } of items) {
      const key = this.read(keyNode, depth + 1) ?? "";
      if (typeof key !== "string") throw new YamlTextError("has a key that is no text", this.#lineOf(keyNode));
      const value = this.read(valueNode, depth + 1);
      if (key === "<<") merges.push(...(Array.isArray(value) ? (value as readonly TextValue[]) : [value]));
      else if (map.has(key)) throw new YamlTextError("has a key twice", this.#lineOf(keyNode));
      else map.set(key, value);
    }
    for (const merge of merges) {
      if (!isTextMap(merge)) throw new YamlTextError("merges (<<) what is no mapping", undefined);
      this.#merged += merge.size;
      if (this.#merged > MAX_MERGED_KEYS) throw new YamlTextError("merges (<<) too much", undefined);
      for (const [key, value] of merge) if (!map.has(key)) map.set(key, value);
    }
    return map;
  }

  #lineOf(node: unknown): number | undefined {
    const range = isScalar(node) || isAlias(node) || isMap(node) || isSeq(node) ? node.range : undefined;
    return range === undefined || range === null ? undefined : this.#lines.linePos(range[0]).line;
  }
}

/** Text as it is meant; an empty or null value, unless quoted, is none. */
function scalarOf({ value, type }: Scalar): string | undefined {
  if (typeof value !== "string") return undefined;
  return type === "PLAIN" && /^(~|null|Null|NULL)?$/.test(value) ? undefined : value;
}
