import { applyDifference, sameDatum } from "./datum.ts";
import { OvsdbProtocolError } from "./errors.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { type Columns, decodeRow, type Row, type Table } from "./table.ts";

/** One change of a row. */
export type RowChange<C extends Columns> =
  | { readonly type: "insert"; readonly row: Row<C> }
  | { readonly type: "modify"; readonly row: Row<C>; readonly old: Row<C> }
  | { readonly type: "delete"; readonly old: Row<C> };

interface Stored<C extends Columns> {
  readonly wire: JsonObject;
  readonly row: Row<C>;
}

/** The rows of one monitored table, kept equal to the server's. Survives reconnection. */
export class TableCache<C extends Columns> {
  readonly table: Table<C>;
  readonly #rows = new Map<string, Stored<C>>();
  readonly #listeners = new Set<(change: RowChange<C>) => void>();
  readonly #defaults = new Map<string, Json>();
  #several: ReadonlySet<string> = new Set();

  constructor(table: Table<C>) {
    this.table = table;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(uuid: string): Row<C> | undefined {
    return this.#rows.get(uuid)?.row;
  }

  *rows(): IterableIterator<Row<C>> {
    for (const { row } of this.#rows.values()) yield row;
  }

  /** The first row that satisfies the predicate. */
  find(predicate: (row: Row<C>) => boolean): Row<C> | undefined {
    for (const { row } of this.#rows.values()) if (predicate(row)) return row;
    return undefined;
  }

  /**
   * Calls back for every change from now on, when all tables show the whole transaction, deletions of rows last; the
   * returned function ends it. Rows that changed while the connection was down are told once it is back.
   */
  onChange(listener: (change: RowChange<C>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What the schema says of columns; used by the monitor. */
  setShape(several: ReadonlySet<string>, defaults: ReadonlyMap<string, Json>): void {
    this.#several = several;
    this.#defaults.clear();
    for (const [name, value] of defaults) this.#defaults.set(name, value);
  }

  /** Takes in one row of an `update2` (ovsdb-server(7) section 4.1.14) and gives what changed. */
  applyUpdate2(uuid: string, update: JsonObject): RowChange<C> | undefined {
    const { initial, insert, modify } = update;
    if (isObject(initial)) return this.#putIfDifferent(uuid, this.#complete(initial));
    if (isObject(insert)) return this.#put(uuid, this.#complete(insert));
    if (isObject(modify)) {
      const old = this.#rows.get(uuid);
      if (old === undefined) throw new OvsdbProtocolError(`${this.table.name}: modify of the unknown row ${uuid}`);
      const wire: Record<string, Json> = { ...old.wire };
      for (const [name, difference] of Object.entries(modify)) {
        wire[name] = applyDifference(wire[name], difference, this.#several.has(name));
      }
      return this.#put(uuid, wire);
    }
    return this.#remove(uuid);
  }

  /** Takes in one row of an `update` (RFC 7047 section 4.1.6). */
  applyUpdate(uuid: string, update: JsonObject): RowChange<C> | undefined {
    return isObject(update["new"]) ? this.#putIfDifferent(uuid, this.#complete(update["new"])) : this.#remove(uuid);
  }

  /** Removes rows that a fresh copy of the table no longer has. */
  retain(uuids: ReadonlySet<string>): RowChange<C>[] {
    const changes: RowChange<C>[] = [];
    for (const uuid of this.#rows.keys()) {
      const change = uuids.has(uuid) ? undefined : this.#remove(uuid);
      if (change !== undefined) changes.push(change);
    }
    return changes;
  }

  /** Tells the listeners; an exception of one goes to `report` and does not keep it from the others. */
  tell(change: RowChange<C>, report: (error: unknown) => void): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        report(error);
      }
    }
  }

  /** Only a fresh copy tells of rows that have not changed; comparing costs more than the rest. */
  #putIfDifferent(uuid: string, wire: JsonObject): RowChange<C> | undefined {
    const before = this.#rows.get(uuid);
    return before !== undefined && this.#sameColumns(before.wire, wire) ? undefined : this.#put(uuid, wire);
  }

  #put(uuid: string, wire: JsonObject): RowChange<C> {
    const before = this.#rows.get(uuid);
    const row = decodeRow(this.table, uuid, wire);
    this.#rows.set(uuid, { wire, row });
    return before === undefined ? { type: "insert", row } : { type: "modify", row, old: before.row };
  }

  #remove(uuid: string): RowChange<C> | undefined {
    const before = this.#rows.get(uuid);
    this.#rows.delete(uuid);
    return before === undefined ? undefined : { type: "delete", old: before.row };
  }

  /** An `update2` leaves columns with their default value out. */
  #complete(wire: JsonObject): JsonObject {
    return { ...Object.fromEntries(this.#defaults), ...wire };
  }

  #sameColumns(a: JsonObject, b: JsonObject): boolean {
    return Object.keys(this.table.columns).every((name) => sameDatum(a[name] ?? null, b[name] ?? null));
  }
}
