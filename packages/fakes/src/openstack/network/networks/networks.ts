import { jsonText } from "../../../http/message.ts";
import type { Json } from "../../../http/message.ts";
import { invalidInput, networkRefusal } from "../../refusal.ts";
import type { JsonObject, Shape } from "../api/attributes.ts";
import {
  booleanAttribute,
  idAttribute,
  nameAttribute,
  networkNotFound,
  projectAttribute,
  readOnly,
  shownStandard,
  standardAttributes,
  tagAttributes,
} from "../api/common.ts";
import type { QosPolicies } from "../qos/qos.ts";
import { input, type Resource } from "../api/resource.ts";
import { admin, any, rulesOf, service, type Rights, type Rule } from "../api/rights.ts";
import type { Network, Port } from "../state/rows.ts";
import type { NetworkState, Release } from "../state/state.ts";
import { listOf, nonNegative, string, toBoolean, toInteger, uuidOrNone } from "../api/values.ts";

/** Geneve over an underlay of 1500 bytes. */
const MAX_MTU = 1442;
const FQDN = /^([a-z0-9-]{1,63}\.)+[a-z0-9-]{1,63}\.?$/i;

const domainName = (value: Json): string | undefined =>
  string(255)(value) ?? (value === "" || FQDN.test(jsonText(value)) ? undefined : `'${jsonText(value)}' is not a FQDN`);

const provider = { post: true, put: true, optional: true, guarded: true, filter: true };

export const networkShape = (release: Release): Shape => ({
  member: "network",
  collection: "networks",
  bulk: true,
  attributes: {
    id: idAttribute,
    name: nameAttribute,
    subnets: readOnly,
    admin_state_up: booleanAttribute(true, { sort: true }),
    status: { filter: true, sort: true },
    project_id: projectAttribute,
    shared: booleanAttribute(false, { guarded: true }),
    ipv4_address_scope: readOnly,
    ipv6_address_scope: readOnly,
    "router:external": booleanAttribute(false, { guarded: true }),
    segments: { post: true, put: true, optional: true, guarded: true },
    mtu: {
      post: true,
      put: true,
      fallback: 0,
      convert: toInteger,
      check: nonNegative,
      guarded: true,
      filter: true,
      sort: true,
      fromText: toInteger,
    },
    availability_zones: readOnly,
    availability_zone_hints: { post: true, fallback: [], check: listOf(string(255)), sort: true },
    port_security_enabled: booleanAttribute(true, { guarded: true, filter: false }),
    "provider:network_type": { ...provider, check: string(32) },
    "provider:physical_network": { ...provider, check: string(64) },
    "provider:segmentation_id": { ...provider, convert: toInteger },
    ...(release === "zed" ? {} : { qinq: { post: true, optional: true, convert: toBoolean, filter: true } }),
    qos_policy_id: { post: true, put: true, fallback: null, check: uuidOrNone, guarded: true },
    ...standardAttributes,
    ...tagAttributes,
    ...(release === "zed"
      ? {}
      : { vlan_transparent: { post: true, optional: true, convert: toBoolean, filter: true } }),
    is_default: booleanAttribute(false, { guarded: true }),
    dns_domain: { post: true, put: true, fallback: "", check: domainName },
  },
});

function rightsOf(release: Release): Rights {
  const { reader, member } = rulesOf(release);
  const open: Rule = (_caller, { network }) => network?.shared === true || network?.["router:external"] === true;
  const guarded = ["shared", "router:external", "is_default", "segments"].concat(
    ["network_type", "physical_network", "segmentation_id"].map((name) => `provider:${name}`),
  );
  return {
    get: any(reader, service, open),
    create: member,
    update: member,
    remove: member,
    attributes: Object.fromEntries(
      guarded.flatMap((name) => [`create:${name}`, `update:${name}`].map((key) => [key, admin])),
    ),
  };
}

/** A network with nothing hidden. */
function everything(state: NetworkState, network: Network): JsonObject {
  return {
    ...shownStandard(network),
    name: network.name,
    tags: network.tags,
    admin_state_up: network.admin_state_up,
    status: network.status,
    shared: network.shared,
    mtu: network.mtu,
    port_security_enabled: network.port_security_enabled,
    "router:external": network["router:external"],
    "provider:network_type": network["provider:network_type"],
    "provider:physical_network": network["provider:physical_network"],
    "provider:segmentation_id": network["provider:segmentation_id"],
    availability_zone_hints: network.availability_zone_hints,
    availability_zones: [],
    qos_policy_id: network.qos_policy_id,
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    subnets: state.subnetsOf(network.id).map(({ id }) => id),
    ...(state.release === "zed" ? {} : { qinq: false, vlan_transparent: network.vlan_transparent }),
  };
}

/** As the service itself holds it: what some answers show by mistake. */
export const showPlainNetwork = (state: NetworkState, network: Network): JsonObject => ({
  ...everything(state, network),
  standard_attr_id: network.standard_attr_id,
});

export interface Networks extends Resource<Network> {
  /** Says how to take away a port and a subnet, which come to be later than networks. */
  readonly connect: (drops: { readonly port: (id: string) => void; readonly subnet: (id: string) => void }) => void;
}

/** Ports that stand in nobody's way when a network or subnet goes. */
export const isAutomaticPort = (port: Port): boolean =>
  ["network:dhcp", "network:distributed"].includes(port.device_owner);

/** Neutron's networks. */
export function createNetworks(state: NetworkState, qos: Pick<QosPolicies, "check">): Networks {
  const rights = rightsOf(state.release);
  let drops = { port: (_id: string): void => undefined, subnet: (_id: string): void => undefined };
  let vni = 0;

  function checkMtu(mtu: number): void {
    if (mtu > MAX_MTU) throw invalidInput(`Requested MTU is too big, maximum is ${MAX_MTU}`);
  }

  function show(network: Network, isAdmin: boolean): JsonObject {
    const shown = everything(state, network);
    if (!isAdmin)
      for (const name of ["network_type", "physical_network", "segmentation_id"]) delete shown[`provider:${name}`];
    return { ...shown, ...(network["router:external"] ? { is_default: network.is_default } : {}) };
  }

  return {
    shape: networkShape(state.release),
    path: "networks",
    rights,
    table: state.networks,
    quota: "network",
    missing: networkNotFound,
    taggable: true,
    connect: (given) => {
      drops = given;
    },
    target: (network) => ({ projectId: network.project_id, network }),
    targetOf: (given) => ({ projectId: input.string(given, "project_id") }),
    show: (network, caller) => show(network, caller.isAdmin),
    showMade: (network, caller) => ({ ...show(network, caller.isAdmin), is_default: network.is_default }),
    create(given, caller) {
      const [zone] = input.strings(given, "availability_zone_hints");
      if (zone !== undefined)
        throw networkRefusal(404, "AvailabilityZoneNotFound", `AvailabilityZone ${zone} could not be found.`);
      const policy = input.stringOrNull(given, "qos_policy_id");
      qos.check(policy, caller);
      const mtu = input.number(given, "mtu");
      checkMtu(mtu);
      const kind = input.stringOrNull(given, "provider:network_type") ?? "geneve";
      const number = given["provider:segmentation_id"];
      return state.networks.set({
        ...state.standard(input.string(given, "project_id"), input.string(given, "description")),
        name: input.string(given, "name"),
        tags: [],
        admin_state_up: input.boolean(given, "admin_state_up"),
        status: "ACTIVE",
        shared: input.boolean(given, "shared"),
        mtu: mtu === 0 ? (kind === "flat" ? 1500 : MAX_MTU) : mtu,
        port_security_enabled: input.boolean(given, "port_security_enabled"),
        "router:external": input.boolean(given, "router:external"),
        "provider:network_type": kind,
        "provider:physical_network": input.stringOrNull(given, "provider:physical_network"),
        "provider:segmentation_id": kind === "flat" ? null : typeof number === "number" ? number : ++vni,
        availability_zone_hints: [],
        qos_policy_id: policy,
        is_default: input.boolean(given, "is_default"),
        vlan_transparent: input.boolean(given, "vlan_transparent"),
        standard_attr_id: state.number(),
      });
    },
    update(network, changes, caller) {
      const next = { ...network };
      if (changes["qos_policy_id"] !== undefined) {
        next.qos_policy_id = input.stringOrNull(changes, "qos_policy_id");
        qos.check(next.qos_policy_id, caller);
      }
      for (const name of ["name", "description"] as const)
        if (changes[name] !== undefined) next[name] = input.string(changes, name);
      for (const name of [
        "admin_state_up",
        "shared",
        "router:external",
        "is_default",
        "port_security_enabled",
      ] as const)
        if (changes[name] !== undefined) next[name] = input.boolean(changes, name);
      if (changes["mtu"] !== undefined) {
        checkMtu(input.number(changes, "mtu"));
        next.mtu = input.number(changes, "mtu") || MAX_MTU;
      }
      return state.networks.set(state.touched(next));
    },
    remove(network) {
      const ports = state.portsOn(network.id).filter((port) => !isAutomaticPort(port));
      if (ports.length > 0) {
        const ids = ports.map(({ id }) => id).join(",");
        const message =
          `Unable to complete operation on network ${network.id}. There are one or more ports still in use on the ` +
          `network, id for these ports is: ${ids}.`;
        throw networkRefusal(409, "NetworkInUse", message);
      }
      for (const port of state.portsOn(network.id)) drops.port(port.id);
      for (const subnet of state.subnetsOf(network.id)) drops.subnet(subnet.id);
      state.networks.delete(network.id);
    },
  };
}
