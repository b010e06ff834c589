import { isObject, text, type Json, type JsonObject } from "./json.ts";
import { groupVersion, type Kind } from "./kind.ts";
import { bareFinalizers } from "./meta.ts";
import { applyDefaults, dropNulls, prune, resolve, type Schema } from "./schema.ts";
import { badRequest, cause, invalid } from "./status.ts";

/** What to do with fields that the schema does not know. */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

/** Texts for the `Warning` headers of an answer. */
export type Warnings = string[];

/** Reads a body. @throws Failure (400) in the words of the server's JSON reader, as far as they can be told */
export function parseJson(body: string, kind: Kind): Json {
  try {
    return JSON.parse(body) as Json;
  } catch {
    const shown = body === "" ? "<empty>" : body;
    const words = `couldn't get version/kind; json parse error: ${syntaxError(body)}`;
    throw badRequest(
      kind.custom ? `the object provided is unrecognized (must be of type ${kind.kind}): ${words} (${shown})` : words,
    );
  }
}

/** Go's words for the most frequent mistakes. */
export function syntaxError(body: string): string {
  const trimmed = body.trim();
  if (trimmed === "") return "unexpected end of JSON input";
  const bad = /^\{\s*([^"}\s])/.exec(trimmed);
  if (bad !== null) return `invalid character '${bad[1]}' looking for beginning of object key string`;
  if (!/^[[{"\d\-tfn]/.test(trimmed)) return `invalid character '${trimmed[0]}' looking for beginning of value`;
  return "unexpected end of JSON input";
}

const goHeader = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;

/** Reads the object of a create or replace. @throws Failure */
export function decodeObject(body: string, kind: Kind, warnings: Warnings): JsonObject {
  const value = parseJson(body, kind);
  const wrong = (words: string): Error =>
    badRequest(
      kind.custom
        ? `the object provided is unrecognized (must be of type ${kind.kind}): ${words} (${shown(body, words)})`
        : words,
    );
  if (!isObject(value)) {
    const found = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
    throw wrong(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go value of type ${goHeader}`,
    );
  }
  const expected = groupVersion(kind);
  const version = text(value["apiVersion"]) ?? "";
  if (kind.custom && (text(value["kind"]) ?? "") === "") throw wrong(`Object 'Kind' is missing in '${body}'`);
  if (version !== "" && version !== expected) {
    // Of a version that is not served no field is known.
    const unknown = Object.keys(value).filter((name) => !["apiVersion", "kind", "metadata"].includes(name));
    if (kind.custom) warnings.push(...unknown.toSorted().map((name) => `unknown field "${name}"`));
    throw badRequest(`the API version in the data (${version}) does not match the expected API version (${expected})`);
  }
  if (!kind.custom && value["kind"] !== undefined && value["kind"] !== "" && value["kind"] !== kind.kind)
    throw badRequest(`the kind in the data (${String(value["kind"])}) does not match the expected kind (${kind.kind})`);
  value["apiVersion"] = expected;
  if (!kind.custom || value["kind"] === undefined) value["kind"] = kind.kind;
  return value;
}

function shown(body: string, words: string): string {
  // Bytes that are no object are shown in hexadecimal.
  return words.includes("cannot unmarshal") ? Buffer.from(body).toString("hex") : body;
}

/** Prunes, fills in defaults and drops nulls; what is unknown is warned of, or refused by `strict`. */
export function conform(
  object: JsonObject,
  kind: Kind,
  fieldValidation: FieldValidation,
  warnings: Warnings,
  strict: (faults: string) => Error,
): void {
  const gone: string[] = [];
  prune(object, kind.schema, "", gone);
  if (gone.length > 0 && fieldValidation !== "Ignore") {
    const faults = gone.toSorted().map((path) => `unknown field "${path}"`);
    if (fieldValidation === "Strict") throw strict(`strict decoding error: ${faults.join(", ")}`);
    warnings.push(...faults);
  }
  if (kind.custom) {
    applyDefaults(object, kind.schema);
    const { metadata } = object;
    if (isObject(metadata)) dropNulls(metadata);
  } else {
    const wrong = typeFault(object, kind.schema, kind.kind, []);
    if (wrong !== undefined) throw badRequest(wrong);
    dropNulls(object);
    kind.rules.defaults?.(object);
  }
  const { metadata } = object;
  if (isObject(metadata)) dropEmpty(metadata);
}

export function finalizerWarnings(object: JsonObject, warnings: Warnings): void {
  for (const name of bareFinalizers(object))
    warnings.push(
      `metadata.finalizers: ${JSON.stringify(name)}: prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers`,
    );
}

/** Empty members of metadata are not stored. */
function dropEmpty(metadata: JsonObject): void {
  for (const name of ["labels", "annotations", "finalizers", "ownerReferences", "generateName", "namespace", "name"]) {
    const value = metadata[name];
    const nothing =
      value === "" ||
      (Array.isArray(value) && value.length === 0) ||
      (isObject(value) && Object.keys(value).length === 0);
    if (nothing) delete metadata[name];
  }
}

/** A value that Go could not read into a built-in kind. */
function typeFault(
  value: Json | undefined,
  reference: Schema | undefined,
  kind: string,
  path: readonly string[],
): string | undefined {
  const schema = resolve(reference);
  if (value === undefined || value === null || schema["x-kubernetes-int-or-string"] === true) return undefined;
  const found = Array.isArray(value)
    ? "array"
    : isObject(value)
      ? "object"
      : typeof value === "boolean"
        ? "bool"
        : typeof value;
  const wanted = goType(schema);
  const fits =
    wanted === undefined ||
    found === schema.type ||
    (found === "bool" && schema.type === "boolean") ||
    (found === "number" && schema.type === "integer");
  if (!fits) {
    const where = path.length === 0 ? kind : `${kind}.${path.join(".")}`;
    return `${kind} in version "v1" cannot be handled as a ${kind}: json: cannot unmarshal ${found} into Go struct field ${where} of type ${wanted}`;
  }
  if (Array.isArray(value)) {
    for (const item of value) {
      const fault = typeFault(item, schema.items, kind, path);
      if (fault !== undefined) return fault;
    }
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      const known =
        schema.properties?.[name] ??
        (typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined);
      const inner = schema.properties === undefined ? path : [...path, name];
      const fault = known === undefined ? undefined : typeFault(member, known, kind, inner);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

function goType(schema: Schema): string | undefined {
  switch (schema.type) {
    case "string":
      return schema.format === undefined ? "string" : undefined;
    case "integer":
      return schema.format ?? "int32";
    case "boolean":
      return "bool";
    default:
      return undefined;
  }
}

/** The error of a patch whose result the schema does not know. */
export function strictPatchFault(patched: JsonObject, faults: string): Error {
  return invalid({ group: "", kind: "" }, [cause.invalid("patch", JSON.stringify(sorted(patched)), faults)]);
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, member === undefined ? null : sorted(member)]));
}
