import { NETWORKS, NOBODY, SUBNETS, type Body } from "./harness/fixtures.ts";
import { text } from "./harness/http.ts";
import { suite } from "./harness/suite.ts";

const { contract } = suite(import.meta.filename, async () => undefined);

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

contract("several subnets are made together or not at all", async (c) => {
  const { kuryr, reader } = c.world;
  const network = await c.make(kuryr, NETWORKS, "network", { name: "net" }, "network");
  const subnet = (third: number, more: Body = {}): Body => ({
    network_id: network,
    ip_version: 4,
    cidr: `10.73.${third}.0/24`,
    enable_dhcp: false,
    name: `s${third}`,
    ...more,
  });
  await c.check(kuryr, "POST", SUBNETS, { subnets: [subnet(1), subnet(1)] });
  await c.check(kuryr, "POST", SUBNETS, { subnets: [subnet(1), subnet(2, { network_id: NOBODY })] });
  await c.check(kuryr, "POST", SUBNETS, { subnets: [subnet(1), subnet(2, { foo: 1 })] });
  await c.check(kuryr, "POST", SUBNETS, { subnets: [] });
  await c.check(reader, "POST", SUBNETS, { subnets: [subnet(1)] });
  await c.check(undefined, "POST", SUBNETS, { subnets: [subnet(1)] });
  await c.check(kuryr, "GET", `${SUBNETS}?network_id=${network}`);
  await c.check(kuryr, "POST", SUBNETS, { subnets: [subnet(1), subnet(2)] });
  await c.check(kuryr, "GET", `${SUBNETS}?network_id=${network}&fields=name`);
});
