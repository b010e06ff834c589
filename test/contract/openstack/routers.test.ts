import { text, type Json } from "./harness/http.ts";
import { suite } from "./harness/suite.ts";

const NOBODY = "00000000-0000-0000-0000-000000000000";
const ROUTERS = "/v2.0/routers";
const FIPS = "/v2.0/floatingips";
const PORTS = "/v2.0/ports";
type Body = { readonly [key: string]: Json };

/** The status of what OVN has to confirm follows in its own time. */
const statusIs = (member: string, status: string) => (body: Json | undefined) =>
  text(body, member, "status") === status;

const { contract } = suite(import.meta.filename, async (c) => {
  const { admin, kuryr } = c.world;
  const external = await c.make(
    admin,
    "/v2.0/networks",
    "network",
    { name: "ext", "router:external": true },
    "external network",
  );
  // What the service chooses by chance is none of what the cases choose.
  const chance = (prefix: string) => [{ start: `${prefix}.100`, end: `${prefix}.149` }];
  const outside = {
    name: "ext",
    network_id: external,
    ip_version: 4,
    cidr: "172.29.4.0/24",
    enable_dhcp: false,
    allocation_pools: chance("172.29.4"),
  };
  await c.make(admin, "/v2.0/subnets", "subnet", outside, "external subnet");
  const network = await c.make(kuryr, "/v2.0/networks", "network", { name: "net" }, "network");
  const inside = {
    name: "sub",
    network_id: network,
    ip_version: 4,
    cidr: "10.60.0.0/24",
    enable_dhcp: false,
    allocation_pools: chance("10.60.0"),
  };
  const subnet = await c.make(kuryr, "/v2.0/subnets", "subnet", inside, "subnet");
  return { external, network, subnet };
});

contract("a router needs nothing", async (c) => {
  const { kuryr, admin, reader, other } = c.world;
  const made = await c.check(kuryr, "POST", ROUTERS, { router: {} });
  const id = text(made.body, "router", "id");
  for (const who of [kuryr, admin, reader, other]) await c.check(who, "GET", `${ROUTERS}/${id}`);
  await c.check(kuryr, "PUT", `${ROUTERS}/${id}`, { router: { name: "new", description: "d", admin_state_up: false } });
  await c.check(kuryr, "PUT", `${ROUTERS}/${id}/tags`, { tags: ["a"] });
  await c.check(kuryr, "GET", `${ROUTERS}?tags=a&fields=name`);
  await c.check(reader, "PUT", `${ROUTERS}/${id}`, { router: { name: "x" } });
  await c.check(reader, "DELETE", `${ROUTERS}/${id}`);
  await c.check(other, "DELETE", `${ROUTERS}/${id}`);
  await c.check(kuryr, "DELETE", `${ROUTERS}/${id}`);
  await c.check(kuryr, "GET", `${ROUTERS}/${id}`);
});

contract("a router's attributes are checked", async (c, { external }) => {
  const { kuryr, reader } = c.world;
  const wrong: readonly Body[] = [
    { foo: 1 },
    { tags: ["x"] },
    { name: "n".repeat(256) },
    { admin_state_up: "x" },
    { distributed: true },
    { ha: true },
    { external_gateway_info: "x" },
    { external_gateway_info: {} },
    { external_gateway_info: { network_id: "x" } },
    { external_gateway_info: { network_id: NOBODY } },
    { external_gateway_info: { network_id: external, foo: 1 } },
    { external_gateway_info: { network_id: external, enable_snat: false } },
    { external_gateway_info: { network_id: external, external_fixed_ips: [{ ip_address: "172.29.4.99" }] } },
    { routes: [] },
    { enable_snat: true },
  ];
  for (const one of wrong) await c.check(kuryr, "POST", ROUTERS, { router: one });
  await c.check(kuryr, "POST", ROUTERS, {});
  await c.check(reader, "POST", ROUTERS, { router: {} });
  await c.check(kuryr, "PUT", `${ROUTERS}/${NOBODY}`, { router: { name: "x" } });
  await c.check(kuryr, "DELETE", `${ROUTERS}/${NOBODY}`);
  await c.check(kuryr, "GET", `${ROUTERS}/${NOBODY}`);
});

contract("a router gets a gateway to an external network only", async (c, { external, network }) => {
  const { kuryr, admin } = c.world;
  const id = await c.make(kuryr, ROUTERS, "router", { name: "gw" }, "router");
  const put = (info: Json) => c.check(kuryr, "PUT", `${ROUTERS}/${id}`, { router: { external_gateway_info: info } });
  await put({ network_id: network });
  await put({ network_id: NOBODY });
  await put({ network_id: external });
  await c.check(kuryr, "GET", `${ROUTERS}/${id}`);
  await c.check(kuryr, "GET", `${PORTS}?device_id=${id}`);
  await c.check(admin, "GET", `${PORTS}?device_id=${id}`);
  await put({});
  await c.check(kuryr, "GET", `${ROUTERS}/${id}`);
});

contract("an interface is added by subnet, once", async (c, s) => {
  const { kuryr, reader, other } = c.world;
  const id = await c.make(kuryr, ROUTERS, "router", { name: "r" }, "router");
  const add = `${ROUTERS}/${id}/add_router_interface`;
  const made = await c.check(kuryr, "PUT", add, { subnet_id: s.subnet });
  const port = text(made.body, "port_id");
  await c.until(kuryr, `${PORTS}/${port}`, statusIs("port", "ACTIVE"));
  await c.check(kuryr, "GET", `${PORTS}/${port}`);
  await c.check(kuryr, "PUT", add, { subnet_id: s.subnet });
  await c.check(kuryr, "PUT", add, { subnet_id: NOBODY });
  await c.check(kuryr, "PUT", add, { subnet_id: "x" });
  await c.check(kuryr, "PUT", add, {});
  await c.check(kuryr, "PUT", add, { port_id: NOBODY });
  await c.check(kuryr, "PUT", add, { port_id: port, subnet_id: s.subnet });
  await c.check(reader, "PUT", add, { subnet_id: s.subnet });
  await c.check(other, "PUT", add, { subnet_id: s.subnet });
  await c.check(kuryr, "PUT", `${ROUTERS}/${NOBODY}/add_router_interface`, { subnet_id: s.subnet });
  await c.check(kuryr, "DELETE", `${PORTS}/${port}`);
  await c.check(kuryr, "DELETE", `${ROUTERS}/${id}`);
  await c.check(kuryr, "DELETE", `/v2.0/subnets/${s.subnet}`);
  await c.check(kuryr, "DELETE", `/v2.0/networks/${s.network}`);
  await c.check(kuryr, "POST", PORTS, { port: { network_id: s.network, fixed_ips: [{ ip_address: "10.60.0.1" }] } });
  await c.check(
    kuryr,
    "GET",
    `${PORTS}?device_owner=network:router_interface&device_id=${id}&fixed_ips=subnet_id=${s.subnet}&fields=id`,
  );
});

contract("an interface is removed by subnet or port", async (c, s) => {
  const { kuryr } = c.world;
  const id = await c.make(kuryr, ROUTERS, "router", { name: "r" }, "router");
  const [add, remove] = ["add", "remove"].map((verb) => `${ROUTERS}/${id}/${verb}_router_interface`) as [
    string,
    string,
  ];
  await c.check(kuryr, "PUT", remove, { subnet_id: s.subnet });
  await c.check(kuryr, "PUT", remove, { subnet_id: NOBODY });
  await c.check(kuryr, "PUT", remove, { port_id: NOBODY });
  await c.check(kuryr, "PUT", remove, {});
  await c.arrange(kuryr, "PUT", add, { subnet_id: s.subnet });
  await c.check(kuryr, "PUT", remove, { subnet_id: s.subnet });
  const port = await c.make(
    kuryr,
    PORTS,
    "port",
    { network_id: s.network, fixed_ips: [{ ip_address: "10.60.0.99" }] },
    "port",
  );
  await c.check(kuryr, "PUT", add, { port_id: port });
  await c.check(kuryr, "PUT", remove, { port_id: port });
  await c.check(kuryr, "GET", `${PORTS}/${port}`);
});

contract("subnets on one router do not overlap", async (c, s) => {
  const { kuryr } = c.world;
  const id = await c.make(kuryr, ROUTERS, "router", { name: "r" }, "router");
  const network = await c.make(kuryr, "/v2.0/networks", "network", { name: "second" }, "second network");
  const body = { network_id: network, ip_version: 4, cidr: "10.60.0.0/16" };
  const subnet = await c.make(kuryr, "/v2.0/subnets", "subnet", body, "second subnet");
  await c.arrange(kuryr, "PUT", `${ROUTERS}/${id}/add_router_interface`, { subnet_id: s.subnet });
  await c.check(kuryr, "PUT", `${ROUTERS}/${id}/add_router_interface`, { subnet_id: subnet });
});

contract("a subnet without a gateway has no interface by itself", async (c) => {
  const { kuryr } = c.world;
  const id = await c.make(kuryr, ROUTERS, "router", { name: "r" }, "router");
  const network = await c.make(kuryr, "/v2.0/networks", "network", { name: "second" }, "second network");
  const body = { network_id: network, ip_version: 4, cidr: "10.63.0.0/24", gateway_ip: null };
  const subnet = await c.make(kuryr, "/v2.0/subnets", "subnet", body, "second subnet");
  await c.check(kuryr, "PUT", `${ROUTERS}/${id}/add_router_interface`, { subnet_id: subnet });
});

contract("ports stay when their router's interface goes", async (c) => {
  const { kuryr } = c.world;
  const id = await c.make(kuryr, ROUTERS, "router", { name: "r" }, "router");
  const network = await c.make(kuryr, "/v2.0/networks", "network", { name: "pods" }, "pod network");
  const body = { network_id: network, ip_version: 4, cidr: "10.64.0.0/24" };
  const subnet = await c.make(kuryr, "/v2.0/subnets", "subnet", body, "pod subnet");
  await c.make(kuryr, PORTS, "port", { network_id: network }, "port");
  await c.arrange(kuryr, "PUT", `${ROUTERS}/${id}/add_router_interface`, { subnet_id: subnet });
  await c.check(kuryr, "PUT", `${ROUTERS}/${id}/remove_router_interface`, { subnet_id: subnet });
});

contract("a router has routes", async (c, s) => {
  const { kuryr } = c.world;
  const id = await c.make(kuryr, ROUTERS, "router", { name: "r" }, "router");
  await c.arrange(kuryr, "PUT", `${ROUTERS}/${id}/add_router_interface`, { subnet_id: s.subnet });
  const put = (routes: Json) => c.check(kuryr, "PUT", `${ROUTERS}/${id}`, { router: { routes } });
  await put([{ destination: "10.99.0.0/16", nexthop: "10.60.0.200" }]);
  await put([{ destination: "10.99.0.0/16", nexthop: "10.77.0.200" }]);
  await put([{ destination: "x", nexthop: "10.60.0.200" }]);
  await put("x");
  await put([]);
});

contract("a floating IP of nothing, given to a port and taken away", async (c, s) => {
  const { kuryr, reader, other, admin } = c.world;
  const made = await c.check(kuryr, "POST", FIPS, {
    floatingip: { floating_network_id: s.external, description: "kuryr" },
  });
  const id = text(made.body, "floatingip", "id");
  for (const who of [kuryr, admin, reader, other]) await c.check(who, "GET", `${FIPS}/${id}`);
  const port = await c.make(
    kuryr,
    PORTS,
    "port",
    { network_id: s.network, fixed_ips: [{ ip_address: "10.60.0.88" }] },
    "port",
  );
  await c.check(kuryr, "PUT", `${FIPS}/${id}`, { floatingip: { port_id: port } });
  const router = await c.make(
    kuryr,
    ROUTERS,
    "router",
    { external_gateway_info: { network_id: s.external } },
    "router",
  );
  await c.arrange(kuryr, "PUT", `${ROUTERS}/${router}/add_router_interface`, { subnet_id: s.subnet });
  await c.check(kuryr, "PUT", `${FIPS}/${id}`, { floatingip: { port_id: port } });
  await c.until(kuryr, `${FIPS}/${id}`, statusIs("floatingip", "ACTIVE"));
  await c.check(kuryr, "GET", `${FIPS}/${id}`);
  await c.check(kuryr, "GET", `${FIPS}?port_id=${port}&fields=fixed_ip_address`);
  await c.check(kuryr, "POST", FIPS, { floatingip: { floating_network_id: s.external, port_id: port } });
  await c.check(kuryr, "PUT", `${ROUTERS}/${router}`, { router: { external_gateway_info: {} } });
  await c.check(kuryr, "PUT", `${ROUTERS}/${router}/remove_router_interface`, { subnet_id: s.subnet });
  await c.check(kuryr, "PUT", `${FIPS}/${id}`, { floatingip: { port_id: null } });
  await c.check(reader, "PUT", `${FIPS}/${id}`, { floatingip: { port_id: null } });
  await c.check(other, "PUT", `${FIPS}/${id}`, { floatingip: { port_id: null } });
  await c.check(reader, "DELETE", `${FIPS}/${id}`);
  await c.check(other, "DELETE", `${FIPS}/${id}`);
  await c.check(kuryr, "PUT", `${FIPS}/${id}/tags`, { tags: ["a"] });
  await c.check(kuryr, "DELETE", `${FIPS}/${id}`);
  await c.check(kuryr, "GET", `${FIPS}/${id}`);
  await c.check(kuryr, "DELETE", `${FIPS}/${NOBODY}`);
});

contract("a floating IP goes from its port when the port goes", async (c, s) => {
  const { kuryr } = c.world;
  const router = await c.make(
    kuryr,
    ROUTERS,
    "router",
    { external_gateway_info: { network_id: s.external } },
    "router",
  );
  await c.arrange(kuryr, "PUT", `${ROUTERS}/${router}/add_router_interface`, { subnet_id: s.subnet });
  const port = await c.make(
    kuryr,
    PORTS,
    "port",
    { network_id: s.network, fixed_ips: [{ ip_address: "10.60.0.87" }] },
    "port",
  );
  const made = await c.check(kuryr, "POST", FIPS, { floatingip: { floating_network_id: s.external, port_id: port } });
  await c.check(kuryr, "DELETE", `${PORTS}/${port}`);
  const path = `${FIPS}/${text(made.body, "floatingip", "id")}`;
  await c.until(kuryr, path, statusIs("floatingip", "DOWN"));
  await c.check(kuryr, "GET", path);
});

contract("a floating IP's attributes are checked", async (c, s) => {
  const { kuryr, reader, admin } = c.world;
  const base = { floating_network_id: s.external };
  const wrong: readonly Body[] = [
    { floating_network_id: NOBODY },
    { floating_network_id: "x" },
    { floating_network_id: s.network },
    { port_id: NOBODY },
    { port_id: "x" },
    { fixed_ip_address: "10.60.0.9" },
    { subnet_id: s.subnet },
    { subnet_id: NOBODY },
    { floating_ip_address: "172.29.4.200" },
    { tags: ["x"] },
    { foo: 1 },
    { description: "d".repeat(256) },
    { status: "ACTIVE" },
    { dns_name: "x" },
  ];
  for (const one of wrong) await c.check(kuryr, "POST", FIPS, { floatingip: { ...base, ...one } });
  await c.check(kuryr, "POST", FIPS, { floatingip: {} });
  await c.check(kuryr, "POST", FIPS, {});
  await c.check(reader, "POST", FIPS, { floatingip: base });
  await c.check(admin, "POST", FIPS, { floatingip: { ...base, floating_ip_address: "172.29.4.201" } });
  await c.check(admin, "POST", FIPS, { floatingip: { ...base, floating_ip_address: "172.29.4.201" } });
  await c.check(admin, "POST", FIPS, { floatingip: { ...base, floating_ip_address: "10.1.1.1" } });
  const id = await c.make(kuryr, FIPS, "floatingip", base, "floating IP");
  await c.check(kuryr, "PUT", `${FIPS}/${id}`, { floatingip: { port_id: NOBODY } });
  await c.check(kuryr, "PUT", `${FIPS}/${id}`, { floatingip: { floating_network_id: NOBODY } });
  await c.check(kuryr, "PUT", `${FIPS}/${id}`, { floatingip: { description: "new" } });
  await c.check(kuryr, "GET", `${FIPS}?floating_network_id=${s.external}&fields=description`);
  await c.check(kuryr, "GET", `${FIPS}?nosuch=1`);
});

contract("a quota ends the making of floating IPs and routers", async (c, s) => {
  const { admin, kuryr } = c.world;
  const path = `/v2.0/quotas/${kuryr.projectId}`;
  await c.arrange(admin, "PUT", path, { quota: { floatingip: 0, router: 0 } });
  c.onEnd(async () => void (await c.arrange(admin, "DELETE", path)));
  await c.check(kuryr, "POST", FIPS, { floatingip: { floating_network_id: s.external } });
  await c.check(kuryr, "POST", ROUTERS, { router: {} });
});
