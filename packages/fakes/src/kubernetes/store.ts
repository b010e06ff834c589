import { at, isObject, text, type Json, type JsonObject } from "./json.ts";
import { Listeners } from "./listeners.ts";

/** What a table needs to know of its kind. */
export interface TableKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Items of lists say their kind: true of custom resources only. */
  readonly typedItems: boolean;
  /** Beside name and namespace; each a path of members. */
  readonly selectableFields: readonly string[];
}

/** One state of an object; `rest` is its JSON after the resourceVersion, so that a state can be sent under another. */
export interface Version {
  readonly revision: number;
  /** Undefined: the object is gone. */
  readonly rest: string | undefined;
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** Values of the kind's selectable fields. */
  readonly fields: readonly string[] | undefined;
  previous: Version | undefined;
}

/** One change, as watches see it. */
export interface Change {
  readonly key: string;
  readonly version: Version;
}

/** The key of an object; also its place in lists. */
export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** All objects of one resource with their history, kept as JSON text: a list is joined, not serialised. */
export class Table {
  readonly kind: TableKind;
  /** Sorted, with keys whose deletion is still in the history. */
  readonly keys: string[] = [];
  readonly latest = new Map<string, Version>();
  readonly changes: Change[] = [];
  /** Revision of the newest change that is forgotten. */
  forgotten = 0;
  /** Objects that are there. */
  size = 0;
  /** How often anything has changed. */
  changed = 0;
  readonly listeners = new Listeners();

  constructor(kind: TableKind) {
    this.kind = kind;
  }

  /** Index of the first key that is not before `key`. */
  indexOf(key: string): number {
    let low = 0;
    let high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.keys[middle] ?? "") < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The state of a key at a revision. */
  versionAt(key: string, revision: number): Version | undefined {
    let version = this.latest.get(key);
    while (version !== undefined && version.revision > revision) version = version.previous;
    return version?.rest === undefined ? undefined : version;
  }

  /** JSON of a state; as an item of a list, built-in kinds leave out what they are. */
  textOf(rest: string, revision: number, asItem = false): string {
    const { apiVersion, kind, typedItems } = this.kind;
    const type = asItem && !typedItems ? "" : `"kind":"${kind}","apiVersion":"${apiVersion}",`;
    return `{${type}"metadata":{"resourceVersion":"${revision}",${rest}`;
  }

  /** The object of a key now; a copy. */
  object(key: string): JsonObject | undefined {
    const version = this.latest.get(key);
    if (version?.rest === undefined) return undefined;
    return JSON.parse(this.textOf(version.rest, version.revision)) as JsonObject;
  }
}

/** Everything that is stored, under one revision counter as in etcd. */
export class ObjectStore {
  readonly #tables = new Set<Table>();
  readonly #historyLimit: number;
  revision = 1000;
  /** No list, continued list or watch from before this can be served. */
  compacted = this.revision;

  /** @param historyLimit changes that each table remembers. */
  constructor(historyLimit: number) {
    this.#historyLimit = historyLimit;
  }

  table(kind: TableKind): Table {
    const table = new Table(kind);
    this.#tables.add(table);
    return table;
  }

  drop(table: Table): void {
    this.#tables.delete(table);
  }

  /** Stores a state of an object; returns its revision. */
  put(table: Table, key: string, object: JsonObject): number {
    const previous = table.latest.get(key);
    const version = this.#versionOf(table, object, previous);
    if (previous === undefined) insertSorted(table, key);
    if (previous?.rest === undefined) table.size += 1;
    this.#commit(table, { key, version });
    return version.revision;
  }

  /** Stores many objects at once, as if they had been there long: nobody is told, and there is no history of them. */
  load(table: Table, objects: Iterable<readonly [key: string, object: JsonObject]>): void {
    forget(table, table.changes.length);
    for (const [key, object] of objects) {
      if (table.latest.get(key) === undefined) {
        table.keys.push(key);
        table.size += 1;
      }
      table.latest.set(key, this.#versionOf(table, object, undefined));
    }
    table.keys.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    table.forgotten = this.revision;
  }

  #versionOf(table: Table, object: JsonObject, previous: Version | undefined): Version {
    const { labels } = isObject(object["metadata"]) ? object["metadata"] : {};
    const { selectableFields } = table.kind;
    return {
      revision: ++this.revision,
      rest: restOf(object),
      labels: isObject(labels) ? (labels as Record<string, string>) : undefined,
      fields: selectableFields.length === 0 ? undefined : selectableFields.map((path) => fieldText(object, path)),
      previous,
    };
  }

  remove(table: Table, key: string): number {
    const previous = table.latest.get(key);
    if (previous?.rest === undefined) return this.revision;
    const version: Version = {
      revision: ++this.revision,
      rest: undefined,
      labels: undefined,
      fields: undefined,
      previous,
    };
    table.size -= 1;
    this.#commit(table, { key, version });
    return version.revision;
  }

  /** Forgets the history of everything, as etcd's compaction and the end of the watch cache together do. */
  compact(): void {
    this.compacted = this.revision;
    for (const table of this.#tables) forget(table, table.changes.length);
  }

  #commit(table: Table, change: Change): void {
    table.latest.set(change.key, change.version);
    table.changes.push(change);
    if (table.changes.length > this.#historyLimit) forget(table, Math.ceil(this.#historyLimit / 4));
    table.changed += 1;
    table.listeners.tell(change);
  }
}

function insertSorted(table: Table, key: string): void {
  const { keys } = table;
  const last = keys.at(-1);
  if (last === undefined || last < key) keys.push(key);
  else keys.splice(table.indexOf(key), 0, key);
}

function forget(table: Table, count: number): void {
  const gone = table.changes.splice(0, count);
  for (const { key, version } of gone) {
    version.previous = undefined;
    table.forgotten = version.revision;
    if (version.rest === undefined && table.latest.get(key) === version) {
      table.latest.delete(key);
      table.keys.splice(table.indexOf(key), 1);
    }
  }
}

/** The JSON of an object from behind its resourceVersion on, without its type. */
function restOf(object: JsonObject): string {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...others } = object;
  const { resourceVersion: _version, ...meta } = isObject(metadata) ? metadata : {};
  const tail = JSON.stringify(others);
  const head = JSON.stringify(meta).slice(1);
  return tail === "{}" ? `${head}}` : `${head},${tail.slice(1)}`;
}

function fieldText(object: JsonObject, path: string): string {
  const value: Json | undefined = at(object, ...path.split("."));
  if (value === undefined && falseWhenUnset.includes(path)) return "false";
  return typeof value === "boolean" ? String(value) : (text(value) ?? "");
}

const falseWhenUnset: readonly string[] = ["spec.hostNetwork", "spec.unschedulable"];
