import { equal, field, isObject, type Json, type JsonObject } from "./json.ts";
import { FieldSet } from "./field-set.ts";
import { isNamedMember, memberSchema, resolve, type Schema } from "./schema.ts";

/** What two states of an object differ in. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

type Shape = "leaf" | "map" | "list";

/** How field ownership sees a value: whole, by members, or by items. */
export function shapeOf(schema: Schema, value: Json | undefined): Shape {
  if (schema["x-kubernetes-int-or-string"] === true) return "leaf";
  if (schema.type === "array" || (schema.type === undefined && Array.isArray(value))) {
    const kind = schema["x-kubernetes-list-type"];
    return kind === "map" || kind === "set" ? "list" : "leaf";
  }
  if (schema.type === "object" || (schema.type === undefined && isObject(value))) {
    const known = schema.properties !== undefined || schema.additionalProperties !== undefined;
    const free = schema["x-kubernetes-preserve-unknown-fields"] === true || schema.type === undefined;
    if (schema["x-kubernetes-map-type"] === "atomic") return "leaf";
    return known || free || isObject(value) ? "map" : "leaf";
  }
  return "leaf";
}

/** Schema of a member for ownership: what is not known is seen by members. */
export function below(schema: Schema, name: string): Schema {
  return resolve(memberSchema(schema, name) ?? {});
}

/** The element that names an item of a list: its keys, or its value. */
export function itemElement(schema: Schema, item: Json): string {
  if (schema["x-kubernetes-list-type"] === "set") return `v:${JSON.stringify(item)}`;
  const keys: JsonObject = {};
  for (const key of (schema["x-kubernetes-list-map-keys"] ?? []).toSorted()) {
    // The only key of a built-in list that may be left out.
    const value = field(item, key) ?? (key === "protocol" ? "TCP" : undefined);
    if (value !== undefined) keys[key] = value;
  }
  return `k:${JSON.stringify(keys)}`;
}

const isNothing = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

/** Compares two states by the rules of structured-merge-diff. */
export function compare(schema: Schema, before: Json | undefined, after: Json | undefined): Comparison {
  const result: Comparison = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  walk(resolve(schema), before, after, [], result);
  return result;
}

function walk(
  schema: Schema,
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[],
  result: Comparison,
): void {
  if (before === undefined && after === undefined) return;
  const shape = shapeOf(schema, after ?? before);
  const leaf = shape === "leaf" || (isNothing(before) && isNothing(after));
  if (!leaf && shape === "map") {
    const old = isObject(before) ? before : {};
    const young = isObject(after) ? after : {};
    for (const name of new Set([...Object.keys(old), ...Object.keys(young)]))
      walk(below(schema, name), field(old, name), field(young, name), [...path, `f:${name}`], result);
  } else if (!leaf) {
    const old = itemsOf(schema, before);
    const young = itemsOf(schema, after);
    const item = resolve(schema.items);
    for (const element of new Set([...old.keys(), ...young.keys()]))
      walk(item, old.get(element), young.get(element), [...path, element], result);
  }
  if (before === undefined) result.added.insert(path);
  else if (after === undefined) result.removed.insert(path);
  else if (leaf && !equal(before, after)) result.modified.insert(path);
}

function itemsOf(schema: Schema, list: Json | undefined): Map<string, Json> {
  if (!Array.isArray(list)) return new Map();
  return new Map(list.map((item) => [itemElement(schema, item), item]));
}

/** The fields that an applied configuration says something of. */
export function fieldsOf(schema: Schema, value: Json | undefined): FieldSet {
  const set = new FieldSet();
  collect(resolve(schema), value, [], set);
  return set;
}

function collect(schema: Schema, value: Json | undefined, path: readonly string[], set: FieldSet): void {
  const shape = shapeOf(schema, value);
  if (shape === "leaf") {
    set.insert(path);
    return;
  }
  if (shape === "list" && Array.isArray(value)) {
    for (const item of value) {
      const element = [...path, itemElement(schema, item)];
      collect(resolve(schema.items), item, element, set);
      set.insert(element);
    }
    return;
  }
  if (!isObject(value)) return;
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const element = [...path, `f:${name}`];
    collect(below(schema, name), member, element, set);
    const nothing = member === null || (isObject(member) && Object.keys(member).length === 0);
    if (nothing || !isNamedMember(schema, name)) set.insert(element);
  }
}

/** Lays a configuration over an object: members and keyed items are merged, all else is replaced. */
export function mergeTyped(reference: Schema, live: Json | undefined, config: Json | undefined): Json | undefined {
  const schema = resolve(reference);
  if (config === undefined) return live;
  const shape = shapeOf(schema, config);
  if (shape === "map" && isObject(config)) {
    const result: JsonObject = isObject(live) ? { ...live } : {};
    for (const [name, member] of Object.entries(config))
      result[name] = mergeTyped(below(schema, name), field(result, name), member);
    return result;
  }
  if (shape === "list" && Array.isArray(config)) return mergeItems(schema, live, config);
  return config;
}

/** The applied items in their order, each of the others before the applied ones that followed it. */
function mergeItems(schema: Schema, live: Json | undefined, config: readonly Json[]): Json[] {
  const applied = new Map(config.map((item) => [itemElement(schema, item), item]));
  const present = itemsOf(schema, live);
  const item = resolve(schema.items);
  const old = [...present.keys()];
  const fresh = [...applied.keys()];
  const result: (Json | undefined)[] = [];
  for (let left = 0, right = 0; left < old.length || right < fresh.length; ) {
    const mine = old[left];
    const theirs = fresh[right];
    if (mine !== undefined && mine !== theirs && !applied.has(mine)) {
      result.push(present.get(mine));
      left += 1;
    } else if (mine !== undefined && theirs !== undefined && mine !== theirs) left += 1;
    else {
      if (theirs !== undefined) result.push(mergeTyped(item, present.get(theirs), applied.get(theirs)));
      if (mine !== undefined) left += 1;
      right += 1;
    }
  }
  return result.filter((one) => one !== undefined);
}

/** Takes what a path names out of an object, in place; parents that this leaves empty go too, if `path` made them. */
export function removePath(reference: Schema, root: Json | undefined, path: readonly string[]): void {
  let schema = resolve(reference);
  let value = root;
  for (const [index, element] of path.entries()) {
    const last = index === path.length - 1;
    if (element.startsWith("f:")) {
      const name = element.slice(2);
      if (!isObject(value)) return;
      if (last) delete value[name];
      value = field(value, name);
      schema = below(schema, name);
    } else {
      if (!Array.isArray(value)) return;
      const position = value.findIndex((item) => itemElement(schema, item) === element);
      if (position < 0) return;
      const item = value[position];
      if (last) value.splice(position, 1);
      value = item;
      schema = resolve(schema.items);
    }
  }
}

/** What a path names. */
export function valueAt(reference: Schema, root: Json | undefined, path: readonly string[]): Json | undefined {
  let schema = resolve(reference);
  let value = root;
  for (const element of path) {
    if (element.startsWith("f:")) {
      value = field(value, element.slice(2));
      schema = below(schema, element.slice(2));
    } else {
      const within = schema;
      value = Array.isArray(value) ? value.find((item) => itemElement(within, item) === element) : undefined;
      schema = resolve(schema.items);
    }
  }
  return value;
}
