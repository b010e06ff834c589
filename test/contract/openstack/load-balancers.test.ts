import {
  balancerNetworks,
  LBS,
  LISTENERS,
  NOBODY,
  poolOf,
  POOLS,
  ready,
  thenSettled,
  type Body,
} from "./harness/fixtures.ts";
import { text } from "./harness/http.ts";
import { suite } from "./harness/suite.ts";

const { contract } = suite(import.meta.filename, balancerNetworks);

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
  await thenSettled(c, id, "PUT", `${LBS}/${id}`, { loadbalancer: { name: "new", description: "d", tags: ["a"] } });
  await c.check(kuryr, "GET", `${LBS}/${id}`);
  await thenSettled(c, id, "PUT", `${LBS}/${id}`, { loadbalancer: { admin_state_up: false } });
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
  // Zed makes a port of its own for the address, which is taken: by the very port that it was given.
  if (made.status !== 201) return;
  const lb = text(made.body, "loadbalancer", "id");
  await c.settled(lb);
  await c.check(kuryr, "GET", `/v2.0/ports/${id}`);
  await thenSettled(c, lb, "DELETE", `${LBS}/${lb}`);
  await c.check(kuryr, "GET", `/v2.0/ports/${id}`);
});

contract("a VIP by network only", async (c, { vipNetwork }) => {
  const made = await c.check(c.world.kuryr, "POST", LBS, { loadbalancer: { vip_network_id: vipNetwork } });
  await c.settled(text(made.body, "loadbalancer", "id"));
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
  await thenSettled(c, lb, "POST", "/v2/lbaas/l7policies", { l7policy: { listener_id: id, action: "REJECT" } });
  await thenSettled(c, lb, "PUT", `${LBS}/${lb}/failover`);
  await c.check(c.world.admin, "PUT", `${LBS}/${lb}/failover`);
  await c.settled(lb);
  await thenSettled(c, lb, "PUT", `${LBS}/${lb}`, { loadbalancer: { vip_address: "10.60.0.99" } });
  await thenSettled(c, lb, "PUT", `${LBS}/${lb}`, { loadbalancer: { foo: 1 } });
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
  await thenSettled(c, id, "DELETE", `${LBS}/${id}`);
  await c.check(kuryr, "GET", `/v2.0/ports?network_id=${network}`);
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

contract("there are no L7 policies, and no flavors", async (c) => {
  const { kuryr, other } = c.world;
  const policies = "/v2/lbaas/l7policies";
  await c.check(kuryr, "GET", policies);
  await c.check(undefined, "GET", policies);
  await c.check(kuryr, "POST", policies, { l7policy: { listener_id: NOBODY, action: "REJECT" } });
  await c.check(kuryr, "POST", policies, { l7policy: { action: "REJECT" } });
  await c.check(kuryr, "POST", policies, { l7policy: { listener_id: NOBODY, action: "X" } });
  const one = `${policies}/${NOBODY}`;
  for (const who of [undefined, kuryr, other]) {
    await c.check(who, "GET", one);
    await c.check(who, "PUT", one, { l7policy: { name: "x" } });
    await c.check(who, "DELETE", one);
    await c.check(who, "GET", `${one}/rules`);
    await c.check(who, "POST", `${one}/rules`, { rule: { type: "PATH", compare_type: "EQUAL_TO", value: "/x" } });
    await c.check(who, "GET", `${one}/rules/${NOBODY}`);
    await c.check(who, "PUT", `${one}/rules/${NOBODY}`, { rule: { value: "/y" } });
    await c.check(who, "DELETE", `${one}/rules/${NOBODY}`);
  }
  await c.check(kuryr, "POST", `${one}/rules`, { rule: { type: "X", compare_type: "EQUAL_TO", value: "/x" } });
  await c.check(kuryr, "GET", `/v2/lbaas/flavors/${NOBODY}`);
  await c.check(undefined, "GET", "/v2/lbaas/flavors");
});
