import { copyOf, equal, field, isObject, type Json, type JsonObject } from "./json.ts";
import { memberSchema, resolve, type Schema } from "./schema.ts";
import { badRequest, rejected } from "./status.ts";

/** RFC 7386. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else if (value !== undefined) result[name] = mergePatch(field(result, name), value);
  }
  return result;
}

/**
 * RFC 6902.
 *
 * @throws Failure (400) for what is no patch, (422) for one that does not fit the document
 */
export function jsonPatch(document: JsonObject, operations: Json): Json {
  if (!Array.isArray(operations))
    throw badRequest(
      "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    );
  let result: Json = copyOf(document);
  for (const operation of operations) result = applyOperation(result, operation);
  return result;
}

function applyOperation(document: Json, operation: Json): Json {
  const op = field(operation, "op");
  const path = pointer(field(operation, "path"));
  const value = field(operation, "value");
  switch (op) {
    case "add":
      return put(document, path, value ?? null, "add");
    case "replace":
      // A member that is not there is added, against the RFC.
      return put(document, path, value ?? null, "replace");
    case "remove":
      return take(document, path);
    case "move": {
      const from = pointer(field(operation, "from"));
      const moved = read(document, from);
      return put(take(document, from), path, moved, "add");
    }
    case "copy":
      return put(document, path, copyOf(read(document, pointer(field(operation, "from")))), "add");
    case "test":
      if (!equal(readOrUndefined(document, path) ?? null, value ?? null)) throw rejected();
      return document;
    default:
      throw rejected();
  }
}

function pointer(value: Json | undefined): string[] {
  if (typeof value !== "string" || (value !== "" && !value.startsWith("/"))) throw rejected();
  return value
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function step(value: Json | undefined, part: string): Json | undefined {
  if (Array.isArray(value)) {
    const index = Number(part);
    return /^-?\d+$/.test(part) ? value.at(index) : undefined;
  }
  return field(value, part);
}

function readOrUndefined(document: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = document;
  for (const part of path) value = step(value, part);
  return value;
}

function read(document: Json, path: readonly string[]): Json {
  const value = readOrUndefined(document, path);
  if (value === undefined) throw rejected();
  return value;
}

function put(document: Json, path: readonly string[], value: Json, how: "add" | "replace"): Json {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = read(document, path.slice(0, -1));
  if (Array.isArray(parent)) {
    const index = last === "-" ? parent.length : Number(last);
    if (!Number.isInteger(index) || index < 0 || index > parent.length - (how === "add" ? 0 : 1)) throw rejected();
    parent.splice(index, how === "add" ? 0 : 1, value);
  } else if (isObject(parent)) parent[last] = value;
  else throw rejected();
  return document;
}

function take(document: Json, path: readonly string[]): Json {
  const last = path.at(-1);
  if (last === undefined) throw rejected();
  read(document, path);
  const parent = read(document, path.slice(0, -1));
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isObject(parent)) delete parent[last];
  return document;
}

/** A merge patch that matches items of lists by the merge keys of built-in kinds. */
export function strategicMergePatch(target: Json | undefined, patch: Json, reference: Schema | undefined): Json {
  const schema = resolve(reference);
  if (!isObject(patch)) return patch;
  if (field(patch, "$patch") === "replace") {
    const { $patch: _, ...whole } = patch;
    return whole;
  }
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith("$") || value === undefined) continue;
    const member = resolve(memberSchema(schema, name));
    if (value === null) delete result[name];
    else if (Array.isArray(value) && member.strategy?.includes("merge") === true)
      result[name] = mergeList(field(result, name), value, member, patch, name);
    else if (isObject(value)) {
      if (field(value, "$patch") === "delete") delete result[name];
      else result[name] = strategicMergePatch(field(result, name), value, member);
    } else result[name] = value;
  }
  for (const [name, value] of Object.entries(patch)) {
    const of = name.startsWith("$deleteFromPrimitiveList/")
      ? name.slice("$deleteFromPrimitiveList/".length)
      : undefined;
    const list = of === undefined ? undefined : field(result, of);
    if (of !== undefined && Array.isArray(list) && Array.isArray(value))
      result[of] = list.filter((item) => !value.some((gone) => equal(gone, item)));
  }
  return result;
}

function mergeList(
  live: Json | undefined,
  patch: readonly Json[],
  schema: Schema,
  within: JsonObject,
  name: string,
): Json[] {
  let result: Json[] = Array.isArray(live) ? [...live] : [];
  const { mergeKey } = schema;
  if (mergeKey === undefined) {
    for (const item of patch) if (!result.some((one) => equal(one, item))) result.push(item);
    return result;
  }
  if (patch.some((item) => field(item, "$patch") === "replace" && Object.keys(item as JsonObject).length === 1))
    return patch.filter((item) => field(item, "$patch") !== "replace");
  for (const item of patch) {
    const key = field(item, mergeKey);
    if (key === undefined)
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
    const same = (one: Json): boolean => equal(field(one, mergeKey), key);
    if (field(item, "$patch") === "delete") result = result.filter((one) => !same(one));
    else {
      const index = result.findIndex(same);
      if (index < 0) result.push(strategicMergePatch(undefined, item, schema.items));
      else result[index] = strategicMergePatch(result[index], item, schema.items);
    }
  }
  const order = field(within, `$setElementOrder/${name}`);
  if (Array.isArray(order)) {
    const rank = (item: Json): number => order.findIndex((one) => equal(field(one, mergeKey), field(item, mergeKey)));
    result.sort((a, b) => rank(a) - rank(b));
  }
  return result;
}
