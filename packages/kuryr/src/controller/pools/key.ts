import { createHash } from "node:crypto";

import type { PortCreate } from "@kuryr/openstack";

import type { NeutronPort } from "../ports/inventory.ts";
import type { PortIdentity } from "./claims.ts";

/** What all ports of one pool have in common. */
export interface PoolKey {
  readonly node: string;
  readonly projectId: string;
  readonly networkId: string;
  /** In the order of the addresses that a pod gets. */
  readonly subnetIds: readonly string[];
  readonly securityGroups: readonly string[];
  /** Everything else that the VIF driver asks of a port (its tags, for one), as text. */
  readonly shape: string;
}

/** Of a wanted port what tells one pod from another; it is written once a pod takes the port. */
const ofThePod = new Set(["device_id", "description", "name"]);
/** What the key has fields for. */
const inTheKey = new Set(["binding:host_id", "project_id", "network_id", "fixed_ips", "security_groups"]);

/**
 * The pool that a port can come from. Pure.
 * @param ownProject the project of a port that names none
 * @returns `undefined` for a port that no pool can have: one with an address or a MAC of its own, or with limits of its pod
 */
export function keyOfWanted(port: PortCreate, ownProject: string): PoolKey | undefined {
  const node = port["binding:host_id"] ?? "";
  const fixed = port.fixed_ips ?? [];
  if (node === "" || fixed.length === 0 || port.mac_address !== undefined) return undefined;
  if (port.qos_policy_id !== undefined && port.qos_policy_id !== null) return undefined;
  const subnetIds = fixed.flatMap(({ subnet_id: id, ip_address: ip }) =>
    id === undefined || ip !== undefined ? [] : [id],
  );
  if (subnetIds.length !== fixed.length) return undefined;
  return {
    node,
    projectId: port.project_id ?? ownProject,
    networkId: port.network_id,
    subnetIds,
    securityGroups: port.security_groups ?? [],
    shape: shapeOf(port),
  };
}

/** Everything that is asked of a port beside what the key has fields for. */
export function shapeOf(port: PortCreate): string {
  const rest = Object.entries(port).filter(([name]) => !ofThePod.has(name) && !inTheKey.has(name));
  return JSON.stringify(rest.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The pool that a port is of by what Neutron says of it, if it was made in this shape. Pure. */
export function keyOfPort(port: NeutronPort, shape: string): PoolKey {
  return {
    node: port["binding:host_id"] ?? "",
    projectId: port.project_id ?? "",
    networkId: port.network_id,
    subnetIds: port.fixed_ips.map(({ subnet_id: id }) => id),
    securityGroups: port.security_groups ?? [],
    shape,
  };
}

/** Short name of a key: in marks, metrics and the log. Neutron keeps no order of subnets and groups. */
export function digestOf(key: PoolKey): string {
  const { node, projectId, networkId, subnetIds, securityGroups, shape } = key;
  return createHash("sha256")
    .update(JSON.stringify([node, projectId, networkId, [...subnetIds].sort(), [...securityGroups].sort(), shape]))
    .digest("hex")
    .slice(0, 16);
}

/** A port for the pool: what a pod's would be, with nothing of a pod in it. */
export function portFor(key: PoolKey, identity: PortIdentity): PortCreate {
  const rest = Object.fromEntries(JSON.parse(key.shape) as [string, unknown][]);
  return {
    ...rest,
    network_id: key.networkId,
    project_id: key.projectId,
    fixed_ips: key.subnetIds.map((id) => ({ subnet_id: id })),
    security_groups: key.securityGroups,
    "binding:host_id": key.node,
    ...identity,
  };
}
