import type { Column } from "./datum.ts";
import { OvsdbDatumError } from "./errors.ts";
import type { Json, JsonObject } from "./json.ts";

/** Columns of a table, by name. */
export type Columns = { readonly [name: string]: Column<unknown, never> };

/** A table and those of its columns that a program uses. */
export interface Table<C extends Columns = Columns> {
  readonly name: string;
  readonly columns: C;
}

/** A row as programs read it. */
export type Row<C extends Columns> = { readonly uuid: string } & {
  readonly [K in keyof C]: C[K] extends { decode(wire: Json): infer T } ? T : never;
};

/** What a column takes. */
export type Input<C> = C extends { encode(value: infer I): Json } ? I : never;

/** Some columns of a row as programs write it. */
export type RowInput<C extends Columns> = { readonly [K in keyof C]?: Input<C[K]> };

/** Declares a table: `table("Bridge", { name: string, ports: set(uuid) })`. */
export function table<const C extends Columns>(name: string, columns: C): Table<C> {
  return { name, columns };
}

/** A row on the wire. @throws OvsdbDatumError */
export function encodeRow<C extends Columns>(table: Table<C>, row: RowInput<C>): JsonObject {
  const wire: Record<string, Json> = {};
  for (const [name, value] of Object.entries(row)) {
    if (value !== undefined) wire[name] = encodeColumn(table, name, value);
  }
  return wire;
}

/** One value on the wire. @throws OvsdbDatumError naming table and column */
export function encodeColumn(table: Table, name: string, value: unknown): Json {
  const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;
  if (column === undefined) throw new OvsdbDatumError(`${table.name} declares no column ${name}`);
  try {
    // The caller's types tie the value to the column; here they are only known by name.
    return column.encode(value as never);
  } catch (error) {
    if (error instanceof OvsdbDatumError) throw new OvsdbDatumError(`${table.name}.${name}: ${error.message}`);
    throw error;
  }
}

/** Reads a row whose declared columns are all there. @throws OvsdbDatumError naming table and column */
export function decodeRow<C extends Columns>(table: Table<C>, id: string, wire: JsonObject): Row<C> {
  const row: Record<string, unknown> = { uuid: id };
  for (const [name, column] of Object.entries(table.columns)) {
    const value = wire[name];
    if (value === undefined) throw new OvsdbDatumError(`${table.name}.${name} is missing`);
    try {
      row[name] = column.decode(value);
    } catch (error) {
      if (error instanceof OvsdbDatumError) throw new OvsdbDatumError(`${table.name}.${name}: ${error.message}`);
      throw error;
    }
  }
  return row as Row<C>;
}
