import { text, type Json } from "./harness/http.ts";
import { suite } from "./harness/suite.ts";
import type { Case } from "./harness/suite.ts";

const NOBODY = "00000000-0000-0000-0000-000000000000";
const LBS = "/v2/lbaas/loadbalancers";
const LISTENERS = "/v2/lbaas/listeners";
const POOLS = "/v2/lbaas/pools";
type Body = { readonly [key: string]: Json };

const { contract } = suite(import.meta.filename, async (c) => {
  const { kuryr } = c.world;
  const make = async (name: string, cidr: string, version: 4 | 6 = 4) => {
    const network = await c.make(kuryr, "/v2.0/networks", "network", { name }, `${name} network`);
    const body = { name, network_id: network, ip_version: version, cidr, enable_dhcp: false };
    return { network, subnet: await c.make(kuryr, "/v2.0/subnets", "subnet", body, `${name} subnet`) };
  };
  const vip = await make("vip", "10.60.0.0/24");
  const pods = await make("pods", "10.61.0.0/24");
  const six = await make("six", "fd00:60::/64", 6);
  return { vip: vip.subnet, vipNetwork: vip.network, pods: pods.subnet, six: six.subnet };
});

/** A load balancer that is done. */
async function ready(c: Case, body: Body): Promise<string> {
  const id = await c.make(c.world.kuryr, LBS, "loadbalancer", body, "lb");
  await c.settled(id);
  return id;
}

/** Asks, and waits until the load balancer is done. */
async function then(c: Case, lb: string, method: string, path: string, body?: Json) {
  const answer = await c.check(c.world.kuryr, method, path, body);
  await c.settled(lb);
  return answer;
}

contract("an empty load balancer is made, shown, changed and deleted", async (c, { vip }) => {
  const { kuryr, admin, reader, member, other } = c.world;
  const made = await c.check(kuryr, "POST", LBS, {
    loadbalancer: {
      name: "lb",
      description: "kuryr",
      vip_subnet_id: vip,
      vip_address: "10.60.0.50",
      tags: ["kuryr"],
      provider: "ovn",
    },
  });
  const id = text(made.body, "loadbalancer", "id");
  await c.settled(id);
  for (const who of [kuryr, admin, member, reader, other]) await c.check(who, "GET", `${LBS}/${id}`);
  await c.check(kuryr, "GET", `${LBS}/${id}/status`);
  await c.check(kuryr, "GET", `${LBS}/${id}?fields=id&fields=provisioning_status`);
  await c.check(kuryr, "GET", `/v2.0/ports?name=ovn-lb-vip-${id}`);
  await then(c, id, "PUT", `${LBS}/${id}`, { loadbalancer: { name: "new", description: "d", tags: ["a"] } });
  await c.check(kuryr, "GET", `${LBS}/${id}`);
  await then(c, id, "PUT", `${LBS}/${id}`, { loadbalancer: { admin_state_up: false } });
  await c.check(kuryr, "GET", `${LBS}/${id}`);
  await c.check(other, "PUT", `${LBS}/${id}`, { loadbalancer: { name: "x" } });
  await c.check(other, "DELETE", `${LBS}/${id}`);
  await c.check(reader, "DELETE", `${LBS}/${id}`);
  await c.check(kuryr, "DELETE", `${LBS}/${id}`);
  await c.settled(id);
  await c.check(kuryr, "GET", `${LBS}/${id}`);
  await c.check(kuryr, "GET", `${LBS}/${id}/status`);
  await c.check(kuryr, "DELETE", `${LBS}/${id}`);
});

contract("a load balancer's attributes are checked", async (c, { vip }) => {
  const { kuryr, reader } = c.world;
  const wrong: readonly Body[] = [
    { foo: 1 },
    { name: "n".repeat(256) },
    { name: 7 },
    { description: "d".repeat(256) },
    { tags: "x" },
    { tags: ["x".repeat(256)] },
    { vip_subnet_id: NOBODY },
    { vip_subnet_id: "x" },
    { vip_network_id: NOBODY, vip_subnet_id: null },
    { vip_port_id: NOBODY, vip_subnet_id: null },
    { vip_address: "x" },
    { provider: "foo" },
    { provider: "amphora" },
    { admin_state_up: "x" },
    { flavor_id: NOBODY },
    { flavor_id: "x" },
    { availability_zone: "x" },
    { vip_qos_policy_id: NOBODY },
    { project_id: "x" },
    { id: NOBODY },
    { provisioning_status: "ACTIVE" },
    { listeners: "x" },
  ];
  for (const one of wrong) await c.check(kuryr, "POST", LBS, { loadbalancer: { vip_subnet_id: vip, ...one } });
  await c.check(kuryr, "POST", LBS, { loadbalancer: {} });
  await c.check(kuryr, "POST", LBS, { loadbalancer: { name: "lb" } });
  await c.check(kuryr, "POST", LBS, "{");
  await c.check(kuryr, "POST", LBS, { nonsense: {} });
  await c.check(reader, "POST", LBS, { loadbalancer: { vip_subnet_id: vip } });
});

contract("a VIP that cannot be had is refused, and leaves nothing", async (c, { vip, vipNetwork }) => {
  const { kuryr } = c.world;
  await c.make(
    kuryr,
    "/v2.0/ports",
    "port",
    { network_id: vipNetwork, fixed_ips: [{ ip_address: "10.60.0.70" }] },
    "port",
  );
  await c.check(kuryr, "POST", LBS, { loadbalancer: { vip_subnet_id: vip, vip_address: "10.60.0.70" } });
  await c.check(kuryr, "POST", LBS, { loadbalancer: { vip_subnet_id: vip, vip_address: "10.99.0.70" } });
  await c.check(kuryr, "GET", `${LBS}?vip_subnet_id=${vip}`);
  await c.check(kuryr, "GET", `/v2.0/ports?network_id=${vipNetwork}&fields=name`);
});

contract("a VIP on a port of one's own leaves the port", async (c, { vip, vipNetwork }) => {
  const { kuryr } = c.world;
  const port = { network_id: vipNetwork, fixed_ips: [{ subnet_id: vip, ip_address: "10.60.0.71" }] };
  const id = await c.make(kuryr, "/v2.0/ports", "port", port, "port");
  const made = await c.check(kuryr, "POST", LBS, { loadbalancer: { vip_port_id: id } });
  const lb = text(made.body, "loadbalancer", "id");
  await c.settled(lb);
  await c.check(kuryr, "GET", `/v2.0/ports/${id}`);
  await then(c, lb, "DELETE", `${LBS}/${lb}`);
  await c.check(kuryr, "GET", `/v2.0/ports/${id}`);
});

contract("a VIP by network only", async (c, { vipNetwork }) => {
  const made = await c.check(c.world.kuryr, "POST", LBS, { loadbalancer: { vip_network_id: vipNetwork } });
  await c.settled(text(made.body, "loadbalancer", "id"));
});

const fullGraph = (vip: string, pods: string): Body => ({
  name: "svc",
  vip_subnet_id: vip,
  vip_address: "10.60.0.60",
  provider: "ovn",
  tags: ["kuryr"],
  listeners: [
    {
      name: "tcp-80",
      protocol: "TCP",
      protocol_port: 80,
      tags: ["l"],
      default_pool: {
        name: "tcp-80",
        protocol: "TCP",
        lb_algorithm: "SOURCE_IP_PORT",
        tags: ["p"],
        members: [
          { name: "a", address: "10.61.0.11", protocol_port: 8080, subnet_id: pods, tags: ["m"] },
          { name: "b", address: "10.61.0.12", protocol_port: 8080, subnet_id: pods },
        ],
      },
    },
    {
      name: "udp-53",
      protocol: "UDP",
      protocol_port: 53,
      default_pool: { name: "udp-53", protocol: "UDP", lb_algorithm: "SOURCE_IP_PORT", members: [] },
    },
  ],
});

contract("a whole load balancer is made in one call, and deleted in one", async (c, { vip, pods }) => {
  const { kuryr } = c.world;
  const made = await c.check(kuryr, "POST", LBS, { loadbalancer: fullGraph(vip, pods) });
  const id = text(made.body, "loadbalancer", "id");
  await c.settled(id);
  await c.check(kuryr, "GET", `${LBS}/${id}`);
  await c.check(kuryr, "GET", `${LBS}/${id}/status`);
  await c.check(kuryr, "GET", `${LISTENERS}?loadbalancer_id=${id}`);
  const pools = await c.check(kuryr, "GET", `${POOLS}?loadbalancer_id=${id}&name=tcp-80`);
  await c.check(kuryr, "GET", `${POOLS}/${text(pools.body, "pools", 0, "id")}/members`);
  await c.check(kuryr, "DELETE", `${LBS}/${id}`);
  await c.check(kuryr, "DELETE", `${LBS}/${id}?cascade=true`);
  await c.settled(id);
  await c.check(kuryr, "GET", `${LBS}/${id}`);
  await c.check(kuryr, "GET", `/v2.0/ports?name=ovn-lb-vip-${id}`);
});

contract("a refused graph leaves its VIP port behind", async (c, { vip, vipNetwork, pods }) => {
  const { kuryr } = c.world;
  const graph = (listener: Body, pool: Body | undefined) => ({
    loadbalancer: {
      name: "refused",
      vip_subnet_id: vip,
      listeners: [
        {
          name: "l",
          protocol: "TCP",
          protocol_port: 80,
          ...listener,
          ...(pool === undefined
            ? {}
            : { default_pool: { name: "p", protocol: "TCP", lb_algorithm: "SOURCE_IP_PORT", ...pool } }),
        },
      ],
    },
  });
  const ports = async () => {
    await c.check(kuryr, "GET", `${LBS}?name=refused&fields=name`);
    const listed = await c.check(
      kuryr,
      "GET",
      `/v2.0/ports?network_id=${vipNetwork}&fields=name&fields=id&fields=device_owner`,
    );
    for (const port of (listed.body as { ports: { id: string; name: string }[] }).ports)
      await c.arrange(c.world.admin, "DELETE", `/v2.0/ports/${port.id}`);
  };
  await c.check(kuryr, "POST", LBS, graph({}, { name: "" }));
  await ports();
  await c.check(kuryr, "POST", LBS, graph({}, { lb_algorithm: "ROUND_ROBIN" }));
  await ports();
  await c.check(kuryr, "POST", LBS, graph({ protocol: "HTTP" }, { protocol: "HTTP" }));
  await ports();
  await c.check(kuryr, "POST", LBS, graph({ allowed_cidrs: ["10.0.0.0/8"] }, {}));
  await ports();
  await c.check(kuryr, "POST", LBS, graph({}, { protocol: "UDP" }));
  await ports();
  await c.check(kuryr, "POST", LBS, graph({}, { members: [{ address: "x", protocol_port: 80, subnet_id: pods }] }));
  await ports();
  await c.check(kuryr, "POST", LBS, graph({ protocol_port: 0 }, {}));
  await c.check(kuryr, "POST", LBS, graph({ protocol: "X" }, {}));
  await c.check(kuryr, "POST", LBS, graph({ nosuch: 1 }, {}));
  await ports();
});

contract("two listeners of a graph on one port are a conflict", async (c, { vip }) => {
  const listener = { protocol: "TCP", protocol_port: 80 };
  await c.check(c.world.kuryr, "POST", LBS, { loadbalancer: { vip_subnet_id: vip, listeners: [listener, listener] } });
});

contract("a listener is made, shown, changed and deleted", async (c, { vip }) => {
  const { kuryr, other } = c.world;
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const made = await then(c, lb, "POST", LISTENERS, {
    listener: {
      name: "l",
      loadbalancer_id: lb,
      protocol: "TCP",
      protocol_port: 80,
      tags: ["a"],
      timeout_client_data: 1000,
      connection_limit: 5,
    },
  });
  const id = text(made.body, "listener", "id");
  await c.check(kuryr, "GET", `${LISTENERS}/${id}`);
  await c.check(other, "GET", `${LISTENERS}/${id}`);
  await then(c, lb, "PUT", `${LISTENERS}/${id}`, {
    listener: { name: "new", admin_state_up: false, timeout_client_data: 2000 },
  });
  await c.check(kuryr, "GET", `${LISTENERS}/${id}`);
  await c.check(kuryr, "PUT", `${LISTENERS}/${id}`, { listener: { protocol_port: 81 } });
  await c.check(kuryr, "PUT", `${LISTENERS}/${id}`, { listener: { allowed_cidrs: ["10.0.0.0/8"] } });
  await c.settled(lb);
  await c.check(other, "DELETE", `${LISTENERS}/${id}`);
  await c.check(kuryr, "DELETE", `${LBS}/${lb}`);
  await then(c, lb, "DELETE", `${LISTENERS}/${id}`);
  await c.check(kuryr, "GET", `${LISTENERS}/${id}`);
  await c.check(kuryr, "DELETE", `${LISTENERS}/${NOBODY}`);
  await c.check(kuryr, "GET", `${LISTENERS}/${NOBODY}`);
});

contract("a listener's attributes are checked", async (c, { vip }) => {
  const { kuryr, reader } = c.world;
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const base = { loadbalancer_id: lb, protocol: "TCP", protocol_port: 80 };
  await c.arrange(kuryr, "POST", LISTENERS, { listener: base });
  await c.settled(lb);
  const wrong: readonly Body[] = [
    {},
    { protocol: "HTTP", protocol_port: 81 },
    { protocol: "HTTPS", protocol_port: 81 },
    { protocol: "X", protocol_port: 81 },
    { protocol_port: 0 },
    { protocol_port: 65536 },
    { protocol_port: "x" },
    { protocol_port: 81, allowed_cidrs: ["10.0.0.0/8"] },
    { protocol_port: 81, allowed_cidrs: ["x"] },
    { protocol_port: 81, loadbalancer_id: NOBODY },
    { protocol_port: 81, default_pool_id: NOBODY },
    { protocol_port: 81, foo: 1 },
    { protocol_port: 81, name: "n".repeat(256) },
    { protocol_port: 81, connection_limit: -2 },
    { protocol_port: 81, timeout_client_data: -1 },
    { protocol_port: 81, insert_headers: { "X-Forwarded-For": "true" } },
    { protocol: "TERMINATED_HTTPS", protocol_port: 443 },
    { protocol: "UDP", protocol_port: 80 },
    { protocol: "SCTP", protocol_port: 80 },
  ];
  for (const one of wrong) await then(c, lb, "POST", LISTENERS, { listener: { ...base, ...one } });
  await c.check(kuryr, "POST", LISTENERS, { listener: { protocol: "TCP", protocol_port: 81 } });
  await c.check(kuryr, "POST", LISTENERS, { listener: { loadbalancer_id: lb } });
  await c.check(kuryr, "POST", LISTENERS, {});
  await c.check(reader, "POST", LISTENERS, { listener: { ...base, protocol_port: 82 } });
});

contract("a pool is made, shown, changed and deleted", async (c, { vip }) => {
  const { kuryr, other } = c.world;
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const made = await then(c, lb, "POST", POOLS, {
    pool: {
      name: "p",
      loadbalancer_id: lb,
      protocol: "TCP",
      lb_algorithm: "SOURCE_IP_PORT",
      tags: ["a"],
      description: "d",
    },
  });
  const id = text(made.body, "pool", "id");
  await c.check(kuryr, "GET", `${POOLS}/${id}`);
  await c.check(other, "GET", `${POOLS}/${id}`);
  await then(c, lb, "PUT", `${POOLS}/${id}`, { pool: { name: "new", description: "e" } });
  await c.check(kuryr, "PUT", `${POOLS}/${id}`, { pool: { protocol: "UDP" } });
  await then(c, lb, "PUT", `${POOLS}/${id}`, { pool: { lb_algorithm: "ROUND_ROBIN" } });
  await c.check(kuryr, "DELETE", `${LBS}/${lb}`);
  await then(c, lb, "DELETE", `${POOLS}/${id}`);
  await c.check(kuryr, "GET", `${POOLS}/${id}`);
  await c.check(kuryr, "DELETE", `${POOLS}/${NOBODY}`);
  await c.check(kuryr, "GET", `${POOLS}/${NOBODY}`);
});

contract("a pool's attributes are checked", async (c, { vip }) => {
  const { kuryr, reader } = c.world;
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const listener = await c.arrange(kuryr, "POST", LISTENERS, {
    listener: { loadbalancer_id: lb, protocol: "UDP", protocol_port: 80 },
  });
  await c.settled(lb);
  const udp = text(listener, "listener", "id");
  c.normaliser.name(udp, "listener");
  const base = { loadbalancer_id: lb, protocol: "TCP", lb_algorithm: "SOURCE_IP_PORT" };
  const wrong: readonly Body[] = [
    { lb_algorithm: "ROUND_ROBIN" },
    { lb_algorithm: "LEAST_CONNECTIONS" },
    { lb_algorithm: "X" },
    { protocol: "HTTP" },
    { protocol: "X" },
    { loadbalancer_id: NOBODY },
    { listener_id: udp, loadbalancer_id: null },
    { listener_id: NOBODY, loadbalancer_id: null },
    { session_persistence: { type: "SOURCE_IP", persistence_timeout: 60 } },
    { session_persistence: { type: "X" } },
    { session_persistence: { type: "APP_COOKIE" } },
    { foo: 1 },
    { name: "n".repeat(256) },
    { tags: "x" },
  ];
  for (const one of wrong) await then(c, lb, "POST", POOLS, { pool: { ...base, ...one } });
  await c.check(kuryr, "POST", POOLS, { pool: { protocol: "TCP", lb_algorithm: "SOURCE_IP_PORT" } });
  await c.check(kuryr, "POST", POOLS, { pool: { loadbalancer_id: lb } });
  await c.check(kuryr, "POST", POOLS, {});
  await c.check(reader, "POST", POOLS, { pool: base });
  await then(c, lb, "POST", POOLS, { pool: { ...base, session_persistence: { type: "SOURCE_IP" } } });
});

contract("a pool on a listener is its default; another is a conflict", async (c, { vip }) => {
  const { kuryr } = c.world;
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const listener = await c.arrange(kuryr, "POST", LISTENERS, {
    listener: { loadbalancer_id: lb, protocol: "TCP", protocol_port: 80 },
  });
  await c.settled(lb);
  const id = text(listener, "listener", "id");
  c.normaliser.name(id, "listener");
  const pool = { listener_id: id, protocol: "TCP", lb_algorithm: "SOURCE_IP_PORT" };
  await then(c, lb, "POST", POOLS, { pool });
  await c.check(kuryr, "GET", `${LISTENERS}/${id}`);
  await then(c, lb, "POST", POOLS, { pool });
});

async function poolOf(c: Case, lb: string): Promise<string> {
  const pool = { name: "p", loadbalancer_id: lb, protocol: "TCP", lb_algorithm: "SOURCE_IP_PORT" };
  const made = await c.arrange(c.world.kuryr, "POST", POOLS, { pool });
  await c.settled(lb);
  const id = text(made, "pool", "id");
  c.normaliser.name(id, "pool");
  return id;
}

contract("a member is made, shown, changed and deleted", async (c, { vip, pods }) => {
  const { kuryr, other } = c.world;
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const pool = await poolOf(c, lb);
  const members = `${POOLS}/${pool}/members`;
  const member = { name: "m", address: "10.61.0.20", protocol_port: 8080, subnet_id: pods, weight: 3, tags: ["a"] };
  const made = await then(c, lb, "POST", members, { member });
  const id = text(made.body, "member", "id");
  await c.check(kuryr, "GET", `${members}/${id}`);
  await c.check(kuryr, "GET", `${POOLS}/${pool}`);
  await c.check(other, "GET", `${members}/${id}`);
  await then(c, lb, "POST", members, { member });
  await then(c, lb, "PUT", `${members}/${id}`, { member: { name: "new", weight: 0 } });
  await c.check(kuryr, "GET", `${members}?name=new`);
  await then(c, lb, "PUT", `${members}/${id}`, { member: { admin_state_up: false } });
  await c.check(kuryr, "GET", `${members}/${id}`);
  await c.check(kuryr, "PUT", `${members}/${id}`, { member: { address: "10.61.0.21" } });
  await c.check(other, "DELETE", `${members}/${id}`);
  await then(c, lb, "DELETE", `${members}/${id}`);
  await c.check(kuryr, "GET", `${members}/${id}`);
  await c.check(kuryr, "DELETE", `${members}/${NOBODY}`);
  await c.check(kuryr, "GET", `${POOLS}/${NOBODY}/members`);
});

contract("a member's attributes are checked", async (c, { vip, pods, six }) => {
  const { kuryr, reader } = c.world;
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const pool = await poolOf(c, lb);
  const members = `${POOLS}/${pool}/members`;
  const base = { address: "10.61.0.20", protocol_port: 8080, subnet_id: pods };
  const wrong: readonly Body[] = [
    { address: "foo" },
    { address: "fd00:60::7", subnet_id: six },
    { subnet_id: NOBODY },
    { subnet_id: "x" },
    { protocol_port: 0 },
    { protocol_port: 65536 },
    { weight: 257 },
    { weight: -1 },
    { foo: 1 },
    { monitor_address: "x" },
    { name: "n".repeat(256) },
    { backup: true },
  ];
  for (const one of wrong) await then(c, lb, "POST", members, { member: { ...base, ...one } });
  await then(c, lb, "POST", members, { member: { address: "10.61.0.30", protocol_port: 80 } });
  await then(c, lb, "POST", members, { member: { address: "10.60.0.30", protocol_port: 80 } });
  await c.check(kuryr, "POST", members, { member: { protocol_port: 80 } });
  await c.check(kuryr, "POST", members, { member: { address: "10.61.0.31" } });
  await c.check(kuryr, "POST", members, {});
  await c.check(reader, "POST", members, { member: base });
  await c.check(kuryr, "POST", `${POOLS}/${NOBODY}/members`, { member: base });
});

contract("members are set together", async (c, { vip, pods }) => {
  const { kuryr } = c.world;
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const pool = await poolOf(c, lb);
  const members = `${POOLS}/${pool}/members`;
  const member = (last: number, more: Body = {}) => ({
    address: `10.61.0.${last}`,
    protocol_port: 8080,
    subnet_id: pods,
    ...more,
  });
  // Not even a whole tree that is ACTIVE means that members which a batch takes away are gone.
  const set = async (list: Json, left: readonly string[], query = ""): Promise<void> => {
    await c.check(kuryr, "PUT", members + query, { members: list });
    const addresses = left
      .map((last) => `10.61.0.${last}`)
      .sort()
      .join();
    await c.until(kuryr, `${members}?fields=address&fields=provisioning_status`, (body) => {
      const listed = (body as { members: { address: string; provisioning_status: string }[] }).members;
      const done = listed.every((one) => one.provisioning_status === "ACTIVE");
      return (
        done &&
        listed
          .map((one) => one.address)
          .sort()
          .join() === addresses
      );
    });
    await c.settled(lb);
    await c.check(kuryr, "GET", `${members}?fields=address&fields=name&fields=weight&fields=provisioning_status`);
  };
  await set([member(1), member(2, { name: "two", weight: 5, tags: ["t"] })], ["1", "2"]);
  await set([member(2), member(3)], ["2", "3"]);
  await set([member(4)], ["2", "3", "4"], "?additive_only=true");
  const before = ["2", "3", "4"];
  await set([member(5), member(5)], before);
  await set([{ address: "10.61.0.6", protocol_port: 80 }], before);
  await set([member(7, { subnet_id: NOBODY })], before);
  await set([{ address: "x", protocol_port: 80 }], before);
  await set("x", before);
  await set([member(2, { foo: 1 })], before);
  await set([], []);
});

contract("a TCP health monitor is taken, an HTTP one is not", async (c, { vip }) => {
  const { kuryr } = c.world;
  const path = "/v2/lbaas/healthmonitors";
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const pool = await poolOf(c, lb);
  const base = { pool_id: pool, type: "TCP", delay: 5, timeout: 3, max_retries: 3 };
  await then(c, lb, "POST", path, { healthmonitor: { ...base, type: "HTTP" } });
  await then(c, lb, "POST", path, { healthmonitor: { ...base, type: "X" } });
  await then(c, lb, "POST", path, { healthmonitor: { ...base, pool_id: NOBODY } });
  await then(c, lb, "POST", path, { healthmonitor: { pool_id: pool, type: "TCP" } });
  const made = await then(c, lb, "POST", path, { healthmonitor: { ...base, name: "hm", tags: ["a"], timeout: 9 } });
  const id = text(made.body, "healthmonitor", "id");
  await c.check(kuryr, "GET", `${path}/${id}`);
  await then(c, lb, "POST", path, { healthmonitor: base });
  await then(c, lb, "PUT", `${path}/${id}`, { healthmonitor: { delay: 7 } });
  await c.check(kuryr, "GET", `${path}?pool_id=${pool}&fields=delay`);
  await then(c, lb, "DELETE", `${path}/${id}`);
  await c.check(kuryr, "GET", `${path}/${id}`);
});

contract("what the OVN provider does not do, it says", async (c, { vip }) => {
  const { kuryr } = c.world;
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const listener = await c.arrange(kuryr, "POST", LISTENERS, {
    listener: { loadbalancer_id: lb, protocol: "TCP", protocol_port: 80 },
  });
  await c.settled(lb);
  const id = text(listener, "listener", "id");
  c.normaliser.name(id, "listener");
  await then(c, lb, "POST", "/v2/lbaas/l7policies", { l7policy: { listener_id: id, action: "REJECT" } });
  await then(c, lb, "PUT", `${LBS}/${lb}/failover`);
  await c.check(c.world.admin, "PUT", `${LBS}/${lb}/failover`);
  await c.settled(lb);
  await then(c, lb, "PUT", `${LBS}/${lb}`, { loadbalancer: { vip_address: "10.60.0.99" } });
  await then(c, lb, "PUT", `${LBS}/${lb}`, { loadbalancer: { foo: 1 } });
  await c.check(kuryr, "PUT", `${LBS}/${NOBODY}`, { loadbalancer: { name: "x" } });
  await c.check(kuryr, "GET", `${LBS}/${NOBODY}`);
  await c.check(kuryr, "GET", `${LBS}/x`);
  await c.check(kuryr, "GET", `${LBS}/${lb}/stats`);
});

contract("additional VIPs are of the same network, and not of the same subnet", async (c, { vip, pods }) => {
  const lb = (more: Body) => c.check(c.world.kuryr, "POST", LBS, { loadbalancer: { vip_subnet_id: vip, ...more } });
  await lb({ additional_vips: [{ subnet_id: pods }] });
  await lb({ additional_vips: [{ subnet_id: vip }] });
  await lb({ additional_vips: [{ ip_address: "10.60.0.9" }] });
  await lb({ additional_vips: "x" });
});

contract("a second VIP on another subnet of the network is served", async (c) => {
  const { kuryr } = c.world;
  const network = await c.make(kuryr, "/v2.0/networks", "network", { name: "dual" }, "dual network");
  const subnet = (cidr: string, version: 4 | 6, name: string) =>
    c.make(
      kuryr,
      "/v2.0/subnets",
      "subnet",
      { network_id: network, ip_version: version, cidr, enable_dhcp: false },
      name,
    );
  const four = await subnet("10.66.0.0/24", 4, "v4");
  const six = await subnet("fd00:66::/64", 6, "v6");
  const made = await c.check(kuryr, "POST", LBS, {
    loadbalancer: {
      vip_subnet_id: four,
      vip_address: "10.66.0.20",
      additional_vips: [{ subnet_id: six, ip_address: "fd00:66::20" }],
    },
  });
  const id = text(made.body, "loadbalancer", "id");
  await c.settled(id);
  await c.check(kuryr, "GET", `${LBS}/${id}`);
  await c.check(kuryr, "GET", `/v2.0/ports?network_id=${network}&fields=fixed_ips&fields=name&fields=device_owner`);
  await then(c, id, "DELETE", `${LBS}/${id}`);
  await c.check(kuryr, "GET", `/v2.0/ports?network_id=${network}`);
});

contract("a graph with members that will not work is taken all the same", async (c, { vip, six }) => {
  const { kuryr } = c.world;
  const graph = (vipAddress: string, members: Json) => ({
    loadbalancer: {
      vip_subnet_id: vip,
      vip_address: vipAddress,
      listeners: [
        {
          protocol: "TCP",
          protocol_port: 80,
          default_pool: { name: "p", protocol: "TCP", lb_algorithm: "SOURCE_IP_PORT", members },
        },
      ],
    },
  });
  const made = async (vipAddress: string, members: Json): Promise<void> => {
    const answer = await c.check(kuryr, "POST", LBS, graph(vipAddress, members));
    if (answer.status === 201) await c.settled(text(answer.body, "loadbalancer", "id"));
  };
  await made("10.60.0.91", [{ address: "10.99.0.1", protocol_port: 80 }]);
  await made("10.60.0.92", [{ address: "fd00:60::9", protocol_port: 80, subnet_id: six }]);
  await made("10.60.0.93", [{ address: "10.61.0.9", protocol_port: 80, subnet_id: NOBODY }]);
  const member = { address: "10.60.0.9", protocol_port: 80 };
  await made("10.60.0.94", [member, member]);
  await c.check(kuryr, "POST", LBS, graph("x", []));
});

contract("changes without a body are told by what the service missed", async (c, { vip }) => {
  const { kuryr } = c.world;
  const lb = await ready(c, { vip_subnet_id: vip });
  const pool = await poolOf(c, lb);
  await c.check(kuryr, "PUT", `${LBS}/${lb}`, {});
  await c.check(kuryr, "PUT", `${POOLS}/${pool}`, {});
  await c.check(kuryr, "PUT", `${POOLS}/${pool}/members`, {});
  await c.check(kuryr, "POST", "/v2/lbaas/healthmonitors", {});
  await c.check(kuryr, "PUT", `${LBS}/${lb}`, { loadbalancer: {} });
  await c.settled(lb);
  await c.check(kuryr, "PATCH", `${LBS}/${lb}`, {});
  await c.check(kuryr, "POST", `${LBS}/${lb}`, {});
});

contract("an IPv6 load balancer", async (c, { six }) => {
  const { kuryr } = c.world;
  const made = await c.check(kuryr, "POST", LBS, { loadbalancer: { vip_subnet_id: six, vip_address: "fd00:60::50" } });
  const id = text(made.body, "loadbalancer", "id");
  await c.settled(id);
  await c.check(kuryr, "GET", `${LBS}/${id}`);
});

contract("load balancers are listed by what they are", async (c, { vip }) => {
  const { kuryr } = c.world;
  const a = await c.make(
    kuryr,
    LBS,
    "loadbalancer",
    { name: "a", vip_subnet_id: vip, vip_address: "10.60.0.81", tags: ["x", "y"] },
    "lb a",
  );
  const b = await c.make(
    kuryr,
    LBS,
    "loadbalancer",
    { name: "b", vip_subnet_id: vip, tags: ["x"], description: "d" },
    "lb b",
  );
  await c.settled(a);
  await c.settled(b);
  const list = (query: string) => c.check(kuryr, "GET", `${LBS}?fields=name&${query}`);
  await list("name=a");
  await list("name=a&name=b");
  await list("tags=x");
  await list("tags=x,y");
  await list("tags-any=y,z");
  await list("not-tags=y");
  await list("vip_address=10.60.0.81");
  await list(`vip_subnet_id=${vip}`);
  await list(`project_id=${kuryr.projectId}`);
  await list("provisioning_status=ACTIVE");
  await list("operating_status=OFFLINE");
  await list("provider=ovn");
  await list("description=d");
  await list(`id=${a}`);
  await list("nosuch=1");
  await list("sort=name:desc&limit=1");
  await list("limit=x");
  await list(`marker=${NOBODY}`);
  await c.check(c.world.other, "GET", LBS);
  await c.check(c.world.reader, "GET", LBS);
  const page = (query: string) =>
    c.check(kuryr, "GET", `${LBS}?sort=name:asc&fields=name&${query}`, undefined, { ordered: true });
  await page("limit=1");
  await page(`limit=1&marker=${a}`);
  await page(`limit=1&marker=${b}`);
  await page(`limit=1&marker=${b}&page_reverse=true`);
  await page(`limit=1&marker=${b}&page_reverse=True`);
  await page("limit=2");
});

contract("providers, flavors and versions are listed", async (c) => {
  await c.check(c.world.kuryr, "GET", "/v2/lbaas/providers");
  await c.check(c.world.kuryr, "GET", "/v2/lbaas/flavors");
  await c.check(c.world.kuryr, "GET", "/v2/lbaas/availabilityzones");
  await c.check(c.world.admin, "GET", "/v2/lbaas/amphorae");
});
