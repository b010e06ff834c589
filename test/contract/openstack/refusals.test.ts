import {
  balancerNetworks,
  LBS,
  LISTENERS,
  NETWORKS,
  NOBODY,
  poolOf,
  POOLS,
  PORTS,
  ready,
  SUBNET_POOLS,
  SUBNETS,
  type Body,
} from "./harness/fixtures.ts";
import { text } from "./harness/http.ts";
import { suite, type Case } from "./harness/suite.ts";

const GROUPS = "/v2.0/security-groups";
const RULES = "/v2.0/security-group-rules";
const ADDRESS_GROUPS = "/v2.0/address-groups";
const ROUTERS = "/v2.0/routers";
const FLOATING_IPS = "/v2.0/floatingips";
const TRUNKS = "/v2.0/trunks";
const POLICIES = "/v2.0/qos/policies";
const MONITORS = "/v2/lbaas/healthmonitors";

const { contract } = suite(import.meta.filename, async (c) => {
  const { admin, kuryr } = c.world;
  const subnets = await balancerNetworks(c);
  const network = await c.make(kuryr, NETWORKS, "network", { name: "net" }, "network");
  const outside = await c.make(admin, NETWORKS, "network", { name: "outside", "router:external": true }, "outside");
  const subnet = { network_id: outside, ip_version: 4, cidr: "203.0.114.0/24", enable_dhcp: false };
  await c.make(admin, SUBNETS, "subnet", subnet, "outside subnet");
  return { ...subnets, network, outside };
});

/** Who may not, what is not there, and what makes no sense: of the three writes of one kind. */
async function refused(
  c: Case,
  collection: string,
  singular: string,
  id: string,
  create: Body,
  change: Body | undefined = { name: "new" },
): Promise<void> {
  const { kuryr, reader, other } = c.world;
  const makes = { [singular]: create };
  await c.check(undefined, "POST", collection, makes);
  await c.check(kuryr, "POST", collection, makes, { headers: { "X-Auth-Token": "gAAAAABnonsense" } });
  await c.check(reader, "POST", collection, makes);
  await c.check(kuryr, "POST", collection, "{");
  await c.check(kuryr, "POST", collection, { [singular]: { ...create, foo: 1 } });
  for (const one of change === undefined ? [] : [`${collection}/${id}`, `${collection}/${NOBODY}`]) {
    const changes = { [singular]: change ?? {} };
    await c.check(undefined, "PUT", one, changes);
    await c.check(reader, "PUT", one, changes);
    await c.check(other, "PUT", one, changes);
    await c.check(kuryr, "PUT", one, "{");
    await c.check(kuryr, "PUT", one, { [singular]: { ...change, foo: 1 } });
  }
  if (change !== undefined) await c.check(kuryr, "PUT", `${collection}/${NOBODY}`, { [singular]: change });
  for (const one of [`${collection}/${id}`, `${collection}/${NOBODY}`]) {
    await c.check(undefined, "DELETE", one);
    await c.check(reader, "DELETE", one);
    await c.check(other, "DELETE", one);
  }
  await c.check(kuryr, "DELETE", `${collection}/${NOBODY}`);
  if (!collection.startsWith("/v2.0/")) return;
  // Somebody else was quicker. Address groups do not care, and are gone after this.
  const stale = { headers: { "If-Match": "revision_number=99" } };
  if (change !== undefined) await c.check(kuryr, "PUT", `${collection}/${id}`, { [singular]: change }, stale);
  await c.check(kuryr, "DELETE", `${collection}/${id}`, undefined, stale);
}

/** The same of an action on one thing. */
async function actionRefused(c: Case, collection: string, id: string, action: string, body: Body): Promise<void> {
  const { kuryr, reader, other } = c.world;
  const path = `${collection}/${id}/${action}`;
  for (const who of [undefined, reader, other]) await c.check(who, "PUT", path, body);
  await c.check(kuryr, "PUT", path, "{");
  await c.check(kuryr, "PUT", `${collection}/${NOBODY}/${action}`, body);
}

contract("writes of networks that are refused", async (c) => {
  const id = await c.make(c.world.kuryr, NETWORKS, "network", { name: "a" }, "a");
  await refused(c, NETWORKS, "network", id, { name: "b" });
});

contract("writes of subnets that are refused", async (c, { network }) => {
  const body = { network_id: network, ip_version: 4, cidr: "10.80.0.0/24" };
  const id = await c.make(c.world.kuryr, SUBNETS, "subnet", body, "a");
  await refused(c, SUBNETS, "subnet", id, { ...body, cidr: "10.81.0.0/24" });
});

contract("writes of subnet pools that are refused", async (c) => {
  const body = { name: "a", prefixes: ["10.82.0.0/16"] };
  const id = await c.make(c.world.kuryr, SUBNET_POOLS, "subnetpool", body, "a");
  await refused(c, SUBNET_POOLS, "subnetpool", id, body);
});

contract("writes of ports that are refused", async (c, { network }) => {
  const id = await c.make(c.world.kuryr, PORTS, "port", { network_id: network }, "a");
  await refused(c, PORTS, "port", id, { network_id: network });
});

contract("writes of routers that are refused", async (c, { vip }) => {
  const id = await c.make(c.world.kuryr, ROUTERS, "router", { name: "a" }, "a");
  await actionRefused(c, ROUTERS, id, "add_router_interface", { subnet_id: vip });
  await actionRefused(c, ROUTERS, id, "remove_router_interface", { subnet_id: vip });
  await refused(c, ROUTERS, "router", id, { name: "b" });
});

contract("writes of floating IPs that are refused", async (c, { outside }) => {
  const body = { floating_network_id: outside };
  const id = await c.make(c.world.kuryr, FLOATING_IPS, "floatingip", body, "a");
  await refused(c, FLOATING_IPS, "floatingip", id, body, { description: "new" });
});

contract("writes of security groups and rules that are refused", async (c) => {
  const id = await c.make(c.world.kuryr, GROUPS, "security_group", { name: "a" }, "a");
  await refused(c, GROUPS, "security_group", id, { name: "b" });
  // Zed deletes a group whatever its revision.
  const holder = await c.make(c.world.kuryr, GROUPS, "security_group", { name: "holder" }, "holder");
  const rule = { security_group_id: holder, direction: "ingress", protocol: "tcp", ethertype: "IPv4" };
  const made = await c.make(c.world.kuryr, RULES, "security_group_rule", rule, "rule");
  await refused(c, RULES, "security_group_rule", made, { ...rule, protocol: "udp" }, undefined);
});

contract("writes of address groups that are refused", async (c) => {
  const body = { name: "a", addresses: ["10.0.0.1/32"] };
  const id = await c.make(c.world.kuryr, ADDRESS_GROUPS, "address_group", body, "a");
  await actionRefused(c, ADDRESS_GROUPS, id, "add_addresses", { addresses: ["10.0.0.2/32"] });
  await actionRefused(c, ADDRESS_GROUPS, id, "remove_addresses", { addresses: ["10.0.0.1/32"] });
  await refused(c, ADDRESS_GROUPS, "address_group", id, body);
});

contract("writes of trunks that are refused", async (c, { network }) => {
  const { kuryr } = c.world;
  const parent = await c.make(kuryr, PORTS, "port", { network_id: network }, "parent");
  const child = await c.make(kuryr, PORTS, "port", { network_id: network }, "child");
  const spare = await c.make(kuryr, PORTS, "port", { network_id: network }, "spare");
  const id = await c.make(kuryr, TRUNKS, "trunk", { port_id: parent }, "a");
  const subports = [{ port_id: child, segmentation_type: "vlan", segmentation_id: 7 }];
  await actionRefused(c, TRUNKS, id, "add_subports", { sub_ports: subports });
  await actionRefused(c, TRUNKS, id, "remove_subports", { sub_ports: [{ port_id: child }] });
  await refused(c, TRUNKS, "trunk", id, { port_id: spare });
});

contract("writes of QoS policies that are refused", async (c) => {
  const id = await c.make(c.world.kuryr, POLICIES, "policy", { name: "a" }, "a");
  await refused(c, POLICIES, "policy", id, { name: "b" });
});

contract("writes of quotas that are refused", async (c) => {
  const path = `/v2.0/quotas/${c.world.other.projectId}`;
  for (const who of [undefined, c.world.reader, c.world.other]) {
    await c.check(who, "PUT", path, { quota: { port: 1 } });
    await c.check(who, "DELETE", path);
  }
  await c.check(c.world.admin, "PUT", path, "{");
});

contract("writes of load balancers and of what is in them that are refused", async (c, { vip, pods }) => {
  const { kuryr, other, reader } = c.world;
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const listenerBody = { loadbalancer_id: lb, protocol: "TCP", protocol_port: 80 };
  const made = await c.arrange(kuryr, "POST", LISTENERS, { listener: listenerBody });
  const listener = text(made, "listener", "id");
  c.normaliser.name(listener, "listener");
  await c.settled(lb);
  const pool = await poolOf(c, lb);
  const members = `${POOLS}/${pool}/members`;
  const memberBody = { address: "10.61.0.20", protocol_port: 80, subnet_id: pods };
  const member = text(await c.arrange(kuryr, "POST", members, { member: memberBody }), "member", "id");
  c.normaliser.name(member, "member");
  await c.settled(lb);
  const monitorBody = { pool_id: pool, type: "TCP", delay: 5, timeout: 3, max_retries: 3 };
  const monitor = text(await c.arrange(kuryr, "POST", MONITORS, { healthmonitor: monitorBody }), "healthmonitor", "id");
  c.normaliser.name(monitor, "monitor");
  await c.settled(lb);
  await refused(c, LBS, "loadbalancer", lb, { vip_subnet_id: vip });
  await c.check(kuryr, "DELETE", `${LBS}/${NOBODY}?cascade=true`);
  for (const who of [undefined, reader, other]) await c.check(who, "DELETE", `${LBS}/${lb}?cascade=true`);
  await refused(c, LISTENERS, "listener", listener, { ...listenerBody, protocol_port: 81 });
  const poolBody = { loadbalancer_id: lb, protocol: "TCP", lb_algorithm: "SOURCE_IP_PORT" };
  await refused(c, POOLS, "pool", pool, poolBody);
  await refused(c, members, "member", member, { ...memberBody, protocol_port: 81 });
  for (const who of [undefined, reader, other]) await c.check(who, "PUT", members, { members: [] });
  for (const who of [undefined, other]) await c.check(who, "PUT", `${LBS}/${lb}/failover`);
  await c.check(kuryr, "PUT", `${LBS}/${NOBODY}/failover`);
  await c.check(undefined, "POST", "/v2/lbaas/l7policies", { l7policy: { listener_id: listener, action: "REJECT" } });
  await c.check(kuryr, "PUT", members, "{");
  await c.check(kuryr, "PUT", `${POOLS}/${NOBODY}/members`, { members: [] });
  await refused(c, MONITORS, "healthmonitor", monitor, monitorBody, { delay: 6 });
});
