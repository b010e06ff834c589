import { FieldSet } from "./field-set.ts";
import { copyOf, isObject, text, type Json, type JsonObject } from "./json.ts";
import type { Schema } from "./schema.ts";
import { applyConflict, type Cause } from "./status.ts";
import { compare, fieldsOf, mergeTyped, removePath, valueAt, type Comparison } from "./typed.ts";

/** Who writes, and by what. */
export interface Writer {
  readonly manager: string;
  readonly operation: "Update" | "Apply";
  readonly apiVersion: string;
  readonly subresource: string | undefined;
}

interface Entry extends Writer {
  readonly time: string;
  readonly set: FieldSet;
}

/** Fields that nobody owns. */
const unowned = [
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((name) => ["f:metadata", `f:${name}`]),
];

function strip(set: FieldSet): FieldSet {
  const taken = new FieldSet();
  for (const path of unowned) taken.insert(path);
  return set.difference(taken);
}

function entriesOf(object: JsonObject | undefined): Entry[] {
  const metadata = object?.["metadata"];
  const list = isObject(metadata) ? metadata["managedFields"] : undefined;
  if (!Array.isArray(list)) return [];
  return list.filter(isObject).map((entry) => ({
    manager: text(entry["manager"]) ?? "",
    operation: entry["operation"] === "Apply" ? "Apply" : "Update",
    apiVersion: text(entry["apiVersion"]) ?? "",
    subresource: text(entry["subresource"]),
    time: text(entry["time"]) ?? "",
    set: FieldSet.from(entry["fieldsV1"]),
  }));
}

function sameWriter(a: Writer, b: Writer): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.apiVersion === b.apiVersion &&
    (a.subresource ?? "") === (b.subresource ?? "")
  );
}

function write(object: JsonObject, entries: readonly Entry[]): void {
  const { metadata } = object;
  if (!isObject(metadata)) return;
  const kept = entries.filter((entry) => !entry.set.empty);
  if (kept.length === 0) {
    delete metadata["managedFields"];
    return;
  }
  metadata["managedFields"] = kept.toSorted(byOperationTimeName).map(({ set, subresource, ...entry }) => ({
    manager: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    time: entry.time,
    fieldsType: "FieldsV1",
    fieldsV1: set.toJson(),
    ...(subresource === undefined ? {} : { subresource }),
  }));
}

function byOperationTimeName(a: Entry, b: Entry): number {
  const key = (entry: Entry): string => `${entry.operation} ${entry.time} ${entry.manager} ${entry.subresource ?? ""}`;
  return key(a) < key(b) ? -1 : 1;
}

/** Takes from the others what a change touched. */
function yieldTo(writer: Writer, entries: readonly Entry[], { added, modified, removed }: Comparison): Entry[] {
  const changed = added.union(modified);
  return entries.map((entry) =>
    sameWriter(entry, writer)
      ? entry
      : { ...entry, set: entry.set.difference(entry.set.intersection(changed)).difference(removed) },
  );
}

/** Puts an entry in its writer's place; the time stays where the fields and their values do. */
function settle(entries: readonly Entry[], writer: Writer, set: FieldSet, touched: FieldSet, now: string): Entry[] {
  const old = entries.find((entry) => sameWriter(entry, writer));
  const time = old !== undefined && touched.empty && old.set.equals(set) ? old.time : now;
  return [...entries.filter((entry) => entry !== old), { ...writer, time, set }];
}

/** Notes in `object` which fields an update has changed. `live` is what was there, or the empty object of a create. */
export function trackUpdate(
  schema: Schema,
  live: JsonObject,
  object: JsonObject,
  writer: Writer,
  now: string,
  known: JsonObject | undefined = live,
): void {
  const entries = entriesOf(known);
  const comparison = compare(schema, withoutManagedFields(live), withoutManagedFields(object));
  const { added, modified, removed } = comparison;
  const old = entries.find((entry) => sameWriter(entry, writer))?.set ?? new FieldSet();
  const set = strip(old.difference(removed).union(modified).union(added));
  write(object, settle(yieldTo(writer, entries, comparison), writer, set, modified.union(added), now));
}

function withoutManagedFields(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (!isObject(metadata)) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

/**
 * Server-side apply: the object that `config` makes of `live`, with the fields' owners.
 *
 * @throws Failure (409) when other managers own fields with other values, unless `force`.
 */
export function applyConfiguration(
  schema: Schema,
  live: JsonObject,
  config: JsonObject,
  writer: Writer,
  now: string,
  { force, ignored }: { force: boolean; ignored: readonly string[] },
): JsonObject {
  let entries = entriesOf(live);
  const mine = entries.find((entry) => sameWriter(entry, writer));
  const others = entries.filter((entry) => entry !== mine);
  let set = strip(fieldsOf(schema, config));
  for (const name of ignored) set = set.without([`f:${name}`]);
  const merged = mergeTyped(schema, withoutManagedFields(live), config);
  const result = copyOf(isObject(merged) ? merged : {});
  if (mine !== undefined) dropAbandoned(schema, result, mine.set, [set, ...others.map((entry) => entry.set)]);
  const comparison = compare(schema, withoutManagedFields(live), result);
  const touched = comparison.added.union(comparison.modified);
  const causes: Cause[] = force ? [] : conflicts(others, touched);
  if (causes.length > 0) throw applyConflict(causes);
  entries = settle(yieldTo(writer, entries, comparison), writer, set, touched, now);
  write(result, entries);
  return result;
}

/** What this manager applied before and does not apply any more goes, unless somebody else owns it. */
function dropAbandoned(schema: Schema, object: JsonObject, before: FieldSet, kept: readonly FieldSet[]): void {
  const owned = (path: readonly string[]): boolean => kept.some((set) => set.at(path) !== undefined);
  const gone = [...before.paths()].filter((path) => !owned(path)).toSorted((a, b) => b.length - a.length);
  for (const path of gone) {
    removePath(schema, object, path);
    tidyParents(schema, object, path, owned);
  }
}

/** Parents that are empty now go, unless somebody owns them: then they are null. */
function tidyParents(
  schema: Schema,
  object: JsonObject,
  path: readonly string[],
  owned: (path: readonly string[]) => boolean,
): void {
  for (let parent = path.slice(0, -1); parent.length > 0; parent = parent.slice(0, -1)) {
    const value: Json | undefined = valueAt(schema, object, parent);
    const nothing = isObject(value) ? Object.keys(value).length === 0 : Array.isArray(value) && value.length === 0;
    if (!nothing) return;
    removePath(schema, object, parent);
    const above = valueAt(schema, object, parent.slice(0, -1));
    const name = parent.at(-1)?.slice(2);
    if (!owned(parent)) continue;
    if (isObject(above) && name !== undefined) above[name] = null;
    return;
  }
}

function conflicts(others: readonly Entry[], touched: FieldSet): Cause[] {
  const causes: Cause[] = [];
  for (const entry of others.toSorted((a, b) => (a.manager < b.manager ? -1 : 1))) {
    for (const path of entry.set.intersection(touched).paths()) {
      const using = entry.operation === "Apply" ? "" : ` using ${entry.apiVersion}`;
      const sub = entry.subresource === undefined ? "" : ` with subresource "${entry.subresource}"`;
      causes.push({
        reason: "FieldManagerConflict",
        message: `conflict with "${entry.manager}"${sub}${using}`,
        field: pathText(path),
      });
    }
  }
  return causes;
}

function pathText(path: readonly string[]): string {
  return path
    .map((element) => {
      const rest = element.slice(2);
      if (element.startsWith("f:")) return `.${rest}`;
      if (element.startsWith("v:")) return `[=${rest}]`;
      const keys = JSON.parse(rest) as Record<string, unknown>;
      return `[${Object.entries(keys)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(",")}]`;
    })
    .join("");
}
