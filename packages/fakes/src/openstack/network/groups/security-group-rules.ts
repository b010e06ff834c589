import { jsonText } from "../../../http/message.ts";
import type { Json } from "../../../http/message.ts";
import { pythonRepr, pythonText } from "../../python.ts";
import { networkRefusal, Refusal } from "../../refusal.ts";
import { parsePrefix } from "../state/addresses.ts";
import type { JsonObject, Shape } from "../api/attributes.ts";
import { groupNotFound, idAttribute, notFound, projectAttribute, standardAttributes } from "../api/common.ts";
import { input, type Resource } from "../api/resource.ts";
import { admin, all, any, rulesOf, type Rights, type Rule } from "../api/rights.ts";
import type { SecurityGroup, SecurityGroupRule } from "../state/rows.ts";
import { newRule, showRule } from "./rule-row.ts";
import type { SecurityGroups } from "./security-groups.ts";
import type { NetworkState, Release } from "../state/state.ts";
import { oneOf, string } from "../api/values.ts";

/** Names of protocols and their numbers. Source: IANA, Assigned Internet Protocol Numbers */
const PROTOCOLS: Readonly<Record<string, number>> = {
  ah: 51,
  dccp: 33,
  egp: 8,
  esp: 50,
  gre: 47,
  hopopt: 0,
  icmp: 1,
  igmp: 2,
  ip: 0,
  ipip: 4,
  "ipv6-encap": 41,
  "ipv6-frag": 44,
  "ipv6-icmp": 58,
  icmpv6: 58,
  "ipv6-nonxt": 59,
  "ipv6-opts": 60,
  "ipv6-route": 43,
  ospf: 89,
  pgm: 113,
  rsvp: 46,
  sctp: 132,
  tcp: 6,
  udp: 17,
  udplite: 136,
  vrrp: 112,
};
const WITH_PORTS = new Set([33, 132, 6, 17, 136]);
const ICMP = new Set([1, 58]);
const V6_ONLY = new Set(["ipv6-encap", "ipv6-frag", "ipv6-icmp", "icmpv6", "ipv6-nonxt", "ipv6-opts", "ipv6-route"]);

const refuse = (type: string, message: string, status = 400): Refusal => networkRefusal(status, type, message);

const numberOf = (protocol: string | null): number | undefined =>
  protocol === null ? undefined : (PROTOCOLS[protocol] ?? Number(protocol));

function toProtocol(release: Release): (value: Json) => Json {
  return (value) => {
    if (value === null) return null;
    const text = pythonText(value).toLowerCase();
    if (text === "any" && release !== "zed") return null;
    if (Object.hasOwn(PROTOCOLS, text)) return text;
    if (/^\d+$/.test(text) && Number(text) <= 255) return text;
    const names = Object.keys(PROTOCOLS).map(pythonRepr).join(", ");
    const values = release === "zed" ? `[None, ${names}]` : `(None, 'any', ${names})`;
    const supported = `Only protocol values ${values} and integer representations [0 to 255] are supported.`;
    throw refuse(
      "SecurityGroupRuleInvalidProtocol",
      `Security group rule protocol ${pythonText(value)} not supported. ${supported}`,
    );
  };
}

function toPort(value: Json): Json {
  if (value === null) return null;
  const number = typeof value === "number" ? value : /^-?\d+$/.test(jsonText(value)) ? Number(value) : Number.NaN;
  if (number >= 0 && number <= 65535) return number;
  throw refuse("SecurityGroupInvalidPortValue", `Invalid value for port ${pythonText(value)}`);
}

function toEthertype(value: Json): Json {
  const found = ["IPv4", "IPv6"].find((one) => one.toLowerCase() === jsonText(value).toLowerCase());
  if (found !== undefined) return found;
  const message = `Security group rule for ethertype '${pythonText(value)}' not supported. Allowed values are ['IPv4', 'IPv6'].`;
  throw refuse("SecurityGroupRuleInvalidEtherType", message);
}

function toCidr(value: Json): Json {
  if (value === null) return null;
  const text = pythonText(value);
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw refuse("InvalidCIDR", `Invalid CIDR ${text} given as IP prefix.`);
  return text.includes("/") ? text : `${text}/${prefix.length}`;
}

const shapeOf = (release: Release): Shape => {
  const open = { post: true, fallback: null, filter: true, sort: true };
  return {
    member: "security_group_rule",
    collection: "security_group_rules",
    bulk: true,
    old: true,
    attributes: {
      ...standardAttributes,
      id: idAttribute,
      security_group_id: { post: true, check: string(36), filter: true, sort: true },
      remote_group_id: open,
      direction: { post: true, check: oneOf(["ingress", "egress"]), filter: true, sort: true },
      protocol: { ...open, convert: toProtocol(release) },
      port_range_min: { ...open, convert: toPort },
      port_range_max: { ...open, convert: toPort },
      ethertype: { post: true, fallback: "IPv4", convert: toEthertype, filter: true, sort: true },
      remote_ip_prefix: { ...open, convert: toCidr },
      project_id: projectAttribute,
      normalized_cidr: { filter: true, sort: true },
      remote_address_group_id: open,
      belongs_to_default_sg: { filter: true },
    },
  };
};

function rightsOf(release: Release): Rights {
  const { role } = rulesOf(release);
  const ownsGroup: Rule = (caller, { projectId }) => caller.projectId === projectId;
  return {
    get: any(admin, all(role("reader"), ownsGroup)),
    create: any(admin, all(role("member"), ownsGroup)),
    update: any(admin, ownsGroup),
    remove: any(admin, all(role("member"), ownsGroup)),
    attributes: {},
  };
}

type Draft = Pick<
  SecurityGroupRule,
  | "direction"
  | "ethertype"
  | "protocol"
  | "port_range_min"
  | "port_range_max"
  | "remote_ip_prefix"
  | "remote_group_id"
  | "remote_address_group_id"
  | "description"
>;

/** What makes two rules the same one. */
function sameness(rule: Draft): string {
  return JSON.stringify([
    rule.direction,
    rule.ethertype,
    numberOf(rule.protocol) ?? null,
    rule.port_range_min,
    rule.port_range_max,
    rule.remote_ip_prefix,
    rule.remote_group_id,
    rule.remote_address_group_id,
  ]);
}

/** @throws Refusal */
function checkPorts(rule: Draft): void {
  const { port_range_min: min, port_range_max: max } = rule;
  if (min === null && max === null) return;
  const protocol = numberOf(rule.protocol);
  if (protocol === undefined) {
    const message = "Must also specify protocol if port range is given.";
    throw refuse("SecurityGroupProtocolRequiredWithPorts", message);
  }
  if (WITH_PORTS.has(protocol)) {
    if (min === 0 || max === 0) throw refuse("SecurityGroupInvalidPortValue", "Invalid value for port 0");
    if (min === null || max === null || min > max) {
      const message = "For TCP/UDP protocols, port_range_min must be <= port_range_max";
      throw refuse("SecurityGroupInvalidPortRange", message);
    }
    return;
  }
  if (!ICMP.has(protocol)) {
    const names = "DCCP, SCTP, TCP, UDP, UDPLITE";
    const message = `Ports cannot be specified for protocol ${protocol}. Ports are only supported for ${names}.`;
    throw refuse("SecurityGroupInvalidProtocolForPort", message);
  }
  for (const [value, field, name] of [
    [min, "port_range_min", "type"],
    [max, "port_range_max", "code"],
  ] as const) {
    if (value === null || value <= 255) continue;
    const message = `Invalid value for ICMP ${name} (${field}) ${value}. It must be 0 to 255.`;
    throw refuse("SecurityGroupInvalidIcmpValue", message);
  }
  if (min === null && max !== null) {
    const message = `ICMP code (port-range-max) ${max} is provided but ICMP type (port-range-min) is missing.`;
    throw refuse("SecurityGroupMissingIcmpType", message);
  }
}

/** @throws Refusal */
function checkRemote(rule: Draft): void {
  if (rule.remote_ip_prefix !== null) {
    const version = rule.remote_ip_prefix.includes(":") ? "IPv6" : "IPv4";
    if (version !== rule.ethertype) {
      const message = `Conflicting value ethertype ${rule.ethertype} for CIDR ${rule.remote_ip_prefix}`;
      throw refuse("SecurityGroupRuleParameterConflict", message);
    }
  }
  const name = rule.protocol;
  if (name !== null && V6_ONLY.has(name) && rule.ethertype === "IPv4") {
    const message = `Invalid ethertype IPv4 for protocol ${name}.`;
    throw refuse("SecurityGroupEthertypeConflictWithProtocol", message);
  }
  const remotes = [rule.remote_ip_prefix, rule.remote_group_id, rule.remote_address_group_id];
  if (remotes.filter((one) => one !== null).length > 1) {
    const message = "Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.";
    throw refuse("SecurityGroupMultipleRemoteEntites", message);
  }
}

/** Neutron's security group rules. */
export function createSecurityGroupRules(state: NetworkState, groups: SecurityGroups): Resource<SecurityGroupRule> {
  const { release } = state;
  const rights = rightsOf(release);
  const shape = shapeOf(release);
  const missing = (id: string): Refusal =>
    refuse("SecurityGroupRuleNotFound", `Security group rule ${id} does not exist`, 404);

  function groupOf(id: string): SecurityGroup {
    const group = state.groups.get(id);
    if (group === undefined) throw groupNotFound(id);
    return group;
  }

  function draftOf(given: JsonObject): Draft {
    const number = (name: string): number | null => {
      const value = given[name];
      return typeof value === "number" ? value : null;
    };
    const draft = {
      description: input.string(given, "description"),
      direction: input.string(given, "direction"),
      ethertype: input.string(given, "ethertype"),
      protocol: input.stringOrNull(given, "protocol"),
      port_range_min: number("port_range_min"),
      port_range_max: number("port_range_max"),
      remote_ip_prefix: input.stringOrNull(given, "remote_ip_prefix"),
      remote_group_id: input.stringOrNull(given, "remote_group_id"),
      remote_address_group_id: input.stringOrNull(given, "remote_address_group_id"),
    };
    checkPorts(draft);
    const { port_range_min: min, port_range_max: max } = draft;
    // Every port is the same as no ports.
    if (min === 1 && max === 65535) return { ...draft, port_range_min: null, port_range_max: null };
    return draft;
  }

  return {
    shape,
    path: "security-group-rules",
    rights,
    table: state.rules,
    quota: "security_group_rule",
    missing,
    hidden: () => networkRefusal(404, "HTTPNotFound", "The resource could not be found."),
    taggable: false,
    target: (rule) => ({ projectId: state.groups.get(rule.security_group_id)?.project_id ?? rule.project_id }),
    targetOf(given, caller) {
      const group = groupOf(input.string(given, "security_group_id"));
      if (release === "zed" && !groups.rights.get(caller, groups.target(group))) throw groupNotFound(group.id);
      return { projectId: group.project_id };
    },
    filterable: (rule) => showRule(state, rule),
    show: (rule) => showRule(state, rule),
    beforeList: (caller) => groups.beforeList?.(caller),
    checkAll(inputs) {
      if (new Set(inputs.map((given) => given["security_group_id"])).size > 1) {
        const message = "Only allowed to update rules for one security profile at a time";
        throw refuse("SecurityGroupNotSingleGroupRules", message);
      }
      const keys = inputs.map((given) => sameness(draftOf(given)));
      if (new Set(keys).size < keys.length) {
        throw refuse("DuplicateSecurityGroupRuleInPost", "Duplicate Security Group Rule in POST.", 409);
      }
    },
    create(given, caller) {
      const draft = draftOf(given);
      checkRemote(draft);
      const group = groupOf(input.string(given, "security_group_id"));
      const { remote_group_id: remote, remote_address_group_id: addresses } = draft;
      if (remote !== null) {
        const peer = state.groups.get(remote);
        if (peer === undefined || !groups.rights.get(caller, groups.target(peer))) throw groupNotFound(remote);
      }
      if (addresses !== null && state.addressGroups.get(addresses) === undefined)
        throw notFound("AddressGroup", "Address group")(addresses);
      const same = state.rulesIn(group.id).find((rule) => sameness(rule) === sameness(draft));
      if (same !== undefined) {
        const message = `Security group rule already exists. Rule id is ${same.id}.`;
        throw refuse("SecurityGroupRuleExists", message, 409);
      }
      const protocol = draft.protocol === "icmpv6" ? "ipv6-icmp" : draft.protocol;
      return state.rules.set(newRule(state, group, { ...draft, protocol }));
    },
    update() {
      // The service has no code for it, and says so.
      const message = "Request Failed: internal server error while processing your request.";
      throw networkRefusal(500, "HTTPInternalServerError", message);
    },
    remove: (rule) => state.rules.delete(rule.id),
  };
}
