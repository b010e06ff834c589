import { text, type Json } from "./harness/http.ts";
import { suite } from "./harness/suite.ts";

const NOBODY = "00000000-0000-0000-0000-000000000000";
const NETWORKS = "/v2.0/networks";
const SUBNETS = "/v2.0/subnets";
const POOLS = "/v2.0/subnetpools";
type Body = { readonly [key: string]: Json };

const { contract } = suite(import.meta.filename, async () => undefined);

contract("a network needs nothing", async (c) => {
  const made = await c.check(c.world.kuryr, "POST", NETWORKS, { network: {} });
  const id = text(made.body, "network", "id");
  await c.check(c.world.kuryr, "GET", `${NETWORKS}/${id}`);
  await c.check(c.world.admin, "GET", `${NETWORKS}/${id}`);
  await c.check(c.world.reader, "GET", `${NETWORKS}/${id}?fields=id&fields=mtu`);
  await c.check(c.world.other, "GET", `${NETWORKS}/${id}`);
  await c.check(c.world.kuryr, "PUT", `${NETWORKS}/${id}`, { network: { name: "new", description: "d", mtu: 1400 } });
  await c.check(c.world.kuryr, "DELETE", `${NETWORKS}/${id}`);
  await c.check(c.world.kuryr, "GET", `${NETWORKS}/${id}`);
});

contract("a network's attributes are checked", async (c) => {
  const wrong: readonly Body[] = [
    { tags: ["x"] },
    { subnets: [] },
    { foo: 1 },
    { mtu: 1443 },
    { mtu: 67 },
    { mtu: -1 },
    { mtu: "x" },
    { name: "n".repeat(256) },
    { description: "d".repeat(256) },
    { shared: true },
    { "router:external": true },
    { "provider:network_type": "geneve" },
    { "provider:segmentation_id": 5 },
    { port_security_enabled: "x" },
    { qos_policy_id: NOBODY },
    { dns_domain: "x" },
    { availability_zone_hints: ["nowhere"] },
    { vlan_transparent: true },
    { is_default: true },
    { segments: [] },
  ];
  for (const one of wrong) await c.check(c.world.kuryr, "POST", NETWORKS, { network: one });
  await c.check(c.world.kuryr, "POST", NETWORKS, { networks: [] });
  await c.check(c.world.kuryr, "POST", NETWORKS, {});
});

contract("several networks are made in one call", async (c) => {
  await c.check(c.world.kuryr, "POST", NETWORKS, { networks: [{ name: "a" }, { name: "b", mtu: 1300 }] });
  await c.check(c.world.kuryr, "POST", NETWORKS, { networks: [{ name: "c" }, { mtu: 9000 }] });
  await c.check(c.world.kuryr, "GET", `${NETWORKS}?name=c`);
});

contract("only who may makes, changes and deletes a network", async (c) => {
  const { kuryr, reader, other } = c.world;
  await c.check(reader, "POST", NETWORKS, { network: {} });
  const id = await c.make(kuryr, NETWORKS, "network", { name: "mine" }, "network");
  await c.check(reader, "PUT", `${NETWORKS}/${id}`, { network: { name: "x" } });
  await c.check(reader, "DELETE", `${NETWORKS}/${id}`);
  await c.check(other, "PUT", `${NETWORKS}/${id}`, { network: { name: "x" } });
  await c.check(other, "DELETE", `${NETWORKS}/${id}`);
  await c.check(kuryr, "PUT", `${NETWORKS}/${id}`, { network: { shared: true } });
  await c.check(kuryr, "PUT", `${NETWORKS}/${NOBODY}`, { network: { name: "x" } });
  await c.check(kuryr, "PUT", `${NETWORKS}/${NOBODY}`, { network: { foo: 1 } });
  await c.check(kuryr, "PUT", `${NETWORKS}/${id}`, { network: { mtu: 9000 } });
  await c.check(kuryr, "PUT", `${NETWORKS}/${id}`, { network: { id: NOBODY } });
  await c.check(kuryr, "DELETE", `${NETWORKS}/${NOBODY}`);
});

contract("a shared network is seen by all, an external one too", async (c) => {
  const { admin, other } = c.world;
  const shared = await c.make(admin, NETWORKS, "network", { name: "shared", shared: true }, "shared");
  await c.check(other, "GET", `${NETWORKS}/${shared}`);
  const external = await c.make(admin, NETWORKS, "network", { name: "ext", "router:external": true }, "external");
  await c.check(other, "GET", `${NETWORKS}/${external}`);
  await c.check(other, "POST", "/v2.0/ports", { port: { network_id: shared } });
  await c.check(other, "POST", "/v2.0/ports", { port: { network_id: shared, mac_address: "fa:16:3e:00:00:02" } });
  await c.check(other, "POST", "/v2.0/ports", { port: { network_id: external } });
  await c.check(other, "DELETE", `${NETWORKS}/${shared}`);
});

contract("a network with ports is in use", async (c) => {
  const { kuryr } = c.world;
  const network = await c.make(kuryr, NETWORKS, "network", { name: "used" }, "network");
  const subnet = await c.make(
    kuryr,
    SUBNETS,
    "subnet",
    { network_id: network, ip_version: 4, cidr: "10.70.0.0/24" },
    "subnet",
  );
  await c.make(kuryr, "/v2.0/ports", "port", { network_id: network }, "port");
  await c.check(kuryr, "DELETE", `${NETWORKS}/${network}`);
  await c.check(kuryr, "DELETE", `${SUBNETS}/${subnet}`);
});

contract("a free subnet goes with its network", async (c) => {
  const { kuryr } = c.world;
  const network = await c.make(kuryr, NETWORKS, "network", { name: "free" }, "network");
  const subnet = await c.make(
    kuryr,
    SUBNETS,
    "subnet",
    { network_id: network, ip_version: 4, cidr: "10.70.0.0/24" },
    "subnet",
  );
  await c.check(kuryr, "GET", `${NETWORKS}/${network}?fields=subnets`);
  await c.check(kuryr, "DELETE", `${NETWORKS}/${network}`);
  await c.check(kuryr, "GET", `${SUBNETS}/${subnet}`);
});

contract("networks are listed by name, tags and owner", async (c) => {
  const { kuryr } = c.world;
  const a = await c.make(kuryr, NETWORKS, "network", { name: "list-a" }, "network a");
  await c.make(kuryr, NETWORKS, "network", { name: "list-b" }, "network b");
  await c.check(kuryr, "PUT", `${NETWORKS}/${a}/tags`, { tags: ["kuryr", "x"] });
  const list = (query: string) => c.check(kuryr, "GET", `${NETWORKS}?fields=name&fields=tags&${query}`);
  await list("name=list-a&name=list-b");
  await list("tags=kuryr");
  await list(`project_id=${kuryr.projectId}&shared=false`);
  await list(`project_id=${kuryr.projectId}&router:external=false`);
  await list("nosuch=1");
  await list(`id=${a}`);
  await list(`id=${a}&status=ACTIVE&admin_state_up=true`);
  await list("mtu=7");
});

contract("a subnet needs a network, a version and a prefix", async (c) => {
  const { kuryr, reader, other } = c.world;
  const network = await c.make(kuryr, NETWORKS, "network", { name: "net" }, "network");
  const made = await c.check(kuryr, "POST", SUBNETS, {
    subnet: { name: "s", network_id: network, ip_version: 4, cidr: "10.71.0.0/24", enable_dhcp: false },
  });
  const id = text(made.body, "subnet", "id");
  for (const who of [kuryr, c.world.admin, reader, other]) await c.check(who, "GET", `${SUBNETS}/${id}`);
  await c.check(kuryr, "PUT", `${SUBNETS}/${id}`, {
    subnet: {
      name: "t",
      dns_nameservers: ["10.71.0.9"],
      host_routes: [{ destination: "10.0.0.0/8", nexthop: "10.71.0.7" }],
    },
  });
  await c.check(kuryr, "PUT", `${SUBNETS}/${id}`, { subnet: { gateway_ip: "10.71.0.254" } });
  await c.check(kuryr, "PUT", `${SUBNETS}/${id}`, { subnet: { gateway_ip: null } });
  await c.check(kuryr, "PUT", `${SUBNETS}/${id}`, {
    subnet: { allocation_pools: [{ start: "10.71.0.20", end: "10.71.0.30" }] },
  });
  await c.check(kuryr, "PUT", `${SUBNETS}/${id}`, { subnet: { cidr: "10.72.0.0/24" } });
  await c.check(reader, "PUT", `${SUBNETS}/${id}`, { subnet: { name: "x" } });
  await c.check(reader, "DELETE", `${SUBNETS}/${id}`);
  await c.check(other, "DELETE", `${SUBNETS}/${id}`);
  await c.check(other, "POST", SUBNETS, { subnet: { network_id: network, ip_version: 4, cidr: "10.73.0.0/24" } });
  await c.check(kuryr, "DELETE", `${SUBNETS}/${id}`);
  await c.check(kuryr, "GET", `${SUBNETS}/${id}`);
  await c.check(kuryr, "DELETE", `${SUBNETS}/${NOBODY}`);
  await c.check(kuryr, "PUT", `${SUBNETS}/${NOBODY}`, { subnet: { name: "x" } });
});

contract("a subnet's attributes are checked", async (c) => {
  const { kuryr } = c.world;
  const network = await c.make(kuryr, NETWORKS, "network", { name: "net" }, "network");
  const base = { network_id: network, ip_version: 4, cidr: "10.74.0.0/24" };
  const wrong: readonly Body[] = [
    { cidr: "nonsense" },
    { cidr: "10.74.0.0" },
    { cidr: "fd00::/64" },
    { cidr: "10.74.0.0/33" },
    { ip_version: 5 },
    { ip_version: "x" },
    { network_id: NOBODY },
    { network_id: "x" },
    { gateway_ip: "nonsense" },
    { gateway_ip: "10.75.0.1" },
    { gateway_ip: "10.74.0.0" },
    { allocation_pools: "x" },
    { allocation_pools: [{ start: "10.74.0.5" }] },
    { allocation_pools: [{ start: "10.74.0.9", end: "10.74.0.5" }] },
    { allocation_pools: [{ start: "10.75.0.9", end: "10.75.0.50" }] },
    {
      allocation_pools: [
        { start: "10.74.0.5", end: "10.74.0.9" },
        { start: "10.74.0.7", end: "10.74.0.19" },
      ],
    },
    { allocation_pools: [{ start: "10.74.0.1", end: "10.74.0.9" }] },
    { dns_nameservers: ["x"] },
    { dns_nameservers: ["10.0.0.1", "10.0.0.1"] },
    { host_routes: [{ destination: "x", nexthop: "10.74.0.1" }] },
    { host_routes: [{ destination: "10.0.0.0/8" }] },
    { enable_dhcp: "x" },
    { ipv6_ra_mode: "slaac" },
    { ipv6_ra_mode: "x" },
    { tags: ["x"] },
    { name: "n".repeat(256) },
    { foo: 1 },
    { subnetpool_id: NOBODY },
    { subnetpool_id: "x" },
    { service_types: ["x:y"] },
    { prefixlen: 24 },
  ];
  for (const one of wrong) await c.check(kuryr, "POST", SUBNETS, { subnet: { ...base, ...one } });
  await c.check(kuryr, "POST", SUBNETS, { subnet: { network_id: network, ip_version: 4 } });
  await c.check(kuryr, "POST", SUBNETS, { subnet: { network_id: network, cidr: "10.74.0.0/24" } });
  await c.check(kuryr, "POST", SUBNETS, { subnet: { ip_version: 4, cidr: "10.74.0.0/24" } });
  await c.check(kuryr, "POST", SUBNETS, { subnet: {} });
});

contract("a prefix is written as the network that holds it", async (c) => {
  const network = await c.make(c.world.kuryr, NETWORKS, "network", { name: "net" }, "network");
  await c.check(c.world.kuryr, "POST", SUBNETS, {
    subnet: { network_id: network, ip_version: 4, cidr: "10.75.0.7/24", gateway_ip: null },
  });
  await c.check(c.world.kuryr, "POST", SUBNETS, {
    subnet: { network_id: network, ip_version: 4, cidr: "10.76.0.0/30" },
  });
  await c.check(c.world.kuryr, "POST", SUBNETS, {
    subnet: { network_id: network, ip_version: 4, cidr: "10.77.0.0/31" },
  });
  await c.check(c.world.kuryr, "POST", SUBNETS, {
    subnet: { network_id: network, ip_version: 4, cidr: "10.77.1.0/32" },
  });
  await c.check(c.world.kuryr, "POST", SUBNETS, {
    subnet: { network_id: network, ip_version: 4, cidr: "10.78.0.0/24", gateway_ip: "10.78.0.100" },
  });
  await c.check(c.world.kuryr, "POST", SUBNETS, {
    subnet: {
      network_id: network,
      ip_version: 4,
      cidr: "10.79.0.0/24",
      allocation_pools: [{ start: "10.79.0.50", end: "10.79.0.60" }],
    },
  });
});

contract("subnets of one network do not overlap", async (c) => {
  const { kuryr } = c.world;
  const network = await c.make(kuryr, NETWORKS, "network", { name: "net" }, "network");
  await c.make(kuryr, SUBNETS, "subnet", { network_id: network, ip_version: 4, cidr: "10.80.0.0/24" }, "subnet");
  await c.check(kuryr, "POST", SUBNETS, { subnet: { network_id: network, ip_version: 4, cidr: "10.80.0.0/25" } });
});

contract("IPv6 subnets: without modes, stateful, and with addresses that ports make", async (c) => {
  const { kuryr } = c.world;
  const network = await c.make(kuryr, NETWORKS, "network", { name: "six" }, "network");
  const subnet = (cidr: string, more: Body) =>
    c.check(kuryr, "POST", SUBNETS, { subnet: { network_id: network, ip_version: 6, cidr, ...more } });
  await subnet("fd00:71::/64", { enable_dhcp: false });
  const stateful = await subnet("fd00:72::/64", {
    ipv6_ra_mode: "dhcpv6-stateful",
    ipv6_address_mode: "dhcpv6-stateful",
  });
  // Which of two subnets a port gets its address from is anybody's guess.
  await c.check(kuryr, "DELETE", `${SUBNETS}/${text(stateful.body, "subnet", "id")}`);
  await subnet("fd00:73::/64", { ipv6_ra_mode: "slaac", ipv6_address_mode: "dhcpv6-stateful" });
  await subnet("fd00:74::/64", { ipv6_ra_mode: "slaac", enable_dhcp: false });
  await subnet("fd00:75::/96", { ipv6_ra_mode: "slaac", ipv6_address_mode: "slaac" });
  const slaac = await subnet("fd00:76::/64", { ipv6_ra_mode: "slaac", ipv6_address_mode: "slaac" });
  const id = text(slaac.body, "subnet", "id");
  await c.check(kuryr, "POST", "/v2.0/ports", { port: { network_id: network, mac_address: "fa:16:3e:01:02:03" } });
  await c.check(kuryr, "POST", "/v2.0/ports", {
    port: { network_id: network, fixed_ips: [{ subnet_id: id, ip_address: "fd00:76::5" }] },
  });
  await c.check(kuryr, "POST", "/v2.0/ports", {
    port: { network_id: network, fixed_ips: [{ ip_address: "FD00:71:0::5" }] },
  });
});

contract("a port on a network of both versions has an address of each", async (c) => {
  const { kuryr } = c.world;
  const network = await c.make(kuryr, NETWORKS, "network", { name: "dual" }, "network");
  await c.make(
    kuryr,
    SUBNETS,
    "subnet",
    { network_id: network, ip_version: 4, cidr: "10.81.0.0/24", enable_dhcp: false },
    "v4",
  );
  await c.make(
    kuryr,
    SUBNETS,
    "subnet",
    { network_id: network, ip_version: 6, cidr: "fd00:81::/64", enable_dhcp: false },
    "v6",
  );
  await c.check(kuryr, "POST", "/v2.0/ports", { port: { network_id: network } });
});

contract("a pool gives subnets their prefixes, until it has none", async (c) => {
  const { kuryr, admin, reader, other } = c.world;
  const made = await c.check(kuryr, "POST", POOLS, {
    subnetpool: { name: "pool", prefixes: ["10.90.0.0/22"], default_prefixlen: 24 },
  });
  const pool = text(made.body, "subnetpool", "id");
  for (const who of [kuryr, admin, reader, other]) await c.check(who, "GET", `${POOLS}/${pool}`);
  const subnet = async (name: string, more: Body): Promise<void> => {
    const network = await c.make(kuryr, NETWORKS, "network", { name }, `network ${name}`);
    await c.check(kuryr, "POST", SUBNETS, {
      subnet: { network_id: network, ip_version: 4, subnetpool_id: pool, enable_dhcp: false, ...more },
    });
  };
  await subnet("first", {});
  await subnet("second", {});
  await subnet("wide", { prefixlen: 16 });
  await subnet("taken", { cidr: "10.90.0.0/24" });
  await subnet("outside", { cidr: "10.99.0.0/24" });
  await subnet("chosen", { cidr: "10.90.3.0/24" });
  await subnet("small", { prefixlen: 25 });
  await subnet("six", { ip_version: 6 });
  await subnet("exhausted", {});
  await c.check(kuryr, "DELETE", `${POOLS}/${pool}`);
  await c.check(other, "DELETE", `${POOLS}/${pool}`);
  await c.check(reader, "DELETE", `${POOLS}/${pool}`);
  await c.check(kuryr, "DELETE", `${POOLS}/${NOBODY}`);
  await c.check(kuryr, "GET", `${POOLS}/${NOBODY}`);
});

contract("a pool has a shortest and a longest prefix", async (c) => {
  const { kuryr } = c.world;
  const body = {
    name: "bounds",
    prefixes: ["10.97.0.0/16"],
    min_prefixlen: 20,
    max_prefixlen: 26,
    default_prefixlen: 24,
  };
  const pool = await c.make(kuryr, POOLS, "subnetpool", body, "pool");
  const network = await c.make(kuryr, NETWORKS, "network", { name: "net" }, "network");
  const subnet = (more: Body) =>
    c.check(kuryr, "POST", SUBNETS, { subnet: { network_id: network, ip_version: 4, subnetpool_id: pool, ...more } });
  await subnet({ prefixlen: 16 });
  await subnet({ prefixlen: 28 });
  await subnet({ cidr: "10.97.0.0/28" });
});

contract("a port on a subnet of DHCPv6 without state makes its address itself", async (c) => {
  const { kuryr } = c.world;
  const network = await c.make(kuryr, NETWORKS, "network", { name: "six" }, "network");
  const mode = "dhcpv6-stateless";
  const body = {
    network_id: network,
    ip_version: 6,
    cidr: "fd00:73::/64",
    ipv6_ra_mode: mode,
    ipv6_address_mode: mode,
  };
  const subnet = await c.make(kuryr, SUBNETS, "subnet", body, "subnet");
  const port = { network_id: network, fixed_ips: [{ subnet_id: subnet, ip_address: "fd00:73::5" }] };
  await c.check(kuryr, "POST", "/v2.0/ports", { port });
  await c.check(kuryr, "POST", "/v2.0/ports", { port: { network_id: network, fixed_ips: [{ subnet_id: subnet }] } });
  await c.check(kuryr, "DELETE", `${SUBNETS}/${subnet}`);
});

contract("one network takes its subnets from one pool", async (c) => {
  const { kuryr } = c.world;
  const pool = (name: string, prefix: string) =>
    c.make(kuryr, POOLS, "subnetpool", { name, prefixes: [prefix], default_prefixlen: 24 }, `pool ${name}`);
  const first = await pool("one", "10.91.0.0/20");
  const second = await pool("two", "10.92.0.0/20");
  const network = await c.make(kuryr, NETWORKS, "network", { name: "net" }, "network");
  await c.make(kuryr, SUBNETS, "subnet", { network_id: network, ip_version: 4, subnetpool_id: first }, "subnet");
  await c.check(kuryr, "POST", SUBNETS, { subnet: { network_id: network, ip_version: 4, subnetpool_id: second } });
  await c.check(kuryr, "POST", SUBNETS, { subnet: { network_id: network, ip_version: 4, cidr: "10.93.0.0/24" } });
});

contract("a pool's attributes are checked", async (c) => {
  const { kuryr, reader } = c.world;
  const base = { name: "p", prefixes: ["10.94.0.0/16"] };
  const wrong: readonly Body[] = [
    { name: "" },
    { prefixes: [] },
    { prefixes: ["x"] },
    { prefixes: "x" },
    { prefixes: ["10.94.0.0/16", "fd00::/48"] },
    { default_prefixlen: 33 },
    { default_prefixlen: 4, min_prefixlen: 8 },
    { min_prefixlen: 24, max_prefixlen: 20 },
    { default_prefixlen: 30, max_prefixlen: 28 },
    { shared: true },
    { is_default: true },
    { default_quota: -1 },
    { foo: 1 },
    { tags: ["x"] },
  ];
  for (const one of wrong) await c.check(kuryr, "POST", POOLS, { subnetpool: { ...base, ...one } });
  await c.check(kuryr, "POST", POOLS, { subnetpool: { prefixes: ["10.94.0.0/16"] } });
  await c.check(kuryr, "POST", POOLS, { subnetpool: { name: "p" } });
  await c.check(reader, "POST", POOLS, { subnetpool: base });
  const id = await c.make(kuryr, POOLS, "subnetpool", base, "pool");
  await c.check(kuryr, "PUT", `${POOLS}/${id}`, {
    subnetpool: { name: "q", prefixes: ["10.94.0.0/16", "10.95.0.0/16"] },
  });
  await c.check(kuryr, "PUT", `${POOLS}/${id}`, { subnetpool: { prefixes: ["10.95.0.0/16"] } });
  await c.check(kuryr, "PUT", `${POOLS}/${id}`, { subnetpool: { ip_version: 6 } });
  await c.check(kuryr, "DELETE", `${POOLS}/${id}`);
});

contract("a quota ends the making of networks, subnets and pools", async (c) => {
  const { admin, kuryr } = c.world;
  const path = `/v2.0/quotas/${kuryr.projectId}`;
  const network = await c.make(kuryr, NETWORKS, "network", { name: "last" }, "network");
  await c.arrange(admin, "PUT", path, { quota: { network: 1, subnet: 0, subnetpool: 0 } });
  c.onEnd(async () => void (await c.arrange(admin, "DELETE", path)));
  await c.check(kuryr, "POST", NETWORKS, { network: {} });
  await c.check(kuryr, "POST", SUBNETS, { subnet: { network_id: network, ip_version: 4, cidr: "10.96.0.0/24" } });
  await c.check(kuryr, "POST", POOLS, { subnetpool: { name: "p", prefixes: ["10.94.0.0/16"] } });
});
