import { text, type Json } from "./harness/http.ts";
import { suite } from "./harness/suite.ts";

const NOBODY = "00000000-0000-0000-0000-000000000000";
const POLICIES = "/v2.0/qos/policies";
type Body = { readonly [key: string]: Json };

const { contract } = suite(import.meta.filename, async (c) => {
  const network = await c.make(c.world.kuryr, "/v2.0/networks", "network", { name: "net" }, "network");
  return { network };
});

contract("a QoS policy is made, shown, changed and deleted", async (c) => {
  const { kuryr, admin, reader, member, other } = c.world;
  const made = await c.check(kuryr, "POST", POLICIES, { policy: { name: "p", description: "kuryr" } });
  const path = `${POLICIES}/${text(made.body, "policy", "id")}`;
  for (const who of [kuryr, admin, reader, member, other]) await c.check(who, "GET", path);
  await c.check(kuryr, "PUT", path, { policy: { name: "q", description: "d" } });
  await c.check(kuryr, "PUT", `${path}/tags`, { tags: ["a"] });
  await c.check(kuryr, "GET", `${POLICIES}?tags=a&fields=name`);
  await c.check(kuryr, "GET", `${POLICIES}?name=q&fields=id`);
  await c.check(kuryr, "GET", `${POLICIES}?nosuch=1`);
  await c.check(member, "POST", POLICIES, { policy: { name: "p" } });
  await c.check(member, "PUT", path, { policy: { name: "x" } });
  await c.check(member, "DELETE", path);
  await c.check(other, "DELETE", path);
  await c.check(kuryr, "DELETE", path);
  await c.check(kuryr, "GET", path);
  await c.check(kuryr, "DELETE", `${POLICIES}/${NOBODY}`);
});

contract("a QoS policy's attributes are checked", async (c) => {
  const { kuryr } = c.world;
  const wrong: readonly Body[] = [
    { foo: 1 },
    { name: "n".repeat(256) },
    { shared: true },
    { is_default: true },
    { is_default: "x" },
    { rules: [] },
    { tags: ["x"] },
  ];
  for (const one of wrong) await c.check(kuryr, "POST", POLICIES, { policy: { name: "p", ...one } });
  await c.check(kuryr, "POST", POLICIES, { policy: {} });
  await c.check(kuryr, "POST", POLICIES, {});
});

contract("a bandwidth limit is made, shown, changed and deleted", async (c) => {
  const { kuryr, member, other } = c.world;
  const policy = await c.make(kuryr, POLICIES, "policy", { name: "p" }, "policy");
  const rules = `${POLICIES}/${policy}/bandwidth_limit_rules`;
  const rule = { max_kbps: 1000, max_burst_kbps: 100, direction: "egress" };
  const made = await c.check(kuryr, "POST", rules, { bandwidth_limit_rule: rule });
  // Zed cannot judge the rights of anybody but an administrator.
  if (made.status !== 201) return;
  const path = `${rules}/${text(made.body, "bandwidth_limit_rule", "id")}`;
  await c.check(kuryr, "GET", path);
  await c.check(other, "GET", path);
  await c.check(kuryr, "GET", rules);
  await c.check(kuryr, "GET", `${POLICIES}/${policy}`);
  await c.check(kuryr, "POST", rules, { bandwidth_limit_rule: rule });
  await c.check(kuryr, "POST", rules, { bandwidth_limit_rule: { max_kbps: 500, direction: "ingress" } });
  const wrong: readonly Body[] = [
    {},
    { max_kbps: -1 },
    { max_kbps: "x" },
    { max_kbps: 10, direction: "x" },
    { max_kbps: 10, foo: 1 },
    { max_kbps: 10, max_burst_kbps: -1 },
  ];
  for (const one of wrong) await c.check(kuryr, "POST", rules, { bandwidth_limit_rule: one });
  await c.check(kuryr, "PUT", path, { bandwidth_limit_rule: { max_kbps: 2000 } });
  await c.check(kuryr, "PUT", path, { bandwidth_limit_rule: { max_kbps: -1 } });
  await c.check(member, "POST", rules, { bandwidth_limit_rule: { max_kbps: 7, direction: "ingress" } });
  for (const who of [undefined, member, other]) {
    await c.check(who, "POST", rules, { bandwidth_limit_rule: rule });
    await c.check(who, "PUT", path, { bandwidth_limit_rule: { max_kbps: 3000 } });
    await c.check(who, "DELETE", path);
  }
  await c.check(kuryr, "PUT", path, { bandwidth_limit_rule: { direction: "ingress" } });
  await c.check(kuryr, "PUT", `${rules}/${NOBODY}`, { bandwidth_limit_rule: { max_kbps: 3000 } });
  await c.check(member, "DELETE", path);
  await c.check(kuryr, "DELETE", path);
  await c.check(kuryr, "GET", path);
  await c.check(kuryr, "DELETE", path);
  await c.check(kuryr, "POST", `${POLICIES}/${NOBODY}/bandwidth_limit_rules`, { bandwidth_limit_rule: rule });
  await c.check(kuryr, "GET", `${POLICIES}/${NOBODY}/bandwidth_limit_rules`);
});

contract("a policy on a port or network is in use", async (c, { network }) => {
  const { kuryr } = c.world;
  const policy = await c.make(kuryr, POLICIES, "policy", { name: "p" }, "policy");
  const made = await c.check(kuryr, "POST", "/v2.0/ports", { port: { network_id: network, qos_policy_id: policy } });
  const port = `/v2.0/ports/${text(made.body, "port", "id")}`;
  await c.check(kuryr, "DELETE", `${POLICIES}/${policy}`);
  await c.check(kuryr, "PUT", port, { port: { qos_policy_id: null } });
  await c.check(kuryr, "PUT", port, { port: { qos_policy_id: policy } });
  await c.check(kuryr, "PUT", port, { port: { qos_policy_id: NOBODY } });
  await c.check(kuryr, "POST", "/v2.0/ports", { port: { network_id: network, qos_policy_id: NOBODY } });
  await c.check(kuryr, "PUT", port, { port: { qos_policy_id: null } });
  await c.check(kuryr, "PUT", `/v2.0/networks/${network}`, { network: { qos_policy_id: policy } });
  await c.check(kuryr, "GET", `${port}?fields=qos_policy_id&fields=qos_network_policy_id`);
  await c.check(kuryr, "DELETE", `${POLICIES}/${policy}`);
  await c.check(kuryr, "PUT", `/v2.0/networks/${network}`, { network: { qos_policy_id: null } });
  await c.check(kuryr, "DELETE", `${POLICIES}/${policy}`);
});

/** As of a bandwidth limit, which has more of the checks. */
const otherRules: readonly (readonly [singular: string, given: Body, wrong: readonly Body[], change: Body])[] = [
  [
    "dscp_marking_rule",
    { dscp_mark: 26 },
    [{}, { dscp_mark: 1 }, { dscp_mark: 64 }, { dscp_mark: "x" }, { dscp_mark: 26, foo: 1 }],
    { dscp_mark: 10 },
  ],
  [
    "minimum_bandwidth_rule",
    { min_kbps: 100, direction: "egress" },
    [{}, { min_kbps: -1 }, { min_kbps: "x" }, { min_kbps: 1, direction: "x" }, { min_kbps: 1, foo: 1 }],
    { min_kbps: 200 },
  ],
];

for (const [singular, given, wrong, change] of otherRules) {
  contract(`a ${singular.replaceAll("_", " ")} is made, shown, changed and deleted`, async (c) => {
    const { admin, kuryr, member, other } = c.world;
    const policy = await c.make(kuryr, POLICIES, "policy", { name: "p" }, "policy");
    const rules = `${POLICIES}/${policy}/${singular}s`;
    const made = await c.check(admin, "POST", rules, { [singular]: given });
    const path = `${rules}/${text(made.body, singular, "id")}`;
    await c.check(kuryr, "GET", path);
    await c.check(other, "GET", path);
    await c.check(kuryr, "GET", rules);
    await c.check(kuryr, "GET", `${POLICIES}/${policy}`);
    await c.check(admin, "POST", rules, { [singular]: given });
    for (const one of wrong) await c.check(admin, "POST", rules, { [singular]: one });
    await c.check(admin, "PUT", path, { [singular]: change });
    await c.check(admin, "PUT", path, { [singular]: wrong[1] ?? {} });
    for (const who of [undefined, member, other]) {
      await c.check(who, "POST", rules, { [singular]: given });
      await c.check(who, "PUT", path, { [singular]: change });
      await c.check(who, "DELETE", path);
    }
    await c.check(admin, "DELETE", path);
    await c.check(admin, "GET", path);
    await c.check(admin, "DELETE", path);
    await c.check(admin, "PUT", path, { [singular]: change });
    await c.check(admin, "POST", `${POLICIES}/${NOBODY}/${singular}s`, { [singular]: given });
    await c.check(kuryr, "GET", `${POLICIES}/${NOBODY}/${singular}s`);
  });
}

contract("rules of several kinds are in one policy", async (c) => {
  const { admin, kuryr } = c.world;
  const policy = await c.make(kuryr, POLICIES, "policy", { name: "p" }, "policy");
  const path = `${POLICIES}/${policy}`;
  await c.check(admin, "POST", `${path}/bandwidth_limit_rules`, { bandwidth_limit_rule: { max_kbps: 50 } });
  await c.check(admin, "POST", `${path}/minimum_bandwidth_rules`, { minimum_bandwidth_rule: { min_kbps: 100 } });
  await c.check(admin, "POST", `${path}/minimum_bandwidth_rules`, { minimum_bandwidth_rule: { min_kbps: 10 } });
  await c.check(admin, "POST", `${path}/dscp_marking_rules`, { dscp_marking_rule: { dscp_mark: 0 } });
  await c.check(kuryr, "GET", path);
  await c.check(kuryr, "DELETE", path);
});
