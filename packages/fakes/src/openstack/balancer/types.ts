import { isIP } from "node:net";

import type { Json } from "../../http/message.ts";
import { isObject, type JsonObject } from "../network/api/attributes.ts";
import { parsePrefix } from "../network/state/addresses.ts";
import { pythonRepr, pythonText } from "../python.ts";
import { balancerRefusal } from "../refusal.ts";

/** A type of value as Octavia's API declares it. */
export type Type =
  | { readonly kind: "text"; readonly max: number }
  | { readonly kind: "uuid" }
  | { readonly kind: "address" }
  | { readonly kind: "boolean" }
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  | { readonly kind: "choice"; readonly of: readonly string[] }
  | { readonly kind: "texts"; readonly max: number }
  | { readonly kind: "prefixes" }
  | { readonly kind: "anything" }
  | { readonly kind: "object"; readonly fields: Fields }
  | { readonly kind: "objects"; readonly fields: Fields };

export interface Field {
  readonly type: Type;
  readonly mandatory?: boolean;
}

export type Fields = Readonly<Record<string, Field>>;

export const text = (max = 255): Type => ({ kind: "text", max });
export const uuid: Type = { kind: "uuid" };
export const address: Type = { kind: "address" };
export const boolean: Type = { kind: "boolean" };
export const integer = (min: number, max: number): Type => ({ kind: "integer", min, max });
export const choice = (...of: readonly string[]): Type => ({ kind: "choice", of });
export const texts: Type = { kind: "texts", max: 255 };

/** What reading needs to say where something is wrong. */
interface Place {
  /** The argument's own name, which stands in the messages. */
  readonly argument: string;
  /** The whole body, which some messages print. */
  readonly body: Json;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function invalid(field: string, value: string, why: string): Error {
  return balancerRefusal(400, `Invalid input for field/attribute ${field}. Value: '${value}'. ${why}`);
}

/** What cannot even be converted is told with the whole body. */
function unreadable(place: Place, why: string): Error {
  return invalid(place.argument, pythonRepr(place.body), why);
}

const tooLong = (max: number): string => `Value should have a maximum character requirement of ${max}`;

function readText(name: string, value: Json, max: number): Json {
  if (typeof value !== "string") throw invalid(name, pythonText(value), "Value should be string");
  if (value.length > max) throw invalid(name, value, tooLong(max));
  return value;
}

function readList(value: Json, place: Place): Json[] {
  if (Array.isArray(value)) return value;
  throw unreadable(place, `Value not a valid list: ${pythonText(value)}`);
}

function readInteger(
  name: string,
  value: Json,
  type: { readonly min: number; readonly max: number },
  place: Place,
): Json {
  const number = typeof value === "number" ? value : /^-?\d+$/.test(pythonText(value)) ? Number(value) : Number.NaN;
  if (!Number.isInteger(number))
    throw unreadable(place, `invalid literal for int() with base 10: ${pythonRepr(value)}`);
  if (number < type.min) throw invalid(name, String(number), `Value should be greater or equal to ${type.min}`);
  if (number > type.max) throw invalid(name, String(number), `Value should be lower or equal to ${type.max}`);
  return number;
}

function readBoolean(value: Json, place: Place): Json {
  if (typeof value === "boolean") return value;
  const word = pythonText(value).toLowerCase();
  if (["true", "t", "yes", "y", "on", "1"].includes(word)) return true;
  if (["false", "f", "no", "n", "off", "0"].includes(word)) return false;
  throw unreadable(place, `Value not an unambiguous boolean: ${pythonText(value)}`);
}

function readValue(path: string, name: string, type: Type, value: Json, place: Place): Json {
  if (value === null && type.kind !== "objects") return null;
  switch (type.kind) {
    case "text":
      return readText(name, value, type.max);
    case "uuid":
      if (UUID.test(pythonText(value))) return value;
      throw invalid(name, pythonText(value), "Value should be UUID format");
    case "address":
      if (isIP(pythonText(value)) !== 0) return value;
      throw invalid(name, pythonText(value), "Value should be IPv4 or IPv6 format");
    case "boolean":
      return readBoolean(value, place);
    case "integer":
      return readInteger(name, value, type, place);
    case "choice":
      if (type.of.includes(pythonText(value))) return value;
      throw invalid(name, pythonText(value), `Value should be one of: ${type.of.join(", ")}`);
    case "texts": {
      const list = readList(value, place);
      if (list.some((one) => pythonText(one).length > type.max))
        throw invalid(name, pythonRepr(list), tooLong(type.max));
      return list;
    }
    case "prefixes": {
      const list = readList(value, place);
      if (list.some((one) => parsePrefix(pythonText(one)) === undefined))
        throw invalid(name, pythonRepr(list), "Value should be IPv4 or IPv6 CIDR format");
      return list;
    }
    case "objects":
      return readList(value, place).map((one) => readFields(path, type.fields, isObject(one) ? one : {}, place));
    case "object":
      return readFields(path, type.fields, isObject(value) ? value : {}, place);
    default:
      return value;
  }
}

/** Reads an object field by field. @throws Refusal */
function readFields(path: string, fields: Fields, given: JsonObject, place: Place): JsonObject {
  const result: JsonObject = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = given[name];
    if (value !== undefined) result[name] = readValue(`${path}.${name}`, name, field.type, value, place);
    else if (field.mandatory === true) throw invalid(name, "None", "Mandatory field missing.");
  }
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) throw balancerRefusal(400, `Unknown attribute for argument ${path}: ${unknown}`);
  return result;
}

function parse(textBody: string): Json {
  try {
    return JSON.parse(textBody) as Json;
  } catch {
    throw balancerRefusal(400, "Request is not in valid JSON format");
  }
}

export interface Argument {
  /** As the service calls it: `load_balancer`, `listener_`. */
  readonly argument: string;
  /** As the body calls it. */
  readonly member: string;
  /** What the service reads first of it, where it fails when the body is empty; empty for a list. */
  readonly first: string;
}

function payload(body: string, { argument, member, first }: Argument): { readonly place: Place; readonly value: Json } {
  const parsed = parse(body);
  const given = isObject(parsed) ? parsed : {};
  const unknown = Object.keys(given).find((name) => name !== member);
  if (unknown !== undefined) throw balancerRefusal(400, `Unknown attribute for argument ${argument}: ${unknown}`);
  const value = given[member];
  if (value === undefined) {
    const why = first === "" ? "is not iterable" : `has no attribute '${first}'`;
    throw balancerRefusal(500, `'UnsetType' object ${why}`);
  }
  return { place: { argument, body: parsed }, value };
}

/** One resource of a body. @throws Refusal */
export function readOne(body: string, argument: Argument, fields: Fields): JsonObject {
  const { place, value } = payload(body, argument);
  return readFields(`${argument.argument}.${argument.member}`, fields, isObject(value) ? value : {}, place);
}

/** The list of a body. @throws Refusal */
export function readMany(body: string, argument: Argument, fields: Fields): JsonObject[] {
  const { place, value } = payload(body, argument);
  const path = `${argument.argument}.${argument.member}`;
  return readList(value, place).map((one) => readFields(path, fields, isObject(one) ? one : {}, place));
}
