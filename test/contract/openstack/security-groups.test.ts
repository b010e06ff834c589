import { text, type Json } from "./harness/http.ts";
import { suite } from "./harness/suite.ts";

const NOBODY = "00000000-0000-0000-0000-000000000000";
const GROUPS = "/v2.0/security-groups";
const RULES = "/v2.0/security-group-rules";
type Body = { readonly [key: string]: Json };

const { contract } = suite(import.meta.filename, async (c) => {
  const network = await c.make(c.world.kuryr, "/v2.0/networks", "network", { name: "net" }, "network");
  return { network };
});

contract("a new group lets everything out", async (c) => {
  const { kuryr, reader, other, admin } = c.world;
  const made = await c.check(kuryr, "POST", GROUPS, { security_group: { name: "web", description: "kuryr" } });
  const id = text(made.body, "security_group", "id");
  for (const who of [kuryr, reader, admin, other]) await c.check(who, "GET", `${GROUPS}/${id}`);
  await c.check(kuryr, "PUT", `${GROUPS}/${id}`, { security_group: { name: "web2", description: "d" } });
  await c.check(kuryr, "PUT", `${GROUPS}/${id}/tags`, { tags: ["a"] });
  await c.check(kuryr, "GET", `${GROUPS}?tags=a&fields=name&fields=tags`);
  await c.check(kuryr, "DELETE", `${GROUPS}/${id}`);
  await c.check(kuryr, "GET", `${GROUPS}/${id}`);
});

contract("a group's attributes are checked", async (c) => {
  const { kuryr, reader } = c.world;
  const wrong: readonly Body[] = [
    { name: "default" },
    { name: "DEFAULT" },
    { name: "n".repeat(256) },
    { security_group_rules: [] },
    { tags: ["x"] },
    { stateful: "x" },
    { foo: 1 },
    { description: "d".repeat(256) },
    { shared: true },
    { project_id: "x" },
  ];
  for (const one of wrong) await c.check(kuryr, "POST", GROUPS, { security_group: one });
  await c.check(kuryr, "POST", GROUPS, {});
  await c.check(kuryr, "POST", GROUPS, { security_group: {} });
  await c.check(reader, "POST", GROUPS, { security_group: {} });
  await c.check(kuryr, "POST", GROUPS, { security_groups: [{ name: "a" }, { name: "b", stateful: false }] });
});

contract("only who may changes and deletes a group", async (c) => {
  const { kuryr, reader, other } = c.world;
  const id = await c.make(kuryr, GROUPS, "security_group", { name: "mine" }, "group");
  await c.check(reader, "PUT", `${GROUPS}/${id}`, { security_group: { name: "x" } });
  await c.check(reader, "DELETE", `${GROUPS}/${id}`);
  await c.check(other, "PUT", `${GROUPS}/${id}`, { security_group: { name: "x" } });
  await c.check(other, "DELETE", `${GROUPS}/${id}`);
  await c.check(kuryr, "PUT", `${GROUPS}/${NOBODY}`, { security_group: { name: "x" } });
  await c.check(kuryr, "DELETE", `${GROUPS}/${NOBODY}`);
  await c.check(kuryr, "GET", `${GROUPS}/${NOBODY}`);
  await c.check(kuryr, "PUT", `${GROUPS}/${id}`, { security_group: { name: "default" } });
  await c.check(kuryr, "PUT", `${GROUPS}/${id}`, { security_group: { tags: [] } });
});

contract("every project has a default group, which members cannot delete", async (c) => {
  const { kuryr } = c.world;
  const listed = await c.check(kuryr, "GET", `${GROUPS}?name=default`);
  const id = text(listed.body, "security_groups", 0, "id");
  await c.check(kuryr, "DELETE", `${GROUPS}/${id}`);
  await c.check(kuryr, "PUT", `${GROUPS}/${id}`, { security_group: { name: "renamed" } });
});

contract("a group on a port is in use", async (c, { network }) => {
  const { kuryr } = c.world;
  const id = await c.make(kuryr, GROUPS, "security_group", { name: "used" }, "group");
  await c.make(kuryr, "/v2.0/ports", "port", { network_id: network, security_groups: [id] }, "port");
  await c.check(kuryr, "DELETE", `${GROUPS}/${id}`);
  await c.check(kuryr, "PUT", `${GROUPS}/${id}`, { security_group: { stateful: false } });
});

contract("stateful and stateless groups do not go on one port", async (c, { network }) => {
  const { kuryr } = c.world;
  const stateful = await c.make(kuryr, GROUPS, "security_group", { name: "a" }, "stateful");
  const stateless = await c.make(kuryr, GROUPS, "security_group", { name: "b", stateful: false }, "stateless");
  await c.check(kuryr, "POST", "/v2.0/ports", {
    port: { network_id: network, security_groups: [stateful, stateless] },
  });
  await c.check(kuryr, "PUT", `${GROUPS}/${stateless}`, { security_group: { stateful: true } });
});

contract("a rule of each kind is made as it was asked", async (c) => {
  const { kuryr } = c.world;
  const id = await c.make(kuryr, GROUPS, "security_group", { name: "g" }, "group");
  const peer = await c.make(kuryr, GROUPS, "security_group", { name: "p" }, "peer");
  const base = { security_group_id: id, direction: "ingress" };
  const rules: readonly Body[] = [
    {},
    { ethertype: "IPv6" },
    { ethertype: "ipv4", direction: "egress", remote_ip_prefix: "10.1.0.0/16" },
    { protocol: "tcp", port_range_min: 80, port_range_max: 80 },
    { protocol: "TCP", port_range_min: 81, port_range_max: 90 },
    { protocol: 6, port_range_min: 91, port_range_max: 91 },
    { protocol: "6", port_range_min: 92, port_range_max: 92 },
    { protocol: "udp", port_range_min: "53", port_range_max: "53" },
    { protocol: "tcp" },
    { protocol: "sctp", port_range_min: 7, port_range_max: 7 },
    { protocol: "icmp" },
    { protocol: "icmp", port_range_min: 8 },
    { protocol: "icmp", port_range_min: 8, port_range_max: 0 },
    { protocol: "icmpv6", ethertype: "IPv6" },
    { protocol: "ipv6-icmp", ethertype: "IPv6", port_range_min: 1 },
    { protocol: 132 },
    { protocol: "esp" },
    { remote_group_id: peer },
    { remote_group_id: id, protocol: "tcp", port_range_min: 1, port_range_max: 65535, description: "d" },
    { remote_ip_prefix: "10.0.0.7/8" },
    { remote_ip_prefix: "10.0.0.9" },
    { remote_ip_prefix: "fd00::/64", ethertype: "IPv6" },
    { remote_ip_prefix: "0.0.0.0/0", protocol: "udp" },
    { remote_ip_prefix: "::/0", ethertype: "IPv6", protocol: "udp" },
  ];
  for (const rule of rules) await c.check(kuryr, "POST", RULES, { security_group_rule: { ...base, ...rule } });
  await c.check(kuryr, "GET", `${GROUPS}/${id}`);
});

contract("a rule's attributes are checked", async (c) => {
  const { kuryr } = c.world;
  const id = await c.make(kuryr, GROUPS, "security_group", { name: "g" }, "group");
  const base = { security_group_id: id, direction: "ingress" };
  const wrong: readonly Body[] = [
    { protocol: "tcp", port_range_min: 8080 },
    { protocol: "tcp", port_range_max: 8080 },
    { protocol: "tcp", port_range_min: 0, port_range_max: 10 },
    { protocol: "tcp", port_range_min: 90, port_range_max: 80 },
    { protocol: "tcp", port_range_min: 1, port_range_max: 65536 },
    { protocol: "tcp", port_range_min: "x", port_range_max: 7 },
    { port_range_min: 80, port_range_max: 80 },
    { protocol: "icmp", port_range_min: 300 },
    { protocol: "icmp", port_range_min: 8, port_range_max: 300 },
    { protocol: "icmp", port_range_max: 3 },
    { protocol: "esp", port_range_min: 1, port_range_max: 2 },
    { protocol: "any" },
    { protocol: "any", remote_ip_prefix: "10.0.0.7/8" },
    { protocol: "foo" },
    { protocol: 300 },
    { protocol: -1 },
    { protocol: "icmpv6" },
    { protocol: "ipv6-icmp" },
    { ethertype: "IPv6", remote_ip_prefix: "10.0.0.0/8" },
    { remote_ip_prefix: "fd00::/64" },
    { remote_ip_prefix: "nonsense" },
    { remote_ip_prefix: "10.0.0.0/8", remote_group_id: id },
    { remote_group_id: NOBODY },
    { remote_group_id: "x" },
    { remote_address_group_id: NOBODY },
    { security_group_id: NOBODY },
    { security_group_id: "x" },
    { direction: "sideways" },
    { ethertype: "IPv5" },
    { description: "x".repeat(300) },
    { foo: 1 },
    { tags: ["x"] },
    { id: NOBODY },
  ];
  for (const rule of wrong) await c.check(kuryr, "POST", RULES, { security_group_rule: { ...base, ...rule } });
  await c.check(kuryr, "POST", RULES, { security_group_rule: { security_group_id: id } });
  await c.check(kuryr, "POST", RULES, { security_group_rule: { direction: "ingress" } });
  await c.check(kuryr, "POST", RULES, {});
});

contract("a rule that is there is a conflict, which names it", async (c) => {
  const { kuryr } = c.world;
  const id = await c.make(kuryr, GROUPS, "security_group", { name: "g" }, "group");
  const rule = { security_group_id: id, direction: "ingress", protocol: "tcp", port_range_min: 80, port_range_max: 80 };
  const other = { ...rule, port_range_min: 81, port_range_max: 81 };
  await c.check(kuryr, "POST", RULES, { security_group_rule: rule });
  await c.check(kuryr, "POST", RULES, { security_group_rule: rule });
  await c.check(kuryr, "POST", RULES, { security_group_rule: { ...rule, description: "again" } });
  await c.check(kuryr, "POST", RULES, { security_group_rule: { ...rule, protocol: "6" } });
  await c.check(kuryr, "POST", RULES, { security_group_rules: [other, other] });
  await c.check(kuryr, "POST", RULES, { security_group_rules: [other, rule] });
  await c.check(kuryr, "GET", `${RULES}?security_group_id=${id}&direction=ingress&fields=port_range_min`);
  await c.check(kuryr, "POST", RULES, { security_group_rules: [other, { ...other, ethertype: "IPv6" }] });
});

contract("rules in one call belong to one group", async (c) => {
  const { kuryr } = c.world;
  const a = await c.make(kuryr, GROUPS, "security_group", { name: "a" }, "group a");
  const b = await c.make(kuryr, GROUPS, "security_group", { name: "b" }, "group b");
  await c.check(kuryr, "POST", RULES, {
    security_group_rules: [
      { security_group_id: a, direction: "ingress" },
      { security_group_id: b, direction: "ingress" },
    ],
  });
  await c.check(kuryr, "POST", RULES, { security_group_rules: [] });
});

contract("rules are shown, listed and deleted by their owner", async (c) => {
  const { kuryr, reader, other } = c.world;
  const group = await c.make(kuryr, GROUPS, "security_group", { name: "g" }, "group");
  const made = await c.check(kuryr, "POST", RULES, {
    security_group_rule: { security_group_id: group, direction: "ingress" },
  });
  const id = text(made.body, "security_group_rule", "id");
  for (const who of [kuryr, reader, other]) await c.check(who, "GET", `${RULES}/${id}`);
  await c.check(kuryr, "GET", `${RULES}?id=${id}`);
  await c.check(kuryr, "GET", `${RULES}?security_group_id=${group}&direction=egress&ethertype=IPv4`);
  await c.check(kuryr, "GET", `${RULES}?security_group_id=${group}&nosuch=1`);
  await c.check(kuryr, "PUT", `${RULES}/${id}`, { security_group_rule: { description: "x" } });
  await c.check(kuryr, "PUT", `${RULES}/${id}`, { security_group_rule: { direction: "egress" } });
  await c.check(reader, "DELETE", `${RULES}/${id}`);
  await c.check(other, "DELETE", `${RULES}/${id}`);
  await c.check(reader, "POST", RULES, {
    security_group_rule: { security_group_id: group, direction: "egress", protocol: "tcp" },
  });
  await c.check(other, "POST", RULES, {
    security_group_rule: { security_group_id: group, direction: "egress", protocol: "tcp" },
  });
  await c.check(kuryr, "DELETE", `${RULES}/${id}`);
  await c.check(kuryr, "DELETE", `${RULES}/${id}`);
  await c.check(kuryr, "GET", `${RULES}/${NOBODY}`);
});

contract("the rules that name a group go with it, without a word", async (c) => {
  const { kuryr } = c.world;
  const peer = await c.make(kuryr, GROUPS, "security_group", { name: "peer" }, "peer");
  const group = await c.make(kuryr, GROUPS, "security_group", { name: "g" }, "group");
  const rule = { security_group_id: group, direction: "ingress", remote_group_id: peer };
  const id = await c.make(kuryr, RULES, "security_group_rule", rule, "rule");
  await c.check(kuryr, "DELETE", `${GROUPS}/${peer}`);
  await c.check(kuryr, "GET", `${RULES}/${id}`);
});

contract("a quota ends the making of groups and rules", async (c) => {
  const { admin, kuryr } = c.world;
  const path = `/v2.0/quotas/${kuryr.projectId}`;
  const group = await c.make(kuryr, GROUPS, "security_group", { name: "g" }, "group");
  const groups = await c.arrange(kuryr, "GET", `${GROUPS}?project_id=${kuryr.projectId}&fields=id`);
  const rules = await c.arrange(kuryr, "GET", `${RULES}?project_id=${kuryr.projectId}&fields=id`);
  const count = (list: Json | undefined): number => Object.values(list as Body).flat().length;
  await c.arrange(admin, "PUT", path, { quota: { security_group: count(groups), security_group_rule: count(rules) } });
  c.onEnd(async () => void (await c.arrange(admin, "DELETE", path)));
  await c.check(kuryr, "POST", GROUPS, { security_group: { name: "more" } });
  const rule = { security_group_id: group, direction: "ingress" };
  await c.check(kuryr, "POST", RULES, { security_group_rule: rule });
  await c.check(kuryr, "POST", RULES, { security_group_rules: [rule, { ...rule, ethertype: "IPv6" }] });
});

contract("address groups hold prefixes", async (c) => {
  const { kuryr, reader, other } = c.world;
  const made = await c.check(kuryr, "POST", "/v2.0/address-groups", {
    address_group: { name: "ag", addresses: ["10.0.0.1/32", "10.1.0.0/16"] },
  });
  const path = `/v2.0/address-groups/${text(made.body, "address_group", "id")}`;
  for (const who of [kuryr, reader, other]) await c.check(who, "GET", path);
  await c.check(kuryr, "PUT", `${path}/add_addresses`, { addresses: ["10.0.0.2/32"] });
  await c.check(kuryr, "PUT", `${path}/add_addresses`, { addresses: ["10.0.0.2/32"] });
  await c.check(kuryr, "PUT", `${path}/add_addresses`, { addresses: ["nonsense"] });
  await c.check(kuryr, "PUT", `${path}/add_addresses`, {});
  await c.check(kuryr, "PUT", `${path}/remove_addresses`, { addresses: ["10.0.0.2/32"] });
  await c.check(kuryr, "PUT", `${path}/remove_addresses`, { addresses: ["9.9.9.9/32"] });
  await c.check(reader, "PUT", `${path}/add_addresses`, { addresses: ["10.0.0.3/32"] });
  await c.check(kuryr, "PUT", path, { address_group: { addresses: [] } });
  await c.check(kuryr, "PUT", path, { address_group: { name: "new" } });
  const group = await c.make(kuryr, GROUPS, "security_group", { name: "g" }, "group");
  const id = text(made.body, "address_group", "id");
  await c.check(kuryr, "POST", RULES, {
    security_group_rule: { security_group_id: group, direction: "ingress", remote_address_group_id: id },
  });
  await c.check(kuryr, "DELETE", path);
  await c.check(kuryr, "DELETE", `${GROUPS}/${group}`);
  await c.check(kuryr, "DELETE", path);
  await c.check(kuryr, "GET", path);
  await c.check(kuryr, "POST", "/v2.0/address-groups", { address_group: { addresses: ["x"] } });
  await c.check(kuryr, "POST", "/v2.0/address-groups", { address_group: {} });
  await c.check(reader, "POST", "/v2.0/address-groups", { address_group: {} });
});
