import { jsonText } from "../../../http/message.ts";
import { isIP, isIPv4, isIPv6 } from "node:net";

import type { Json } from "../../../http/message.ts";
import { pythonText } from "../../python.ts";
import { badRequest, invalidInput, networkRefusal } from "../../refusal.ts";
import { isObject } from "./attributes.ts";
import { parsePrefix, canonicalAddress } from "../state/addresses.ts";

/** Checks and conversions of values, in the words of the service. A check returns why a value is not taken. */
export type Check = (value: Json) => string | undefined;

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

export const isUuid = (value: Json): boolean => typeof value === "string" && UUID.test(value);

export const string =
  (limit: number): Check =>
  (value) => {
    if (typeof value !== "string") return `'${pythonText(value)}' is not a valid string`;
    return value.length > limit ? `'${value}' exceeds maximum length of ${limit}` : undefined;
  };

export const stringOrNone =
  (limit: number): Check =>
  (value) =>
    value === null ? undefined : string(limit)(value);

export const uuid: Check = (value) => (isUuid(value) ? undefined : `'${pythonText(value)}' is not a valid UUID`);
export const uuidOrNone: Check = (value) => (value === null ? undefined : uuid(value));

export const oneOf =
  (values: readonly Json[]): Check =>
  (value) =>
    values.includes(value) ? undefined : `${pythonText(value)} is not in valid_values`;

export const nonNegative: Check = (value) =>
  typeof value === "number" && value >= 0 ? undefined : `'${pythonText(value)}' should be non-negative`;

export const address: Check = (value) =>
  typeof value === "string" && isIP(value) !== 0 ? undefined : `'${pythonText(value)}' is not a valid IP address`;
export const addressOrNone: Check = (value) => (value === null ? undefined : address(value));

export const mac: Check = (value) =>
  typeof value === "string" && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(value)
    ? undefined
    : `'${pythonText(value)}' is not a valid MAC address`;

/** A list in which nothing stands twice. */
export const listOf =
  (each: Check): Check =>
  (value) => {
    if (!Array.isArray(value)) return `'${pythonText(value)}' is not a list`;
    for (const one of value) {
      const why = each(one);
      if (why !== undefined) return why;
    }
    const twice = value.find((one, index) => value.indexOf(one) !== index);
    return twice === undefined ? undefined : `Duplicate items in the list: '${pythonText(twice)}'`;
  };

export const fixedIps: Check = (value) => {
  if (!Array.isArray(value)) return `Invalid data format for fixed IP: '${pythonText(value)}'`;
  const seen = new Set<string>();
  for (const one of value) {
    if (!isObject(one)) return `Invalid data format for fixed IP: '${pythonText(one)}'`;
    const { ip_address: ip, subnet_id: subnet } = one;
    if (ip !== undefined) {
      if (typeof ip === "string" && seen.has(ip)) return `Duplicate IP address '${ip}'`;
      const why = address(ip);
      if (why !== undefined) return why;
      seen.add(jsonText(ip));
    }
    if (subnet !== undefined) {
      const why = uuid(subnet);
      if (why !== undefined) return why;
    }
  }
  return undefined;
};

export const prefix: Check = (value) => {
  const parsed = typeof value === "string" ? parsePrefix(value) : undefined;
  if (parsed === undefined) return `'${pythonText(value)}' is not a valid IP subnet`;
  return undefined;
};

/** Address pairs have exceptions of their own. @throws Refusal */
export const addressPairs: Check = (value) => {
  if (!Array.isArray(value)) throw badRequest("Allowed address pairs must be a list.");
  const seen = new Set<string>();
  for (const pair of value) {
    if (!isObject(pair) || pair["ip_address"] === undefined)
      throw networkRefusal(400, "AllowedAddressPairsMissingIP", "AllowedAddressPair must contain ip_address");
    const { ip_address: ip, mac_address: given = null } = pair;
    const key = `mac_address ${pythonText(given)} ip_address ${pythonText(ip)}`;
    if (seen.has(key))
      throw networkRefusal(400, "DuplicateAddressPairInRequest", `Request contains duplicate address pair: ${key}.`);
    seen.add(key);
    if (given !== null) {
      const why = mac(given);
      if (why !== undefined) throw badRequest(why);
    }
    const isPrefix = typeof ip === "string" && ip.includes("/");
    const why = isPrefix ? prefix(ip) : address(ip ?? null);
    if (why !== undefined) throw badRequest(why);
  }
  return undefined;
};

/** @throws Refusal */
export function toBoolean(value: Json): Json {
  if (typeof value === "boolean") return value;
  const text = typeof value === "number" ? String(value) : typeof value === "string" ? value.toLowerCase() : "";
  if (["true", "1", "yes", "on"].includes(text)) return true;
  if (["false", "0", "no", "off"].includes(text)) return false;
  throw invalidInput(`'${pythonText(value)}' cannot be converted to boolean`);
}

/** @throws Refusal */
export function toInteger(value: Json): Json {
  if (typeof value === "number" && Number.isInteger(value)) return value;
  if (typeof value === "string" && /^-?\d+$/.test(value.trim())) return Number(value);
  throw invalidInput(`'${pythonText(value)}' is not an integer`);
}

export const noneToEmptyList = (value: Json): Json => value ?? [];

/** `key=value` of a filter. @throws Refusal */
export function keyValue(text: string): Json {
  const at = text.indexOf("=");
  if (at <= 0) throw invalidInput(`'${text}' is not of the form <key>=[value]`);
  return { [text.slice(0, at)]: text.slice(at + 1) };
}

export const canonical = (value: Json): Json =>
  typeof value === "string" ? (canonicalAddress(value) ?? value) : value;

export { isIPv4, isIPv6 };
