import type { Json } from "../../../http/message.ts";
import { pythonText } from "../../python.ts";
import { invalidInput } from "../../refusal.ts";
import { formatPrefix, parsePrefix } from "../state/addresses.ts";
import { isObject, type Shape } from "../api/attributes.ts";
import type { Release } from "../state/state.ts";
import {
  booleanAttribute,
  idAttribute,
  idReference,
  nameAttribute,
  projectAttribute,
  standardAttributes,
  tagAttributes,
} from "../api/common.ts";
import {
  address,
  addressOrNone,
  canonical,
  noneToEmptyList,
  nonNegative,
  oneOf,
  prefix,
  toInteger,
  uuid,
} from "../api/values.ts";

function toPrefix(value: Json): Json {
  if (value === null) return null;
  const parsed = typeof value === "string" ? parsePrefix(value) : undefined;
  if (parsed === undefined) throw invalidInput(`${pythonText(value)} is not in a CIDR format`);
  return formatPrefix(parsed);
}

/** Why an object has not exactly the keys that are expected. */
function keysOf(value: Json, expected: readonly string[]): string | undefined {
  const names = (keys: readonly string[]): string => `{${keys.map((key) => `'${key}'`).join(", ")}}`;
  const keys = isObject(value) ? Object.keys(value) : [];
  if (keys.length === expected.length && expected.every((key) => keys.includes(key))) return undefined;
  return `Validation of dictionary's keys failed. Expected keys: ${names(expected)} Provided keys: ${names(keys)}`;
}

function toPools(value: Json): Json {
  if (!Array.isArray(value)) throw invalidInput("Invalid data format for allocation pools");
  return value.map((pool) =>
    isObject(pool) ? Object.fromEntries(Object.entries(pool).map(([key, one]) => [key, canonical(one)])) : pool,
  );
}

function pools(value: Json): string | undefined {
  if (!Array.isArray(value)) return `Invalid data format for IP pool: '${pythonText(value)}'`;
  for (const pool of value) {
    const why = keysOf(pool, ["start", "end"]);
    if (why !== undefined) return why;
    for (const one of Object.values(isObject(pool) ? pool : {})) {
      const wrong = address(one);
      if (wrong !== undefined) return wrong;
    }
  }
  return undefined;
}

function nameservers(value: Json): string | undefined {
  if (!Array.isArray(value)) return `Invalid data format for nameserver: '${pythonText(value)}'`;
  const seen = new Set<Json>();
  for (const one of value) {
    const why = address(one);
    if (why !== undefined) return `'${pythonText(one)}' is not a valid nameserver. ${why}`;
    if (seen.has(one)) return `Duplicate nameserver '${pythonText(one)}'`;
    seen.add(one);
  }
  return undefined;
}

/** Why a list of routes is not taken. */
export function routes(value: Json): string | undefined {
  if (!Array.isArray(value)) return `Invalid data format for hostroute: '${pythonText(value)}'`;
  const seen = new Set<string>();
  for (const route of value) {
    const why = keysOf(route, ["destination", "nexthop"]);
    if (why !== undefined) return why;
    const { destination = null, nexthop = null } = isObject(route) ? route : {};
    if (prefix(destination) !== undefined) return `'${pythonText(destination)}' is not a valid CIDR`;
    const wrong = address(nexthop);
    if (wrong !== undefined) return wrong;
    const key = JSON.stringify(route);
    if (seen.has(key)) return `Duplicate hostroute '${pythonText(route)}'`;
    seen.add(key);
  }
  return undefined;
}

const modes = oneOf(["dhcpv6-stateful", "dhcpv6-stateless", "slaac", null]);
const mode = { post: true, optional: true, check: modes, filter: true, sort: true };

export const subnetShape = (release: Release): Shape => ({
  member: "subnet",
  collection: "subnets",
  bulk: true,
  attributes: {
    id: idAttribute,
    name: nameAttribute,
    ip_version: { post: true, convert: toInteger, check: oneOf([4, 6]), filter: true, sort: true, fromText: toInteger },
    network_id: idReference(),
    subnetpool_id: {
      post: true,
      optional: true,
      check: (value) => (value === null ? undefined : uuid(value)),
      filter: true,
      sort: true,
    },
    prefixlen: { post: true, optional: true, convert: toInteger, check: nonNegative },
    cidr: { post: true, optional: true, convert: toPrefix, filter: true, sort: true },
    gateway_ip: {
      post: true,
      put: true,
      optional: true,
      convert: canonical,
      check: addressOrNone,
      filter: true,
      sort: true,
    },
    allocation_pools: {
      post: true,
      put: true,
      optional: true,
      ...(release === "zed" ? {} : { convert: toPools }),
      check: pools,
    },
    dns_nameservers: { post: true, put: true, optional: true, convert: noneToEmptyList, check: nameservers },
    host_routes: { post: true, put: true, optional: true, convert: noneToEmptyList, check: routes },
    project_id: projectAttribute,
    enable_dhcp: booleanAttribute(true, { sort: true }),
    ipv6_ra_mode: mode,
    ipv6_address_mode: mode,
    shared: { filter: true },
    "router:external": { filter: true },
    service_types: { post: true, put: true, optional: true, guarded: false },
    ...standardAttributes,
    ...tagAttributes,
    use_default_subnetpool: { post: true, fallback: false },
    dns_publish_fixed_ip: booleanAttribute(false, { filter: false }),
  },
});
