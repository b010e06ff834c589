import type { Json } from "../../../http/message.ts";
import { networkRefusal } from "../../refusal.ts";
import { formatPrefix, overlaps, parsePrefix, prefixAt, type Prefix } from "../state/addresses.ts";
import type { JsonObject, Shape } from "../api/attributes.ts";
import {
  booleanAttribute,
  idAttribute,
  notFound,
  projectAttribute,
  shownStandard,
  standardAttributes,
  tagAttributes,
} from "../api/common.ts";
import { input, type Resource } from "../api/resource.ts";
import { admin, any, rulesOf, type Rights } from "../api/rights.ts";
import type { SubnetPool } from "../state/rows.ts";
import type { NetworkState, Release } from "../state/state.ts";
import { listOf, nonNegative, prefix as prefixCheck, string, toInteger, uuidOrNone } from "../api/values.ts";

const length = {
  post: true,
  put: true,
  optional: true,
  convert: toInteger,
  check: nonNegative,
  filter: true,
  sort: true,
  fromText: toInteger,
};

const filledName = (value: Json): string | undefined =>
  string(255)(value) ?? (value === "" ? "'' Blank strings are not permitted" : undefined);

const shape: Shape = {
  member: "subnetpool",
  collection: "subnetpools",
  bulk: true,
  attributes: {
    id: idAttribute,
    name: { post: true, put: true, check: filledName, filter: true, sort: true },
    project_id: projectAttribute,
    prefixes: { post: true, put: true, check: listOf(prefixCheck) },
    default_quota: length,
    ip_version: { filter: true, sort: true, fromText: toInteger },
    default_prefixlen: length,
    min_prefixlen: length,
    max_prefixlen: length,
    is_default: booleanAttribute(false, { guarded: true, sort: true }),
    shared: booleanAttribute(false, { put: false, guarded: true, sort: true }),
    address_scope_id: { post: true, put: true, optional: true, check: uuidOrNone, filter: true, sort: true },
    ...standardAttributes,
    ...tagAttributes,
  },
};

function rightsOf(release: Release): Rights {
  const { reader, member } = rulesOf(release);
  return {
    get: any(reader, (_caller, { shared }) => shared === true),
    create: member,
    update: member,
    remove: member,
    attributes: { "create:shared": admin, "create:is_default": admin, "update:is_default": admin },
  };
}

const missing = notFound("SubnetPool", "Subnet pool");
const cannotAllocate = (why: string): Error =>
  networkRefusal(500, "SubnetAllocationError", `Failed to allocate subnet: ${why}.`);

function parsed(texts: readonly string[]): Prefix[] {
  return texts.flatMap((text) => parsePrefix(text) ?? []);
}

/** Prefixes in their order, neighbours made one. */
function compacted(texts: readonly string[]): string[] {
  const list = parsed(texts).sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.length - b.length));
  for (let at = 0; at < list.length - 1; ) {
    const [one, next] = [list[at], list[at + 1]];
    if (one === undefined || next === undefined) break;
    const parent = prefixAt(one.first, one.length - 1, one.version);
    if (next.last <= one.last) list.splice(at + 1, 1);
    else if (one.length === next.length && parent.first === one.first && parent.last === next.last) {
      list.splice(at, 2, parent);
      at = Math.max(0, at - 1);
    } else at++;
  }
  return list.map(formatPrefix);
}

export interface PrefixRequest {
  readonly network: string;
  readonly project: string;
  readonly version: 4 | 6;
  readonly cidr: Prefix | undefined;
  readonly length: number | undefined;
}

export interface SubnetPools extends Resource<SubnetPool> {
  /** A prefix for a new subnet. @throws Refusal when there is none */
  readonly allocate: (pool: string, request: PrefixRequest) => Prefix;
}

/** Neutron's subnet pools. */
export function createSubnetPools(state: NetworkState): SubnetPools {
  const rights = rightsOf(state.release);

  function checkBounds(
    pool: Pick<SubnetPool, "min_prefixlen" | "max_prefixlen" | "default_prefixlen">,
    width: number,
  ): void {
    const wrong = (a: string, b: string): Error => {
      const message = `Illegal prefix bounds: ${a}, ${b}.`;
      return networkRefusal(400, "IllegalSubnetPoolPrefixBounds", message);
    };
    const { min_prefixlen: min, max_prefixlen: max, default_prefixlen: usual } = pool;
    if (max > width) throw wrong(`max_prefixlen=${max}`, `base_prefixlen=${width}`);
    if (min > max) throw wrong(`min_prefixlen=${min}`, `max_prefixlen=${max}`);
    if (usual < min) throw wrong(`default_prefixlen=${usual}`, `min_prefixlen=${min}`);
    if (usual > max) throw wrong(`default_prefixlen=${usual}`, `max_prefixlen=${max}`);
  }

  function taken(pool: string): Prefix[] {
    return parsed([...state.subnets.values()].filter((one) => one.subnetpool_id === pool).map((one) => one.cidr));
  }

  /** The lowest free prefix of a length. */
  function free(pool: SubnetPool, wanted: number): Prefix | undefined {
    const used = taken(pool.id).sort((a, b) => (a.first < b.first ? -1 : 1));
    for (const range of parsed(pool.prefixes)) {
      if (wanted < range.length) continue;
      let candidate = prefixAt(range.first, wanted, range.version);
      while (candidate.last <= range.last) {
        const inTheWay = used.find((one) => overlaps(one, candidate));
        if (inTheWay === undefined) return candidate;
        const after = inTheWay.last > candidate.last ? inTheWay.last + 1n : candidate.last + 1n;
        const next = prefixAt(after, wanted, range.version);
        candidate = next.first < after ? prefixAt(next.last + 1n, wanted, range.version) : next;
      }
    }
    return undefined;
  }

  function show(pool: SubnetPool): JsonObject {
    return {
      ...shownStandard(pool),
      name: pool.name,
      tags: pool.tags,
      prefixes: pool.prefixes,
      ip_version: pool.ip_version,
      // Lengths are text wherever the service read them back, and numbers in the answer to a change.
      default_prefixlen: String(pool.default_prefixlen),
      min_prefixlen: String(pool.min_prefixlen),
      max_prefixlen: String(pool.max_prefixlen),
      default_quota: pool.default_quota,
      is_default: pool.is_default,
      shared: pool.shared,
      address_scope_id: pool.address_scope_id,
    };
  }

  function showUpdated(pool: SubnetPool): JsonObject {
    const { default_quota: quota, address_scope_id: _scope, ...rest } = show(pool);
    return {
      ...rest,
      default_prefixlen: pool.default_prefixlen,
      min_prefixlen: pool.min_prefixlen,
      max_prefixlen: pool.max_prefixlen,
      ...(quota === null ? {} : { default_quota: quota ?? null }),
    };
  }

  return {
    shape: { ...shape, old: state.release !== "zed" },
    path: "subnetpools",
    rights,
    table: state.subnetPools,
    quota: "subnetpool",
    missing,
    taggable: true,
    target: (pool) => ({ projectId: pool.project_id, shared: pool.shared }),
    targetOf: (given) => ({ projectId: input.string(given, "project_id") }),
    show,
    showUpdated,
    create(given) {
      const texts = input.strings(given, "prefixes");
      const list = parsed(texts);
      const [first] = list;
      if (first === undefined) throw networkRefusal(400, "EmptySubnetPoolPrefixList", "Empty subnet pool prefix list.");
      if (list.some((one) => one.version !== first.version))
        throw networkRefusal(400, "PrefixVersionMismatch", "Cannot mix IPv4 and IPv6 prefixes in a subnet pool.");
      const width = first.version === 4 ? 32 : 128;
      const number = (name: string, fallback: number): number =>
        given[name] === undefined ? fallback : input.number(given, name);
      const min = number("min_prefixlen", first.version === 4 ? 8 : 64);
      const lengths = {
        min_prefixlen: min,
        max_prefixlen: number("max_prefixlen", width),
        default_prefixlen: number("default_prefixlen", min),
      };
      checkBounds(lengths, width);
      return state.subnetPools.set({
        ...state.standard(input.string(given, "project_id"), input.string(given, "description")),
        ...lengths,
        name: input.string(given, "name"),
        tags: [],
        prefixes: compacted(texts),
        ip_version: first.version,
        default_quota: given["default_quota"] === undefined ? null : input.number(given, "default_quota"),
        is_default: input.boolean(given, "is_default"),
        shared: input.boolean(given, "shared"),
        address_scope_id: null,
      });
    },
    update(pool, changes) {
      const next = { ...pool };
      for (const name of ["name", "description"] as const)
        if (changes[name] !== undefined) next[name] = input.string(changes, name);
      for (const name of ["min_prefixlen", "max_prefixlen", "default_prefixlen"] as const)
        if (changes[name] !== undefined) next[name] = input.number(changes, name);
      if (changes["default_quota"] !== undefined) next.default_quota = input.number(changes, "default_quota");
      if (changes["is_default"] !== undefined) next.is_default = input.boolean(changes, "is_default");
      if (changes["prefixes"] !== undefined) {
        const wanted = compacted(input.strings(changes, "prefixes"));
        const kept = parsed(pool.prefixes).every((old) =>
          parsed(wanted).some((one) => one.first <= old.first && old.last <= one.last),
        );
        if (!kept) {
          const why = "Existing prefixes must be a subset of the new prefixes";
          throw networkRefusal(400, "IllegalSubnetPoolPrefixUpdate", `Illegal update to prefixes: ${why}.`);
        }
        next.prefixes = wanted;
      }
      checkBounds(next, pool.ip_version === 4 ? 32 : 128);
      return state.subnetPools.set(state.touched(next));
    },
    remove(pool) {
      if (taken(pool.id).length > 0) {
        const message = "Unable to delete subnet pool: Subnet pool has existing allocations.";
        throw networkRefusal(400, "SubnetPoolDeleteError", message);
      }
      state.subnetPools.delete(pool.id);
    },
    allocate(id, { network, version, cidr, length: asked }) {
      const pool = state.subnetPools.get(id);
      if (pool === undefined) throw missing(id);
      if (pool.ip_version !== version) {
        const message = `Cannot allocate IPv${version} subnet from IPv${pool.ip_version} subnet pool`;
        throw networkRefusal(400, "BadRequest", `Bad subnets request: ${message}.`);
      }
      const same = state.subnetsOf(network).filter((one) => one.ip_version === version);
      if (same.some((one) => one.subnetpool_id !== id)) {
        const message = "Subnets hosted on the same network must be allocated from the same subnet pool.";
        throw networkRefusal(400, "NetworkSubnetPoolAffinityError", message);
      }
      const wanted = cidr?.length ?? asked ?? pool.default_prefixlen;
      const outOfBounds = (kind: "min" | "max", limit: number): Error => {
        const type = `${kind === "min" ? "Min" : "Max"}PrefixSubnetAllocationError`;
        const word = kind === "min" ? "minimum" : "maximum";
        const message = `Unable to allocate subnet with prefix length ${wanted}, ${word} allowed prefix is ${limit}.`;
        return networkRefusal(400, type, message);
      };
      if (wanted < pool.min_prefixlen) throw outOfBounds("min", pool.min_prefixlen);
      if (wanted > pool.max_prefixlen) throw outOfBounds("max", pool.max_prefixlen);
      if (cidr !== undefined) {
        const inside = parsed(pool.prefixes).some((one) => one.first <= cidr.first && cidr.last <= one.last);
        if (!inside || taken(id).some((one) => overlaps(one, cidr)))
          throw cannotAllocate("Cannot allocate requested subnet from the available set of prefixes");
        return cidr;
      }
      const found = free(pool, wanted);
      if (found === undefined) throw cannotAllocate(`Insufficient prefix space to allocate subnet size /${wanted}`);
      return found;
    },
  };
}
