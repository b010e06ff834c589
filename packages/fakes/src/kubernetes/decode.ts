import { isObject, shown, text, type Json, type JsonObject } from "./json.ts";
import { groupVersion, type Kind } from "./kind.ts";
import { bareFinalizers } from "./meta.ts";
import { applyDefaults, dropEmpty, dropNulls, prune, resolve, type Schema } from "./schema.ts";
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
    const given = body === "" ? "<empty>" : body;
    const words = `couldn't get version/kind; json parse error: ${syntaxError(body)}`;
    throw badRequest(`the object provided is unrecognized (must be of type ${kind.kind}): ${words} (${given})`);
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
      `the object provided is unrecognized (must be of type ${kind.kind}): ${words} (${shownBody(body, words)})`,
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
    throw badRequest(
      kind.custom
        ? `the API version in the data (${version}) does not match the expected API version (${expected})`
        : `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: no kind ${JSON.stringify(kind.kind)} is registered for version ${JSON.stringify(version)} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  if (!kind.custom && value["kind"] !== undefined && value["kind"] !== "" && value["kind"] !== kind.kind)
    throw badRequest(
      `${shown(value["kind"])} in version "v1" cannot be handled as a ${kind.kind}: ${otherKind(shown(value["kind"]), kind)}`,
    );
  value["apiVersion"] = expected;
  if (!kind.custom || value["kind"] === undefined) value["kind"] = kind.kind;
  return value;
}

function shownBody(body: string, words: string): string {
  // Bytes that are no object are shown in hexadecimal.
  return words.includes("cannot unmarshal") ? Buffer.from(body).toString("hex") : body;
}

/** Go's words for a body of another kind; groups have their own packages. */
export function otherKind(given: string, kind: Kind): string {
  const own = kind.group === "" ? "core" : (kind.group.split(".")[0] ?? "");
  return `converting (v1.${given}) to (${own}.${kind.kind}): unknown conversion`;
}

/** Prunes, fills in defaults and drops nulls; what is unknown is warned of, or refused by `strict`. */
export function conform(
  object: JsonObject,
  kind: Kind,
  fieldValidation: FieldValidation,
  warnings: Warnings,
  strict: (faults: string) => Error,
  keepNulls = false,
): void {
  const gone: string[] = [];
  prune(object, kind.schema, "", gone);
  if (gone.length > 0 && fieldValidation !== "Ignore") {
    // Custom resources are told in the order of the alphabet, the others in that of the document.
    const faults = (kind.custom ? gone.toSorted() : gone).map((path) => `unknown field "${path}"`);
    if (fieldValidation === "Strict") throw strict(`strict decoding error: ${faults.join(", ")}`);
    warnings.push(...faults);
  }
  if (kind.custom) {
    applyDefaults(object, kind.schema, keepNulls);
    const { metadata } = object;
    if (isObject(metadata)) dropNulls(metadata);
  } else {
    const wrong = typeFault(object, kind.schema, kind.kind, []);
    if (wrong !== undefined) throw strict(wrong);
    dropNulls(object);
    dropEmpty(object, kind.schema);
    kind.rules.defaults?.(object);
  }
  const { metadata } = object;
  if (isObject(metadata)) dropEmptyMeta(metadata);
}

export function finalizerWarnings(object: JsonObject, warnings: Warnings): void {
  for (const name of bareFinalizers(object))
    warnings.push(
      `metadata.finalizers: ${JSON.stringify(name)}: prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers`,
    );
}

/** Empty members of metadata are not stored. */
function dropEmptyMeta(metadata: JsonObject): void {
  for (const name of ["labels", "annotations", "finalizers", "ownerReferences", "generateName", "namespace", "name"]) {
    const value = metadata[name];
    const nothing =
      value === "" ||
      (Array.isArray(value) && value.length === 0) ||
      (isObject(value) && Object.keys(value).length === 0);
    if (nothing) delete metadata[name];
  }
}

/** What Go says of a value that it cannot read into a built-in kind. */
function typeFault(
  value: Json | undefined,
  reference: Schema | undefined,
  owner: string,
  path: readonly string[],
): string | undefined {
  const schema = resolve(reference);
  if (value === undefined || value === null || schema["x-kubernetes-int-or-string"] === true) return undefined;
  const found = foundType(value);
  const wanted = goType(schema, reference);
  if (wanted !== undefined && !fits(found, schema.type))
    return `json: cannot unmarshal ${found} into Go struct field ${owner}.${path.join(".")} of type ${wanted}`;
  const struct = reference?.$ref?.split(".").at(-1) ?? owner;
  if (Array.isArray(value)) return first(value, (item) => typeFault(item, schema.items, struct, path));
  if (!isObject(value)) return undefined;
  return first(Object.entries(value), ([name, member]) => {
    const named = schema.properties?.[name];
    if (named !== undefined) return typeFault(member, named, struct, [...path, name]);
    const { additionalProperties } = schema;
    return typeof additionalProperties === "object" ? typeFault(member, additionalProperties, struct, path) : undefined;
  });
}

function first<T>(items: readonly T[], look: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function foundType(value: Json): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function fits(found: string, wanted: string | undefined): boolean {
  return found === wanted || (found === "bool" && wanted === "boolean") || (found === "number" && wanted === "integer");
}

/** Go's name of what is wanted; undefined where anything may be. */
function goType(schema: Schema, reference: Schema | undefined): string | undefined {
  switch (schema.type) {
    case "string":
      return schema.format === undefined ? "string" : undefined;
    case "integer":
      return schema.format ?? "int32";
    case "boolean":
      return "bool";
    case "object":
      if (typeof schema.additionalProperties === "object")
        return `map[string]${goType(resolve(schema.additionalProperties), schema.additionalProperties) ?? "string"}`;
      return schema["x-kubernetes-preserve-unknown-fields"] === true
        ? undefined
        : `v1.${reference?.$ref?.split(".").at(-1) ?? ""}`;
    case "array":
      return `[]${goType(resolve(schema.items), schema.items) ?? "string"}`;
    default:
      return undefined;
  }
}

/** The error of a patch whose result cannot be read. Built-in kinds have their metadata in Go's order. */
export function strictPatchFault(patched: JsonObject, kind: Kind, faults: string): Error {
  const ordered = sorted(patched);
  const { metadata } = patched;
  if (!kind.custom && isObject(ordered) && isObject(metadata)) ordered["metadata"] = inGoOrder(metadata);
  return invalid({ group: "", kind: "" }, [cause.invalid("patch", JSON.stringify(ordered), faults)]);
}

const metaOrder = [
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
];

function inGoOrder(metadata: JsonObject): JsonObject {
  const ordered: JsonObject = {};
  for (const name of metaOrder) if (metadata[name] !== undefined) ordered[name] = metadata[name];
  return ordered;
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, member === undefined ? null : sorted(member)]));
}
