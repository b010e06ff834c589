import { OvsdbProtocolError, OvsdbResponseError } from "./errors.ts";
import { isObject, type Json } from "./json.ts";
import type { Condition } from "./operations.ts";
import { lookUpColumns } from "./schema.ts";
import type { Session } from "./session.ts";
import type { Columns, Row, Table } from "./table.ts";
import { type RowChange, TableCache } from "./table-cache.ts";

/** A change whose listeners are still to be told, with its type forgotten. */
type Telling = (report: (error: unknown) => void) => void;

/** One table of a monitor: erases the row type so that tables of all kinds go through one loop. */
interface Member {
  readonly name: string;
  readonly request: Json;
  learn(schema: Json): void;
  apply(rows: Json | undefined, version: 1 | 2, fresh: boolean): Telling[];
}

/**
 * A standing copy of some tables of one database. Asks for `monitor_cond` (ovsdb-server(7) section 4.1.12), or plain
 * `monitor` where the server does not know it. After a reconnection the new copy is compared with the old one, and
 * only what differs is told.
 */
export class Monitor {
  readonly id: string;
  readonly database: string;
  readonly #members = new Map<string, Member>();
  readonly #tables: ReadonlyMap<string, unknown>;
  #version: 1 | 2 = 2;
  #synced = false;

  constructor(id: string, database: string, tables: readonly MonitoredTable[]) {
    this.id = id;
    this.database = database;
    const caches = new Map<string, unknown>();
    for (const { table, conditions } of tables) {
      const cache = new TableCache(table);
      caches.set(table.name, cache);
      this.#members.set(table.name, member(cache, conditions));
    }
    this.#tables = caches;
  }

  /** The copy is complete and current, as far as the connection lasts. */
  get synced(): boolean {
    return this.#synced;
  }

  /** The copy of a table that the monitor was made with. */
  cache<C extends Columns>(table: Table<C>): TableCache<C> {
    const cache = this.#tables.get(table.name);
    if (!(cache instanceof TableCache) || cache.table !== table) throw new TypeError(`${table.name} is not monitored`);
    return cache as TableCache<C>;
  }

  /** The connection was lost: the copy is what it was then. */
  lost(): void {
    this.#synced = false;
  }

  /** Starts on a new session. Exceptions of listeners go to `report`. */
  async start(session: Session, report: (error: unknown) => void): Promise<void> {
    const schema = await session.request("get_schema", [this.database]);
    for (const one of this.#members.values()) one.learn(schema);
    const requests: Record<string, Json> = {};
    for (const one of this.#members.values()) requests[one.name] = [one.request];
    // Updates may follow in the very same read: the copy must be there, and told of, before they are taken in.
    const accept = (reply: Json): void => {
      const calls = this.#apply(reply, true);
      this.#synced = true;
      for (const call of calls) call(report);
    };
    try {
      this.#version = 2;
      await session.request("monitor_cond", [this.database, this.id, requests], { accept });
    } catch (error) {
      if (!(error instanceof OvsdbResponseError) || error.error !== "unknown method") throw error;
      this.#version = 1;
      await session.request("monitor", [this.database, this.id, withoutConditions(requests)], { accept });
    }
  }

  /** Takes in a notification, when it is an update for this monitor. */
  take(method: string, params: readonly Json[], report: (error: unknown) => void): void {
    if (params[0] !== this.id || (method !== "update2" && method !== "update")) return;
    // Every table first, so that listeners see the whole transaction.
    for (const call of this.#apply(params[1] ?? null, false)) call(report);
  }

  #apply(updates: Json, fresh: boolean): Telling[] {
    if (!isObject(updates)) throw new OvsdbProtocolError("table updates are not an object");
    const calls: Telling[] = [];
    for (const one of this.#members.values()) calls.push(...one.apply(updates[one.name], this.#version, fresh));
    return calls;
  }
}

/** A table to monitor, whole or only rows that meet one of the conditions (`monitor_cond` alone). */
export interface MonitoredTable<C extends Columns = Columns> {
  readonly table: Table<C>;
  readonly conditions?: readonly Condition[] | undefined;
}

function member<C extends Columns>(cache: TableCache<C>, conditions: readonly Condition[] | undefined): Member {
  const columns = Object.keys(cache.table.columns);
  const telling =
    (change: RowChange<C>): Telling =>
    (report) =>
      cache.tell(change, report);
  return {
    name: cache.table.name,
    request: conditions === undefined ? { columns } : { columns, where: conditions },
    learn(schema) {
      const found = lookUpColumns(schema, cache.table);
      const several = new Set<string>();
      const defaults = new Map<string, Json>();
      for (const [name, column] of found) {
        if (column.several) several.add(name);
        defaults.set(name, column.default);
      }
      cache.setShape(several, defaults);
    },
    apply(rows, version, fresh) {
      const changes: RowChange<C>[] = [];
      const seen = new Set<string>();
      for (const [uuid, update] of Object.entries(isObject(rows) ? rows : {})) {
        if (!isObject(update)) throw new OvsdbProtocolError(`${cache.table.name}: a row update is not an object`);
        seen.add(uuid);
        const change = version === 2 ? cache.applyUpdate2(uuid, update) : cache.applyUpdate(uuid, update);
        if (change !== undefined) changes.push(change);
      }
      if (fresh) changes.push(...cache.retain(seen));
      // Deletions last: whoever keeps rows by a name sees a replaced row change hands, never vanish in between.
      const isLast = ({ type }: RowChange<C>): boolean => type === "delete";
      return [...changes.filter((change) => !isLast(change)), ...changes.filter(isLast)].map(telling);
    },
  };
}

function withoutConditions(requests: { readonly [table: string]: Json }): Json {
  return Object.fromEntries(
    Object.entries(requests).map(([name, request]) => {
      const [first] = Array.isArray(request) ? request : [];
      return [name, isObject(first) && first["columns"] !== undefined ? { columns: first["columns"] } : {}];
    }),
  );
}

/** A row together with its table's type, for callers that keep rows. */
export type RowOf<T> = T extends Table<infer C> ? Row<C> : never;
