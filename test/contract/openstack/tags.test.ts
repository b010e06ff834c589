import { NETWORKS, NOBODY, PORTS, SUBNET_POOLS, SUBNETS, type Body } from "./harness/fixtures.ts";
import { suite, type Case } from "./harness/suite.ts";

const { contract } = suite(import.meta.filename, async (c) => {
  const { kuryr, admin } = c.world;
  const network = await c.make(kuryr, NETWORKS, "network", { name: "net" }, "network");
  const outside = await c.make(admin, NETWORKS, "network", { name: "outside", "router:external": true }, "outside");
  const subnet = { network_id: outside, ip_version: 4, cidr: "203.0.113.0/24", enable_dhcp: false };
  await c.make(admin, SUBNETS, "subnet", subnet, "outside subnet");
  return { network, outside };
});

/** What of every kind can be done with its tags, and what cannot. */
async function tagged(c: Case, path: string): Promise<void> {
  const { kuryr, reader, other } = c.world;
  const tags = `${path}/tags`;
  await c.check(kuryr, "PUT", tags, { tags: ["a", "a"] });
  await c.check(kuryr, "PUT", tags, { tags: ["b", "a"] });
  await c.check(kuryr, "GET", tags);
  await c.check(kuryr, "PUT", `${tags}/c`);
  await c.check(kuryr, "PUT", `${tags}/c`);
  await c.check(kuryr, "GET", `${path}?fields=tags`);
  await c.check(kuryr, "DELETE", `${tags}/a`);
  await c.check(kuryr, "DELETE", `${tags}/a`);
  await c.check(kuryr, "PUT", tags, { tags: "x" });
  await c.check(kuryr, "PUT", tags, { tags: [7] });
  await c.check(kuryr, "PUT", tags, { tags: ["x".repeat(256)] });
  await c.check(kuryr, "PUT", tags, {});
  for (const who of [undefined, reader, other]) {
    await c.check(who, "GET", tags);
    await c.check(who, "PUT", tags, { tags: ["z"] });
    await c.check(who, "PUT", `${tags}/z`);
    await c.check(who, "DELETE", `${tags}/b`);
  }
  const collection = path.slice(0, path.lastIndexOf("/"));
  await c.check(kuryr, "PUT", `${collection}/${NOBODY}/tags`, { tags: ["z"] });
  await c.check(kuryr, "PUT", `${collection}/${NOBODY}/tags/z`);
  await c.check(kuryr, "DELETE", `${collection}/${NOBODY}/tags/z`);
  await c.check(kuryr, "PUT", tags, { tags: [] });
  await c.check(kuryr, "GET", `${path}?fields=tags`);
}

const made = async (c: Case, path: string, singular: string, body: Body): Promise<string> =>
  `${path}/${await c.make(c.world.kuryr, path, singular, body, singular.replaceAll("_", " "))}`;

contract("tags of a network", async (c) => tagged(c, await made(c, NETWORKS, "network", { name: "tagged" })));

contract("tags of a subnet", async (c, { network }) =>
  tagged(c, await made(c, SUBNETS, "subnet", { network_id: network, ip_version: 4, cidr: "10.90.0.0/24" })),
);

contract("tags of a subnet pool", async (c) =>
  tagged(c, await made(c, SUBNET_POOLS, "subnetpool", { name: "tagged", prefixes: ["10.91.0.0/16"] })),
);

contract("tags of a port", async (c, { network }) => tagged(c, await made(c, PORTS, "port", { network_id: network })));

contract("tags of a router", async (c) => tagged(c, await made(c, "/v2.0/routers", "router", { name: "tagged" })));

contract("tags of a floating IP", async (c, { outside }) =>
  tagged(c, await made(c, "/v2.0/floatingips", "floatingip", { floating_network_id: outside })),
);

contract("tags of a security group", async (c) =>
  tagged(c, await made(c, "/v2.0/security-groups", "security_group", { name: "tagged" })),
);

contract("tags of a trunk", async (c, { network }) => {
  const parent = await c.make(c.world.kuryr, PORTS, "port", { network_id: network }, "parent");
  await tagged(c, await made(c, "/v2.0/trunks", "trunk", { port_id: parent }));
});

contract("tags of a QoS policy", async (c) =>
  tagged(c, await made(c, "/v2.0/qos/policies", "policy", { name: "tagged" })),
);
