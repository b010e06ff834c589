import { NETWORKS, NOBODY, SUBNET_POOLS, SUBNETS, type Body } from "./harness/fixtures.ts";
import { text } from "./harness/http.ts";
import { suite } from "./harness/suite.ts";

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

contract("a quota ends the making of networks, subnets and pools", async (c) => {
  const { admin, kuryr } = c.world;
  const path = `/v2.0/quotas/${kuryr.projectId}`;
  const network = await c.make(kuryr, NETWORKS, "network", { name: "last" }, "network");
  await c.arrange(admin, "PUT", path, { quota: { network: 1, subnet: 0, subnetpool: 0 } });
  c.onEnd(async () => void (await c.arrange(admin, "DELETE", path)));
  await c.check(kuryr, "POST", NETWORKS, { network: {} });
  await c.check(kuryr, "POST", SUBNETS, { subnet: { network_id: network, ip_version: 4, cidr: "10.96.0.0/24" } });
  await c.check(kuryr, "POST", SUBNET_POOLS, { subnetpool: { name: "p", prefixes: ["10.94.0.0/16"] } });
});
