/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
/** A JSON object; keys are the users', so look up with {@link field}. */
export interface JsonObject {
  [key: string]: Json | undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own member, never one of Object.prototype. */
export function field(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The value at a path of members. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let current = value;
  for (const name of path) current = field(current, name);
  return current;
}

export function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The object at a member, made when it is not there. */
export function ensureObject(value: JsonObject, name: string): JsonObject {
  const found = field(value, name);
  if (isObject(found)) return found;
  const made: JsonObject = {};
  value[name] = made;
  return made;
}

/** Sets a member that is not there. */
export function setDefault(value: JsonObject, name: string, content: Json): void {
  if (field(value, name) === undefined || field(value, name) === null) value[name] = content;
}

export function copyOf<T extends Json>(value: T): T {
  return structuredClone(value);
}

export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const names = definedNames(a);
  return names.length === definedNames(b).length && names.every((name) => equal(a[name], field(b, name)));
}

function definedNames(value: JsonObject): string[] {
  return Object.keys(value).filter((name) => value[name] !== undefined);
}

/** A value as a person reads it: texts as they are, all else as JSON. */
export function shown(value: Json | undefined): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
