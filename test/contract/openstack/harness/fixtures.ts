import { text, type Json } from "./http.ts";
import type { Case } from "./suite.ts";

export type Body = { readonly [key: string]: Json };

/** An id that nothing has. */
export const NOBODY = "00000000-0000-0000-0000-000000000000";

export const NETWORKS = "/v2.0/networks";
export const SUBNETS = "/v2.0/subnets";
export const SUBNET_POOLS = "/v2.0/subnetpools";
export const PORTS = "/v2.0/ports";
export const LBS = "/v2/lbaas/loadbalancers";
export const LISTENERS = "/v2/lbaas/listeners";
export const POOLS = "/v2/lbaas/pools";

/** What the service chooses by chance is none of what the cases choose. */
const CHOSEN_BY_CHANCE = { allocation_pools: [{ start: "10.60.0.100", end: "10.60.0.149" }] } as const;

/** A network with a subnet, and a security group, of Kuryr's user. */
export async function podNetwork(c: Case) {
  const { kuryr } = c.world;
  const network = await c.make(kuryr, NETWORKS, "network", { name: "net" }, "network");
  const body = { name: "sub", network_id: network, ip_version: 4, cidr: "10.60.0.0/24", enable_dhcp: false };
  const subnet = await c.make(kuryr, SUBNETS, "subnet", { ...body, ...CHOSEN_BY_CHANCE }, "subnet");
  const group = await c.make(kuryr, "/v2.0/security-groups", "security_group", { name: "group" }, "group");
  const listed = await c.arrange(kuryr, "GET", "/v2.0/security-groups?name=default");
  c.normaliser.name(text(listed, "security_groups", 0, "id"), "default group");
  return { network, subnet, group };
}

/** Subnets for VIPs and for members, each on a network of its own. */
export async function balancerNetworks(c: Case) {
  const { kuryr } = c.world;
  const make = async (name: string, cidr: string, version: 4 | 6 = 4, more: Body = {}) => {
    const network = await c.make(kuryr, NETWORKS, "network", { name }, `${name} network`);
    const body = { name, network_id: network, ip_version: version, cidr, enable_dhcp: false, ...more };
    return { network, subnet: await c.make(kuryr, SUBNETS, "subnet", body, `${name} subnet`) };
  };
  const vip = await make("vip", "10.60.0.0/24", 4, CHOSEN_BY_CHANCE);
  const pods = await make("pods", "10.61.0.0/24");
  const six = await make("six", "fd00:60::/64", 6);
  return { vip: vip.subnet, vipNetwork: vip.network, pods: pods.subnet, six: six.subnet };
}

/** A load balancer that is done. */
export async function ready(c: Case, body: Body): Promise<string> {
  const id = await c.make(c.world.kuryr, LBS, "loadbalancer", body, "lb");
  await c.settled(id);
  return id;
}

/** Asks as Kuryr's user, and waits until the load balancer is done. */
export async function thenSettled(c: Case, lb: string, method: string, path: string, body?: Json) {
  const answer = await c.check(c.world.kuryr, method, path, body);
  await c.settled(lb);
  return answer;
}

/** A pool of a load balancer, known as `pool`. */
export async function poolOf(c: Case, lb: string): Promise<string> {
  const pool = { name: "p", loadbalancer_id: lb, protocol: "TCP", lb_algorithm: "SOURCE_IP_PORT" };
  const made = await c.arrange(c.world.kuryr, "POST", POOLS, { pool });
  await c.settled(lb);
  const id = text(made, "pool", "id");
  c.normaliser.name(id, "pool");
  return id;
}
