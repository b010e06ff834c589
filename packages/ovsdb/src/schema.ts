import { OvsdbSchemaError } from "./errors.ts";
import { isArray, isObject, type Json } from "./json.ts";
import type { Table } from "./table.ts";

/** What a schema says of one column. */
export interface ColumnSchema {
  /** May hold more than one value. */
  readonly several: boolean;
  /** The value of a column that nobody set, on the wire. */
  readonly default: Json;
}

/**
 * Looks the declared columns of a table up in a schema (RFC 7047 section 3.2).
 *
 * @throws OvsdbSchemaError when one is missing or of another type
 */
export function lookUpColumns(schema: Json, table: Table): ReadonlyMap<string, ColumnSchema> {
  const tables = isObject(schema) ? schema["tables"] : undefined;
  const found = isObject(tables) ? tables[table.name] : undefined;
  const columns = isObject(found) ? found["columns"] : undefined;
  if (!isObject(columns)) throw new OvsdbSchemaError(`the database has no table ${table.name}`);
  const result = new Map<string, ColumnSchema>();
  for (const [name, declared] of Object.entries(table.columns)) {
    const column = columns[name];
    const type = isObject(column) ? column["type"] : undefined;
    if (type === undefined) throw new OvsdbSchemaError(`table ${table.name} has no column ${name}`);
    const actual = readType(type);
    if (actual.shape !== declared.shape || actual.types.join() !== declared.types.join()) {
      throw new OvsdbSchemaError(
        `${table.name}.${name} is declared as ${declared.shape} of ${declared.types.join(", ")} ` +
          `and is ${actual.shape} of ${actual.types.join(", ")}`,
      );
    }
    result.set(name, { several: actual.several, default: actual.default });
  }
  return result;
}

const atomDefaults: ReadonlyMap<string, Json> = new Map<string, Json>([
  ["integer", 0],
  ["real", 0],
  ["boolean", false],
  ["string", ""],
  ["uuid", ["uuid", "00000000-0000-0000-0000-000000000000"]],
]);

function readType(type: Json): { shape: string; types: string[]; several: boolean; default: Json } {
  if (typeof type === "string") {
    return { shape: "atom", types: [type], several: false, default: atomDefaults.get(type) ?? null };
  }
  if (!isObject(type)) throw new OvsdbSchemaError(`not a column type: ${JSON.stringify(type)}`);
  const key = baseType(type["key"]);
  const value = type["value"] === undefined ? undefined : baseType(type["value"]);
  const min = type["min"] ?? 1;
  const max = type["max"] ?? 1;
  const several = max !== 1;
  if (value !== undefined) return { shape: "map", types: [key, value], several, default: ["map", []] };
  if (several) return { shape: "set", types: [key], several, default: ["set", []] };
  if (min === 0) return { shape: "optional", types: [key], several, default: ["set", []] };
  return { shape: "atom", types: [key], several, default: atomDefaults.get(key) ?? null };
}

function baseType(base: Json | undefined): string {
  if (typeof base === "string") return base;
  const type = isObject(base) && !isArray(base) ? base["type"] : undefined;
  if (typeof type !== "string") throw new OvsdbSchemaError(`not a base type: ${JSON.stringify(base)}`);
  return type;
}
