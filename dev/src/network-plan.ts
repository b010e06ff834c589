/**
 * Every address and link name of the stack, in one place.
 * Nothing here leaves the machine: the three bridges belong to the stack and go with `down`.
 */

/** Node names are `node1`, `node2`, ...: at once Kubernetes node, OVN chassis `system-id` and Neutron `binding:host_id`. */
export interface NodePlan {
  readonly name: string;
  readonly index: number;
  readonly encapAddress: string;
  readonly managementAddress: string;
  /** Fixed address of its own Neutron port (`kn0`), which is also the Kubernetes node address. */
  readonly podNetworkAddress: string;
}

export const external = {
  bridge: "kd-external",
  cidr: "172.24.4.0/24",
  /** The host on the external network: Keystone, Neutron, Octavia and the API server listen here. */
  hostAddress: "172.24.4.1",
  prefix: 24,
  pool: { start: "172.24.4.100", end: "172.24.4.250" },
} as const;

export const management = { bridge: "kd-management", hostAddress: "172.31.0.1", prefix: 24 } as const;

/** Carries geneve between the nodes; the host has no address here. */
export const underlay = { bridge: "kd-underlay", prefix: 24 } as const;

export const pods = {
  cidr: "10.10.0.0/16",
  prefix: 16,
  gateway: "10.10.0.1",
  /** Nodes and host have fixed addresses below the allocation pool. */
  pool: { start: "10.10.1.0", end: "10.10.255.254" },
  hostAddress: "10.10.0.9",
  /** Geneve over a 1500-byte underlay. */
  mtu: 1442,
} as const;

/**
 * The subnet is twice the service CIDR: gateway and allocation pool lie in the other half, else Neutron would give the
 * gateway 10.96.0.1, which is the address of the `kubernetes` Service.
 */
export const services = {
  cidr: "10.96.0.0/16",
  subnetCidr: "10.96.0.0/15",
  gateway: "10.97.255.254",
  pool: { start: "10.97.0.1", end: "10.97.255.253" },
  kubernetes: "10.96.0.1",
  dns: "10.96.0.10",
} as const;

export const namespaces = { poolPrefix: "10.20.0.0/14", subnetPrefix: 24 } as const;

export const clusterDomain = "cluster.local";

/** The plan of node number `index`, counted from 1. */
export function nodePlan(index: number): NodePlan {
  return {
    name: `node${index}`,
    index,
    encapAddress: `172.30.0.${index}`,
    managementAddress: `172.31.0.${10 + index}`,
    podNetworkAddress: `10.10.0.${10 + index}`,
  };
}

/** The bridge plugin's own subnet on one node: the peer of the benchmarks, local to that node. */
export function bridgeCidr(node: NodePlan): string {
  return `10.88.${node.index}.0/24`;
}

export const api = { port: 6443, url: `https://${external.hostAddress}:6443` } as const;
