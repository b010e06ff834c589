import { type NamedUuid, uuid } from "./datum.ts";
import { OvsdbDatumError } from "./errors.ts";
import { isArray, isObject, type Json, type JsonObject } from "./json.ts";
import {
  type Columns,
  decodeRow,
  encodeColumn,
  encodeRow,
  type Input,
  type Row,
  type RowInput,
  type Table,
} from "./table.ts";

/** One operation of a transaction (RFC 7047 section 5.2); `R` is what its success gives. */
export interface Operation<R> {
  readonly wire: JsonObject;
  /** For errors. */
  readonly words: string;
  decode(result: JsonObject): R;
}

/** What each operation of a tuple gives. */
export type Results<O extends readonly Operation<unknown>[]> = {
  readonly [K in keyof O]: O[K] extends Operation<infer R> ? R : never;
};

/** One condition of a `where` (RFC 7047 section 5.1). */
export type Condition = readonly [column: string, comparison: Comparison, value: Json];

/** Comparisons of conditions; the last two are for sets and maps. */
export type Comparison = "<" | "<=" | "==" | "!=" | ">=" | ">" | "includes" | "excludes";

/** One change of a `mutate`. */
export type Mutation = readonly [column: string, mutator: Mutator, value: Json];

/** Mutators: arithmetic, and for sets and maps `insert` and `delete`. */
export type Mutator = "+=" | "-=" | "*=" | "/=" | "%=" | "insert" | "delete";

/** Rows whose column compares with the value; several conditions are joined by "and". */
export function where<C extends Columns, K extends keyof C & string>(
  table: Table<C>,
  column: K,
  comparison: Comparison,
  value: Input<C[K]>,
): Condition {
  return [column, comparison, encodeColumn(table, column, value)];
}

/** The row of this UUID. */
export function whereUuid(id: string): Condition {
  return ["_uuid", "==", uuid.encode(id)];
}

/** Changes a column in place, with a value of the column's own type. */
export function mutation<C extends Columns, K extends keyof C & string>(
  table: Table<C>,
  column: K,
  mutator: Mutator,
  value: Input<C[K]>,
): Mutation {
  return [column, mutator, encodeColumn(table, column, value)];
}

/** Deletes the pairs of these keys from a column of text pairs. */
export function deleteKeys<C extends Columns>(
  _table: Table<C>,
  column: keyof C & string,
  keys: readonly string[],
): Mutation {
  return [column, "delete", ["set", [...keys]]];
}

/** Inserts a row and gives its UUID; `as` names it for other operations of the transaction (`named`). */
export function insert<C extends Columns>(table: Table<C>, row: RowInput<C>, as?: NamedUuid): Operation<string> {
  return {
    wire: {
      op: "insert",
      table: table.name,
      row: encodeRow(table, row),
      ...(as === undefined ? {} : { "uuid-name": as.namedUuid }),
    },
    words: `insert into ${table.name}`,
    decode: (result) => uuid.decode(result["uuid"] ?? null),
  };
}

/** Reads rows. */
export function select<C extends Columns>(table: Table<C>, conditions: readonly Condition[]): Operation<Row<C>[]> {
  return {
    wire: {
      op: "select",
      table: table.name,
      where: conditions,
      columns: ["_uuid", ...Object.keys(table.columns)],
    },
    words: `select from ${table.name}`,
    decode(result) {
      const rows = result["rows"];
      if (!isArray(rows)) throw new OvsdbDatumError("select without rows");
      return rows.map((row) => {
        if (!isObject(row)) throw new OvsdbDatumError("a row is not an object");
        return decodeRow(table, uuid.decode(row["_uuid"] ?? null), row);
      });
    },
  };
}

/** Sets columns of the matching rows and gives their number. */
export function update<C extends Columns>(
  table: Table<C>,
  conditions: readonly Condition[],
  row: RowInput<C>,
): Operation<number> {
  return {
    wire: { op: "update", table: table.name, where: conditions, row: encodeRow(table, row) },
    words: `update ${table.name}`,
    decode: decodeCount,
  };
}

/** Changes columns of the matching rows in place and gives their number. */
export function mutate<C extends Columns>(
  table: Table<C>,
  conditions: readonly Condition[],
  mutations: readonly Mutation[],
): Operation<number> {
  return {
    wire: { op: "mutate", table: table.name, where: conditions, mutations },
    words: `mutate ${table.name}`,
    decode: decodeCount,
  };
}

/** Deletes the matching rows and gives their number. */
export function deleteRows(table: Table, conditions: readonly Condition[]): Operation<number> {
  return {
    wire: { op: "delete", table: table.name, where: conditions },
    words: `delete from ${table.name}`,
    decode: decodeCount,
  };
}

/**
 * Waits until the given columns of the matching rows equal (or differ from) `rows`; fails with `OVSDB_TIMED_OUT`
 * after `timeoutMs`. With 0 it is a guard that checks and never waits.
 */
export function wait<C extends Columns>(
  table: Table<C>,
  wanted: {
    readonly where: readonly Condition[];
    readonly until: "==" | "!=";
    readonly columns: readonly (keyof C & string)[];
    readonly rows: readonly RowInput<C>[];
    readonly timeoutMs: number;
  },
): Operation<undefined> {
  return {
    wire: {
      op: "wait",
      table: table.name,
      where: wanted.where,
      until: wanted.until,
      columns: wanted.columns,
      rows: wanted.rows.map((row) => encodeRow(table, row)),
      timeout: wanted.timeoutMs,
    },
    words: `wait on ${table.name}`,
    decode: nothing,
  };
}

/** A guard: the matching rows are exactly those with these UUIDs, in this moment. */
export function expectRows(
  table: Table,
  conditions: readonly Condition[],
  uuids: readonly string[],
): Operation<undefined> {
  return {
    wire: {
      op: "wait",
      table: table.name,
      where: conditions,
      until: "==",
      columns: ["_uuid"],
      rows: uuids.map((id) => ({ _uuid: uuid.encode(id) })),
      timeout: 0,
    },
    words: `expect rows of ${table.name}`,
    decode: nothing,
  };
}

/** Makes the transaction fail with `OVSDB_ABORTED`. */
export function abort(): Operation<undefined> {
  return { wire: { op: "abort" }, words: "abort", decode: nothing };
}

/** A remark for the server's log of changes. */
export function comment(text: string): Operation<undefined> {
  return { wire: { op: "comment", comment: text }, words: "comment", decode: nothing };
}

/** With `durable`, the transaction succeeds only once it is on disk. */
export function commit(durable: boolean): Operation<undefined> {
  return { wire: { op: "commit", durable }, words: "commit", decode: nothing };
}

function decodeCount(result: JsonObject): number {
  const count = result["count"];
  if (typeof count !== "number") throw new OvsdbDatumError("a result without a count");
  return count;
}

function nothing(): undefined {
  return undefined;
}
