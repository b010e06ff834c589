import { NETWORKS, NOBODY, SUBNET_POOLS, SUBNETS, type Body } from "./harness/fixtures.ts";
import { text } from "./harness/http.ts";
import { suite } from "./harness/suite.ts";

const { contract } = suite(import.meta.filename, async () => undefined);

contract("a pool gives subnets their prefixes, until it has none", async (c) => {
  const { kuryr, admin, reader, other } = c.world;
  const made = await c.check(kuryr, "POST", SUBNET_POOLS, {
    subnetpool: { name: "pool", prefixes: ["10.90.0.0/22"], default_prefixlen: 24 },
  });
  const pool = text(made.body, "subnetpool", "id");
  for (const who of [kuryr, admin, reader, other]) await c.check(who, "GET", `${SUBNET_POOLS}/${pool}`);
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
  await c.check(kuryr, "DELETE", `${SUBNET_POOLS}/${pool}`);
  await c.check(other, "DELETE", `${SUBNET_POOLS}/${pool}`);
  await c.check(reader, "DELETE", `${SUBNET_POOLS}/${pool}`);
  await c.check(kuryr, "DELETE", `${SUBNET_POOLS}/${NOBODY}`);
  await c.check(kuryr, "GET", `${SUBNET_POOLS}/${NOBODY}`);
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
  const pool = await c.make(kuryr, SUBNET_POOLS, "subnetpool", body, "pool");
  const network = await c.make(kuryr, NETWORKS, "network", { name: "net" }, "network");
  const subnet = (more: Body) =>
    c.check(kuryr, "POST", SUBNETS, { subnet: { network_id: network, ip_version: 4, subnetpool_id: pool, ...more } });
  await subnet({ prefixlen: 16 });
  await subnet({ prefixlen: 28 });
  await subnet({ cidr: "10.97.0.0/28" });
});

contract("one network takes its subnets from one pool", async (c) => {
  const { kuryr } = c.world;
  const pool = (name: string, prefix: string) =>
    c.make(kuryr, SUBNET_POOLS, "subnetpool", { name, prefixes: [prefix], default_prefixlen: 24 }, `pool ${name}`);
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
  for (const one of wrong) await c.check(kuryr, "POST", SUBNET_POOLS, { subnetpool: { ...base, ...one } });
  await c.check(kuryr, "POST", SUBNET_POOLS, { subnetpool: { prefixes: ["10.94.0.0/16"] } });
  await c.check(kuryr, "POST", SUBNET_POOLS, { subnetpool: { name: "p" } });
  await c.check(reader, "POST", SUBNET_POOLS, { subnetpool: base });
  const id = await c.make(kuryr, SUBNET_POOLS, "subnetpool", base, "pool");
  await c.check(kuryr, "PUT", `${SUBNET_POOLS}/${id}`, {
    subnetpool: { name: "q", prefixes: ["10.94.0.0/16", "10.95.0.0/16"] },
  });
  await c.check(kuryr, "PUT", `${SUBNET_POOLS}/${id}`, { subnetpool: { prefixes: ["10.95.0.0/16"] } });
  await c.check(kuryr, "PUT", `${SUBNET_POOLS}/${id}`, { subnetpool: { ip_version: 6 } });
  await c.check(kuryr, "DELETE", `${SUBNET_POOLS}/${id}`);
});
