import { convert, OptionError, type Values } from "./convert.ts";
import { findOption, ownName, unknownOption, withoutEffect } from "./findings.ts";
import type { IniFile } from "./ini.ts";
import type { Option, OptionType } from "./option.ts";
import { allOptions, options, type Options, type Placed } from "./options.ts";
import { readSources, type SourceNames } from "./sources.ts";
import { substitute, type Substituted } from "./substitute.ts";

export { OptionError } from "./convert.ts";

/** The configuration as the program sees it: every option that it acts on, typed. */
export type Configuration = {
  readonly [S in keyof Options]: {
    readonly [O in keyof Options[S] as Options[S][O] extends { readonly standing: "implemented" }
      ? O
      : never]: Options[S][O] extends {
      readonly type: infer T extends OptionType;
    }
      ? Values[T]
      : never;
  };
};

/** Where a value comes from. */
export type Source =
  | { readonly from: "default" }
  | { readonly from: "file"; readonly file: string; readonly line: number }
  | { readonly from: "environment"; readonly variable: string };

/** A source as a person reads it: `default`, `kuryr.conf:12`, `environment OS_...`. */
export function sourceText(source: Source): string {
  if (source.from === "default") return "default";
  return source.from === "file" ? `${source.file}:${source.line}` : `environment ${source.variable}`;
}

/** One option with the value it has. */
export interface Setting extends Placed {
  readonly value: Values[OptionType] | undefined;
  readonly source: Source;
  /** The value must not be shown: the option is secret, or a secret was substituted in it. */
  readonly secret: boolean;
  /** The file that holds the secret. */
  readonly secretFile?: string;
}

/** A configuration, where it comes from, and what a person should hear about it. */
export interface Loaded {
  readonly config: Configuration;
  readonly settings: readonly Setting[];
  /** What somebody should mend: unknown, gone, not yet there. */
  readonly warnings: readonly string[];
  /** Options that are taken for the sake of existing files, and why they have no effect. */
  readonly notices: readonly string[];
}

/** What a configuration is made of. */
export interface Sources {
  /** In order: what comes later goes before. */
  readonly files: readonly { readonly path: string; readonly content: IniFile }[];
  /** `OS_<SECTION>__<OPTION>`, which go before all files. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads a file that holds a secret. */
  readonly readSecret: (path: string, option: string) => string;
}

interface Given {
  readonly texts: readonly string[];
  readonly source: Source;
}

const variableOf = (section: string, name: string): string => `OS_${section}__${name}`.toUpperCase();

/** Finds and substitutes the texts of options. */
class Texts {
  readonly #sources: Sources;
  readonly #open: string[] = [];

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** What was given for an option, unless nothing was. */
  given(section: string, name: string, option: Option): Given | undefined {
    const names = [name, ...(option.aliases ?? [])];
    for (const one of names) {
      const variable = variableOf(section, one);
      const text = this.#sources.environment[variable];
      if (text !== undefined) return { texts: [text], source: { from: "environment", variable } };
    }
    let found: Given | undefined;
    for (const { path, content } of this.#sources.files) {
      const values = names.flatMap((one) => content.get(section)?.get(one) ?? []);
      const last = values.toSorted((one, other) => one.line - other.line).at(-1);
      if (last === undefined) continue;
      const texts =
        option.type === "multi" ? [...(found?.texts ?? []), ...values.map(({ text }) => text)] : [last.text];
      found = { texts, source: { from: "file", file: path, line: last.line } };
    }
    return found;
  }

  substituted(section: string, name: string, text: string): Substituted {
    const place = `[${section}]${name}`;
    if (this.#open.includes(place))
      throw new OptionError(section, name, `its value contains itself: ${[...this.#open, place].join(" -> ")}`);
    this.#open.push(place);
    try {
      return substitute(
        text,
        (reference) => this.#lookup(section, reference),
        (reference) =>
          new OptionError(
            section,
            name,
            `$${reference} names no option`,
            "write $$ for a dollar sign, or mend the name of the option",
          ),
      );
    } finally {
      this.#open.pop();
    }
  }

  #lookup(section: string, reference: string): Substituted | undefined {
    const dot = reference.indexOf(".");
    const places: readonly (readonly [string, string])[] =
      dot > 0
        ? [[reference.slice(0, dot), reference.slice(dot + 1)]]
        : [
            [section, reference],
            ["DEFAULT", reference],
          ];
    for (const [where, alias] of places) {
      const group = where === "DEFAULT" ? where : where.toLowerCase();
      const name = ownName(group, alias) ?? alias;
      const option = findOption(group, name);
      const text =
        option === undefined
          ? this.#unregistered(group, name)
          : (this.given(group, name, option)?.texts.at(-1) ?? option.default);
      if (text === undefined) continue;
      const result = this.substituted(group, name, text);
      return { text: result.text, secret: result.secret || option?.secret === true };
    }
    return undefined;
  }

  /** Names that files define for nothing but substitution. */
  #unregistered(section: string, name: string): string | undefined {
    return this.#sources.files
      .findLast(({ content }) => content.get(section)?.has(name))
      ?.content.get(section)
      ?.get(name)
      ?.at(-1)?.text;
  }
}

function settingOf(texts: Texts, sources: Sources, { section, name, option }: Placed): Setting {
  const given = texts.given(section, name, option);
  const parts = (given?.texts ?? [option.default]).map((text) => texts.substituted(section, name, text));
  const own = { section, name, option, source: given?.source ?? ({ from: "default" } as const) };
  if (option.secret === true) {
    const fileOption = findOption(section, `${name}_file`);
    const file = fileOption && texts.given(section, `${name}_file`, fileOption);
    const path = file === undefined ? "" : texts.substituted(section, `${name}_file`, file.texts.at(-1) ?? "").text;
    if (file !== undefined && path !== "") {
      if (parts.some(({ text }) => text !== ""))
        throw new OptionError(section, name, `${name}_file is set too`, "set only one of them");
      const value = sources.readSecret(path, `[${section}]${name}_file`);
      return { ...own, source: file.source, value, secret: true, secretFile: path };
    }
  }
  const secret = option.secret === true || parts.some((part) => part.secret);
  const plain = parts.map(({ text }) => text);
  return { ...own, value: convert(section, name, option, plain, secret), secret };
}

const sameValue = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one instanceof Map ? [...one] : one) === JSON.stringify(other instanceof Map ? [...other] : other);

const isDefault = ({ section, name, option, value }: Setting): boolean =>
  sameValue(value, convert(section, name, option, [option.default]));

function unknownOptions(sources: Sources): string[] {
  const warnings = new Map<string, string>();
  for (const { path, content } of sources.files) {
    for (const [section, given] of content)
      for (const [name, values] of given)
        if (ownName(section, name) === undefined)
          warnings.set(`[${section}]${name}`, unknownOption(section, name, `${path}:${values.at(-1)?.line ?? 0}`));
  }
  const prefixes = Object.keys(options).map((section) => [section, variableOf(section, "")] as const);
  for (const [variable, text] of Object.entries(sources.environment)) {
    const [section, prefix] = prefixes.find(([, start]) => variable.startsWith(start)) ?? [];
    if (text === undefined || section === undefined || prefix === undefined) continue;
    const name = variable.slice(prefix.length).toLowerCase();
    if (ownName(section, name) === undefined)
      warnings.set(variable, unknownOption(section, name, `environment ${variable}`));
  }
  return [...warnings.values()];
}

/**
 * Builds a configuration: defaults, then files, then the environment.
 *
 * @throws OptionError for a value that cannot be what it must be
 */
export function resolve(sources: Sources): Loaded {
  const texts = new Texts(sources);
  const warnings: string[] = unknownOptions(sources);
  const notices: string[] = [];
  const settings: Setting[] = [];
  const config: Record<string, Record<string, unknown>> = {};
  for (const placed of allOptions) {
    const { section, name, option } = placed;
    const values = (config[section] ??= {});
    if (option.standing === "implemented") {
      const setting = settingOf(texts, sources, placed);
      settings.push(setting);
      values[name] = setting.value;
      continue;
    }
    const source = texts.given(section, name, option)?.source ?? { from: "default" as const };
    const say = (): string => withoutEffect(section, name, option, sourceText(source));
    try {
      const setting = settingOf(texts, sources, placed);
      settings.push(setting);
      if (source.from === "default" || (option.standing !== "replaced" && isDefault(setting))) continue;
      (option.standing === "ignored" ? notices : warnings).push(say());
    } catch (error) {
      // What has no effect cannot be wrong enough to stop a process.
      if (!(error instanceof OptionError)) throw error;
      settings.push({ ...placed, value: undefined, source, secret: option.secret === true });
      warnings.push(say());
    }
  }
  return { config: config as unknown as Configuration, settings, warnings, notices };
}

/**
 * Reads the configuration of a process from its files and the environment.
 *
 * @throws KuryrError when a file is missing or malformed, or a value is of the wrong type
 */
export function loadConfiguration(
  names: SourceNames,
  environment: Readonly<Record<string, string | undefined>> = {},
): Loaded {
  return resolve(readSources(names, environment));
}
