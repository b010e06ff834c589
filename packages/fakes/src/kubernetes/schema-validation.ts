import { equal, field, isObject, type Json } from "./json.ts";
import { memberSchema, resolve, type Schema } from "./schema.ts";
import { cause, type Cause } from "./status.ts";

const typeOf = (value: Json): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value === "object" ? "object" : typeof value;
};

/**
 * What a schema has against a value, in the words of the API server.
 *
 * @param path as causes give it; `told` is the path in the text, which leaves out the subresource's root.
 */
export function validate(value: Json, reference: Schema, path: string, told = path): Cause[] {
  const schema = resolve(reference);
  const faults: Cause[] = [];
  const found = typeOf(value);
  if (value === null && schema.nullable === true) return faults;
  const either = schema["x-kubernetes-int-or-string"] === true;
  const wanted = either ? "integer,string" : schema.type;
  const fits =
    wanted === undefined ||
    wanted === "" ||
    schema.type === found ||
    (schema.type === "number" && found === "integer") ||
    (either && (found === "integer" || found === "string"));
  if (!fits) {
    faults.push(cause.type(path, found, `${told} in body must be of type ${wanted}: ${JSON.stringify(found)}`));
    if (schema.type === "integer" && found === "number")
      faults.push(cause.invalid("<nil>", "", `Checked value must be of type integer (default format) in ${told}`));
  }
  if (schema.enum !== undefined && !schema.enum.some((one) => equal(one, value)))
    faults.push(cause.unsupported(path, value, schema.enum));
  if (typeof value === "string" && fits) faults.push(...validateText(value, schema, path, told));
  if (typeof value === "number" && fits) faults.push(...validateNumber(value, schema, path, told));
  if (Array.isArray(value) && fits) faults.push(...validateItems(value, schema, path, told));
  if (isObject(value) && fits) {
    for (const name of schema.required ?? []) {
      if (field(value, name) === undefined) faults.push(cause.required(join(path, name)));
    }
    for (const [name, member] of Object.entries(value)) {
      const known = memberSchema(schema, name);
      if (known !== undefined && member !== undefined)
        faults.push(...validate(member, known, join(path, name), join(told, name)));
    }
    const count = Object.keys(value).length;
    if (schema.minProperties !== undefined && count < schema.minProperties)
      faults.push(
        cause.invalid(path, count, `${told} in body should have at least ${schema.minProperties} properties`),
      );
    if (schema.maxProperties !== undefined && count > schema.maxProperties)
      faults.push(cause.tooMany(path, count, schema.maxProperties));
  }
  for (const part of schema.allOf ?? []) faults.push(...validate(value, part, path, told));
  if (schema.anyOf !== undefined && !schema.anyOf.some((part) => validate(value, part, path, told).length === 0))
    faults.push(cause.invalid(path, "", `"${told}" must validate at least one schema (anyOf)`));
  if (
    schema.oneOf !== undefined &&
    schema.oneOf.filter((part) => validate(value, part, path, told).length === 0).length !== 1
  )
    faults.push(cause.invalid(path, "", `"${told}" must validate one and only one schema (oneOf)`));
  if (schema.not !== undefined && validate(value, schema.not, path, told).length === 0)
    faults.push(cause.invalid(path, "", `"${told}" must not validate the schema (not)`));
  return faults;
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

const patterns = new Map<string, RegExp>();

function patternOf(source: string): RegExp {
  let pattern = patterns.get(source);
  if (pattern === undefined) {
    pattern = new RegExp(source, "u");
    patterns.set(source, pattern);
  }
  return pattern;
}

function validateText(value: string, schema: Schema, path: string, told: string): Cause[] {
  const faults: Cause[] = [];
  // Characters, not UTF-16 units.
  const length = Array.from(value).length;
  if (schema.maxLength !== undefined && length > schema.maxLength) faults.push(cause.tooLong(path, schema.maxLength));
  if (schema.minLength !== undefined && length < schema.minLength)
    faults.push(cause.invalid(path, value, `${told} in body should be at least ${schema.minLength} chars long`));
  if (schema.pattern !== undefined && !patternOf(schema.pattern).test(value))
    faults.push(cause.invalid(path, value, `${told} in body should match '${schema.pattern}'`));
  const format = schema.format === undefined ? undefined : formats.get(schema.format);
  if (format?.test(value) === false)
    faults.push(cause.type(path, value, `${told} in body must be of type ${schema.format}: ${JSON.stringify(value)}`));
  return faults;
}

/** The formats that the server checks and Kuryr's definitions could use. */
const formats: ReadonlyMap<string, RegExp> = new Map([
  ["date-time", /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/],
  ["uuid", /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i],
  ["mac", /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i],
  ["ipv4", /^(\d{1,3}\.){3}\d{1,3}$/],
  ["cidr", /^[0-9a-f.:]+\/\d{1,3}$/i],
]);

function validateNumber(value: number, schema: Schema, path: string, told: string): Cause[] {
  const faults: Cause[] = [];
  const { minimum, maximum, multipleOf } = schema;
  if (maximum !== undefined && (schema.exclusiveMaximum === true ? value >= maximum : value > maximum)) {
    const words = schema.exclusiveMaximum === true ? "less than" : "less than or equal to";
    faults.push(cause.invalid(path, value, `${told} in body should be ${words} ${maximum}`));
  }
  if (minimum !== undefined && (schema.exclusiveMinimum === true ? value <= minimum : value < minimum)) {
    const words = schema.exclusiveMinimum === true ? "greater than" : "greater than or equal to";
    faults.push(cause.invalid(path, value, `${told} in body should be ${words} ${minimum}`));
  }
  if (multipleOf !== undefined && value % multipleOf !== 0)
    faults.push(cause.invalid(path, value, `${told} in body should be a multiple of ${multipleOf}`));
  return faults;
}

function validateItems(value: readonly Json[], schema: Schema, path: string, told: string): Cause[] {
  const faults: Cause[] = [];
  if (schema.minItems !== undefined && value.length < schema.minItems)
    faults.push(cause.invalid(path, value.length, `${told} in body should have at least ${schema.minItems} items`));
  if (schema.maxItems !== undefined && value.length > schema.maxItems)
    // The rest is not looked at: it may be huge.
    return [cause.tooMany(path, value.length, schema.maxItems)];
  const { items } = schema;
  if (items !== undefined)
    value.forEach((item, index) => faults.push(...validate(item, items, `${path}[${index}]`, `${told}[${index}]`)));
  const keys = schema["x-kubernetes-list-map-keys"];
  const kind = schema["x-kubernetes-list-type"];
  if (kind === "set" || kind === "map") {
    const seen = new Set<string>();
    value.forEach((item, index) => {
      const identity = kind === "set" ? item : Object.fromEntries((keys ?? []).map((key) => [key, field(item, key)]));
      const text = JSON.stringify(identity);
      if (seen.has(text)) faults.push(cause.duplicate(`${path}[${index}]`, identity));
      seen.add(text);
    });
  }
  return faults;
}
