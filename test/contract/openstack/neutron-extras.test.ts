import { text, type Json } from "./harness/http.ts";
import { suite } from "./harness/suite.ts";

const NOBODY = "00000000-0000-0000-0000-000000000000";
const TRUNKS = "/v2.0/trunks";
type Body = { readonly [key: string]: Json };

const { contract } = suite(import.meta.filename, async (c) => {
  const network = await c.make(c.world.kuryr, "/v2.0/networks", "network", { name: "net" }, "network");
  return { network };
});

contract("extensions are listed, and asked for one by one", async (c) => {
  await c.check(c.world.kuryr, "GET", "/v2.0/extensions?fields=alias");
  await c.check(c.world.kuryr, "GET", "/v2.0/extensions/address-group");
  await c.check(c.world.kuryr, "GET", "/v2.0/extensions/no-such-extension");
  await c.check(undefined, "GET", "/v2.0/extensions");
});

contract("agents are the administrator's to see", async (c) => {
  const fields = "fields=host&fields=agent_type&fields=alive&fields=admin_state_up&fields=binary";
  await c.check(c.world.admin, "GET", `/v2.0/agents?${fields}`);
  await c.check(c.world.admin, "GET", `/v2.0/agents?host=node1&${fields}`);
  await c.check(c.world.admin, "GET", `/v2.0/agents?host=nowhere&${fields}`);
  await c.check(c.world.admin, "GET", `/v2.0/agents?host=node1&limit=1000&fields=id&${fields}`);
  await c.check(c.world.kuryr, "GET", "/v2.0/agents");
  await c.check(c.world.admin, "GET", `/v2.0/agents/${NOBODY}`);
});

contract("quotas are shown to their project, and set by the administrator", async (c) => {
  const { admin, kuryr, other, reader } = c.world;
  const path = `/v2.0/quotas/${other.projectId}`;
  await c.check(admin, "GET", path);
  await c.check(other, "GET", path);
  await c.check(reader, "GET", path);
  await c.check(kuryr, "GET", path);
  await c.check(other, "GET", `${path}/details.json`);
  await c.check(admin, "GET", `${path}/details.json`);
  await c.check(other, "GET", `${path}/default`);
  await c.check(other, "PUT", path, { quota: { port: 5 } });
  await c.check(other, "DELETE", path);
  await c.check(admin, "PUT", path, { quota: { port: 5, network: 3 } });
  await c.check(other, "GET", path);
  await c.check(admin, "PUT", path, { quota: { nosuch: 5 } });
  await c.check(admin, "PUT", path, { quota: { port: "x" } });
  await c.check(admin, "PUT", path, { quota: { port: -5 } });
  await c.check(admin, "PUT", path, {});
  await c.check(admin, "DELETE", path);
  await c.check(other, "GET", path);
});

contract("a trunk has a parent and subports", async (c, { network }) => {
  const { kuryr, reader, other, admin } = c.world;
  const port = (name: string) => c.make(kuryr, "/v2.0/ports", "port", { name, network_id: network }, `port ${name}`);
  const [parent, a, b] = [await port("parent"), await port("a"), await port("b")];
  const made = await c.check(kuryr, "POST", TRUNKS, {
    trunk: { name: "t", port_id: parent, sub_ports: [{ port_id: a, segmentation_type: "vlan", segmentation_id: 101 }] },
  });
  const id = text(made.body, "trunk", "id");
  for (const who of [kuryr, admin, reader, other]) await c.check(who, "GET", `${TRUNKS}/${id}`);
  const add = (sub_ports: Json) => c.check(kuryr, "PUT", `${TRUNKS}/${id}/add_subports`, { sub_ports });
  const remove = (sub_ports: Json) => c.check(kuryr, "PUT", `${TRUNKS}/${id}/remove_subports`, { sub_ports });
  await add([{ port_id: b, segmentation_type: "vlan", segmentation_id: 101 }]);
  await add([{ port_id: b, segmentation_type: "vlan", segmentation_id: 5000 }]);
  await add([{ port_id: b, segmentation_type: "x", segmentation_id: 7 }]);
  await add([{ port_id: b, segmentation_type: "vlan" }]);
  await add([{ port_id: NOBODY, segmentation_type: "vlan", segmentation_id: 7 }]);
  await add([{ port_id: b, segmentation_type: "vlan", segmentation_id: 102 }]);
  await add([{ port_id: b, segmentation_type: "vlan", segmentation_id: 103 }]);
  await add([{ port_id: parent, segmentation_type: "vlan", segmentation_id: 104 }]);
  await c.check(kuryr, "GET", `${TRUNKS}/${id}/get_subports`);
  await c.check(kuryr, "GET", `/v2.0/ports/${parent}?fields=trunk_details`);
  await c.check(kuryr, "GET", `/v2.0/ports/${a}?fields=trunk_details&fields=device_owner&fields=device_id`);
  await c.check(kuryr, "DELETE", `/v2.0/ports/${a}`);
  await c.check(kuryr, "DELETE", `/v2.0/ports/${parent}`);
  await remove([{ port_id: NOBODY }]);
  await remove([{ port_id: b }]);
  await c.check(reader, "PUT", `${TRUNKS}/${id}/remove_subports`, { sub_ports: [{ port_id: a }] });
  await c.until(kuryr, `${TRUNKS}/${id}`, (body) => text(body, "trunk", "status") === "ACTIVE");
  await c.check(kuryr, "PUT", `${TRUNKS}/${id}`, { trunk: { name: "u", admin_state_up: false } });
  await add([{ port_id: b, segmentation_type: "vlan", segmentation_id: 105 }]);
  await c.check(kuryr, "PUT", `${TRUNKS}/${id}`, { trunk: { admin_state_up: true } });
  await c.check(kuryr, "GET", `${TRUNKS}?port_id=${parent}&fields=name`);
  await c.check(reader, "DELETE", `${TRUNKS}/${id}`);
  await c.check(kuryr, "DELETE", `${TRUNKS}/${id}`);
  await c.check(kuryr, "GET", `${TRUNKS}/${id}`);
  await c.check(kuryr, "GET", `/v2.0/ports/${a}?fields=device_owner&fields=trunk_details`);
});

contract("a trunk's attributes are checked", async (c, { network }) => {
  const { kuryr, reader } = c.world;
  const parent = await c.make(kuryr, "/v2.0/ports", "port", { network_id: network }, "parent");
  const wrong: readonly Body[] = [
    { port_id: NOBODY },
    { port_id: "x" },
    { sub_ports: "x" },
    { sub_ports: [{ port_id: "x" }] },
    { sub_ports: [{ port_id: parent, segmentation_type: "vlan", segmentation_id: 1 }] },
    { foo: 1 },
    { tags: ["x"] },
    { name: "n".repeat(256) },
  ];
  for (const one of wrong) await c.check(kuryr, "POST", TRUNKS, { trunk: { port_id: parent, ...one } });
  await c.check(kuryr, "POST", TRUNKS, { trunk: {} });
  await c.check(kuryr, "POST", TRUNKS, {});
  await c.check(reader, "POST", TRUNKS, { trunk: { port_id: parent } });
  await c.check(kuryr, "POST", TRUNKS, { trunk: { port_id: parent } });
  await c.check(kuryr, "POST", TRUNKS, { trunk: { port_id: parent } });
  await c.check(kuryr, "GET", `${TRUNKS}/${NOBODY}`);
  await c.check(kuryr, "DELETE", `${TRUNKS}/${NOBODY}`);
  await c.check(kuryr, "PUT", `${TRUNKS}/${NOBODY}/add_subports`, { sub_ports: [] });
});

contract("rights of several attributes stand in one message", async (c, { network }) => {
  const { member, other, reader } = c.world;
  const port = { network_id: network, device_owner: "compute:x", device_id: "d", name: "n", tags: ["t"] };
  await c.check(member, "POST", "/v2.0/ports", { port: { ...port, "binding:host_id": "node1" } });
  const address = { fixed_ips: [{ ip_address: "10.0.0.1" }], mac_address: "fa:16:3e:00:00:05" };
  await c.check(reader, "POST", "/v2.0/ports", { port: { ...port, ...address } });
  await c.check(reader, "POST", "/v2.0/ports", {
    port: { network_id: network, allowed_address_pairs: [{ ip_address: "10.0.0.1" }] },
  });
  await c.check(other, "POST", "/v2.0/ports", { port: { ...port, ...address } });
  await c.check(member, "POST", "/v2.0/ports", { port: { network_id: network, device_owner: "network:dhcp" } });
});

contract("pages of lists without filters", async (c) => {
  const { kuryr } = c.world;
  for (const name of ["p1", "p2", "p3"])
    await c.make(kuryr, "/v2.0/networks", "network", { name: `page-${name}` }, `network ${name}`);
  const base = "/v2.0/networks?name=page-p1&name=page-p2&name=page-p3&fields=name&sort_key=name&sort_dir=asc";
  await c.check(kuryr, "GET", `${base}&limit=3`, undefined, { ordered: true });
  await c.check(kuryr, "GET", `${base}&limit=10`, undefined, { ordered: true });
  await c.check(kuryr, "GET", "/v2.0/networks?name=nobody&limit=1", undefined, { ordered: true });
  await c.check(kuryr, "GET", "/v2.0/networks?name=nobody&limit=0", undefined, { ordered: true });
});

contract("subnets, pools and address groups are listed by what they are", async (c) => {
  const { kuryr, other } = c.world;
  const network = await c.make(kuryr, "/v2.0/networks", "network", { name: "lists" }, "list network");
  const pool = await c.make(
    kuryr,
    "/v2.0/subnetpools",
    "subnetpool",
    { name: "lp", prefixes: ["10.98.0.0/16"], default_prefixlen: 24 },
    "pool",
  );
  await c.make(
    kuryr,
    "/v2.0/subnets",
    "subnet",
    { name: "ls", network_id: network, ip_version: 4, subnetpool_id: pool },
    "subnet",
  );
  await c.make(
    kuryr,
    "/v2.0/address-groups",
    "address_group",
    { name: "la", addresses: ["10.0.0.1/32"] },
    "address group",
  );
  const list = (path: string) => c.check(kuryr, "GET", `/v2.0/${path}`);
  await list(`subnets?network_id=${network}`);
  await list(`subnets?subnetpool_id=${pool}&fields=name&fields=cidr`);
  await list("subnets?cidr=10.98.0.0/24&fields=name");
  await list("subnets?name=ls&ip_version=4&enable_dhcp=true&gateway_ip=10.98.0.1&fields=name");
  await list("subnets?name=ls&ip_version=6&fields=name");
  await list("subnets?nosuch=1");
  await list(`subnetpools?name=lp`);
  await list("subnetpools?name=lp&ip_version=4&is_default=false&shared=false&fields=prefixes");
  await list("subnetpools?prefixes=10.98.0.0/16");
  await list("address-groups?name=la");
  await list("address-groups?name=la&fields=addresses");
  await list(`trunks?project_id=${kuryr.projectId}&fields=name`);
  await c.check(other, "GET", "/v2.0/subnets?name=ls");
  await c.check(other, "GET", "/v2.0/subnetpools?name=lp");
  await c.check(other, "GET", "/v2.0/address-groups?name=la");
});

contract("each service tells its versions to anybody", async (c) => {
  await c.check(undefined, "GET", "/", undefined, { service: "network" });
  await c.check(undefined, "GET", "/", undefined, { service: "load-balancer" });
  await c.check(undefined, "GET", "/", undefined, { service: "identity" });
  await c.check(undefined, "GET", "/v2.0", undefined, { service: "network" });
  await c.check(undefined, "GET", "/v2", undefined, { service: "load-balancer" });
});
