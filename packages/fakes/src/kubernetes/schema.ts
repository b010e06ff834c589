import { copyOf, field, isObject, type Json, type JsonObject } from "./json.ts";
import { schemaTexts } from "./builtin-schemas.ts";

/** A structural schema, of a CustomResourceDefinition or of a built-in kind. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly default?: Json;
  readonly nullable?: boolean;
  readonly enum?: readonly Json[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: "atomic" | "granular";
  /** Of built-in kinds: the key by which a strategic merge patch matches items. */
  readonly mergeKey?: string;
  /** Of built-in kinds: `merge`, `replace`, `retainKeys`. */
  readonly strategy?: string;
}

const parsed = new Map<string, Schema>();

/** A published definition by its name. */
export function definition(name: string): Schema {
  let schema = parsed.get(name);
  if (schema === undefined) {
    schema = JSON.parse(schemaTexts[name] ?? "{}") as Schema;
    parsed.set(name, schema);
  }
  return schema;
}

/** The schema that a reference stands for, with the list rules of the place that refers. */
export function resolve(schema: Schema | undefined): Schema {
  if (schema?.$ref === undefined) return schema ?? {};
  const { $ref, ...rest } = schema;
  return Object.keys(rest).length === 0 ? definition($ref) : { ...definition($ref), ...rest };
}

/** Schema of a member: a named one, or that of all others. `undefined` when there may be none. */
export function memberSchema(schema: Schema, name: string): Schema | undefined {
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, name)) return schema.properties[name];
  const others = schema.additionalProperties;
  if (others === true) return {};
  return typeof others === "object" ? others : undefined;
}

export function isNamedMember(schema: Schema, name: string): boolean {
  return schema.properties !== undefined && Object.hasOwn(schema.properties, name);
}

/** Takes away what the schema does not know, in place; the paths of what went. */
export function prune(value: Json | undefined, reference: Schema | undefined, path: string, gone: string[]): void {
  const schema = resolve(reference);
  if (Array.isArray(value)) {
    value.forEach((item, index) => prune(item, schema.items, `${path}[${index}]`, gone));
    return;
  }
  if (!isObject(value)) return;
  const free = schema["x-kubernetes-preserve-unknown-fields"] === true;
  // Time, Quantity and the like are objects only to those who publish schemas.
  if (schema.properties === undefined && schema.additionalProperties === undefined && !free && schema.type !== "object")
    return;
  for (const name of Object.keys(value)) {
    const member = memberSchema(schema, name);
    const where = path === "" ? name : `${path}.${name}`;
    if (member !== undefined) prune(value[name], member, where, gone);
    else if (!free) {
      delete value[name];
      gone.push(where);
    }
  }
}

/** Fills in the defaults of a schema and, unless `keepNulls`, drops nulls where none may be; in place. */
export function applyDefaults(value: Json | undefined, reference: Schema | undefined, keepNulls = false): void {
  const schema = resolve(reference);
  if (Array.isArray(value)) {
    for (const item of value) applyDefaults(item, schema.items, keepNulls);
    return;
  }
  if (!isObject(value)) return;
  for (const name of Object.keys(value)) {
    const member = memberSchema(schema, name);
    if (!keepNulls && value[name] === null && member !== undefined && member.nullable !== true) delete value[name];
  }
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (member.default !== undefined && field(value, name) === undefined) value[name] = copyOf(member.default);
  }
  for (const name of Object.keys(value)) applyDefaults(value[name], memberSchema(schema, name), keepNulls);
}

/** Drops empty maps and lists, which built-in kinds do not keep; in place. */
export function dropEmpty(value: Json | undefined, reference: Schema | undefined): void {
  const schema = resolve(reference);
  if (Array.isArray(value)) for (const item of value) dropEmpty(item, schema.items);
  if (!isObject(value)) return;
  for (const [name, member] of Object.entries(value)) {
    // An empty list there means something.
    if (name === "managedFields") continue;
    const known = resolve(memberSchema(schema, name));
    dropEmpty(member, known);
    const nothing =
      (Array.isArray(member) && member.length === 0) ||
      (isObject(member) && Object.keys(member).length === 0 && known.additionalProperties !== undefined);
    if (nothing) delete value[name];
  }
}

/** Drops members without meaning, as an answer of a built-in kind leaves them out. */
export function dropNulls(value: JsonObject): void {
  for (const [name, member] of Object.entries(value)) {
    if (member === null) delete value[name];
    else if (isObject(member)) dropNulls(member);
    else if (Array.isArray(member)) for (const item of member) if (isObject(item)) dropNulls(item);
  }
}
