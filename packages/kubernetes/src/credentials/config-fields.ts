import { ConfigError } from "../errors.ts";

/** A mapping of a configuration file; a Map, because its keys are anybody's. */
export type Fields = ReadonlyMap<string, unknown>;

/** @throws ConfigError when `value` is no mapping. */
export function asFields(value: unknown, path: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigError(`${path}: not a kubeconfig`, "Every entry must be a mapping.");
  }
  return new Map(Object.entries(value));
}

/** A field that is text or missing. @throws ConfigError */
export function text(fields: Fields, name: string, path: string): string | undefined {
  const value = fields.get(name) ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw new ConfigError(`${path}: ${name} is not text`, `Correct ${name}; a number needs quotes.`);
}

/** A field that must be there. @throws ConfigError */
export function required(fields: Fields, name: string, path: string): string {
  const value = text(fields, name, path);
  if (value === undefined || value === "") throw new ConfigError(`${path}: no ${name}`, `Set ${name}.`);
  return value;
}

/** A field that is true, false or missing, which is false. @throws ConfigError */
export function flag(fields: Fields, name: string, path: string): boolean {
  const value = fields.get(name) ?? false;
  if (typeof value === "boolean") return value;
  throw new ConfigError(`${path}: ${name} is neither true nor false`, `Correct ${name}.`);
}

/** A field that is a list or missing. @throws ConfigError */
export function list(fields: Fields, name: string, path: string): readonly unknown[] {
  const value: unknown = fields.get(name) ?? [];
  if (Array.isArray(value)) return value;
  throw new ConfigError(`${path}: ${name} is not a list`, `Correct ${name}.`);
}

/** The mapping `field` of the entry called `name`. @throws ConfigError */
export function named(config: Fields, of: string, field: string, name: string, path: string): Fields {
  for (const entry of list(config, of, path)) {
    const fields = asFields(entry, path);
    if (fields.get("name") === name) return asFields(fields.get(field) ?? {}, path);
  }
  throw new ConfigError(`${path}: no ${field} "${name}" in ${of}`, `Check the names in ${of} and contexts.`);
}

/** What is not understood must not be dropped: the identity would be another one than the user means. */
export function refuse(fields: Fields, names: readonly string[], path: string, instead: string): void {
  for (const name of names) {
    const value = fields.get(name);
    if (value !== undefined && value !== null && value !== "") {
      throw new ConfigError(`${path}: ${name} is not supported`, instead);
    }
  }
}
