import assert from "node:assert/strict";
import { test } from "node:test";
import { provisioningStatuses } from "./load-balancer.ts";
import type { StatusNode } from "./load-balancer-resources.ts";
import { withCloud } from "../testing/setup.ts";

test("a full graph is one request, and its deletion with cascade another", async () => {
  await withCloud({}, async (server, { loadBalancer: { loadBalancers } }) => {
    const made = await loadBalancers.create({
      name: "web",
      provider: "ovn",
      vip_subnet_id: "s",
      tags: ["a"],
      listeners: [
        {
          name: "http",
          protocol: "TCP",
          protocol_port: 80,
          default_pool: {
            name: "web",
            protocol: "TCP",
            lb_algorithm: "SOURCE_IP_PORT",
            members: [{ address: "10.0.0.2", protocol_port: 8080, subnet_id: "s" }],
          },
        },
      ],
    });
    assert.equal(server.calls[0]?.path, "/v2/lbaas/loadbalancers");
    assert.equal(JSON.parse(server.calls[0]?.body ?? "").loadbalancer.listeners[0].default_pool.members.length, 1);
    assert.equal(await loadBalancers.delete(made.id, { cascade: true }), true);
    assert.equal(server.calls[1]?.query.get("cascade"), "true");
    assert.equal(await loadBalancers.delete(made.id), false);
    assert.equal(server.calls[2]?.query.has("cascade"), false);
  });
});

test("members are changed one by one below their pool, or all at once", async () => {
  await withCloud({}, async (server, { loadBalancer }) => {
    const members = loadBalancer.members("p1");
    const { id } = await members.create({ address: "10.0.0.2", protocol_port: 80, subnet_id: "s" });
    assert.equal((await members.list()).length, 1);
    assert.equal(await members.delete(id), true);
    server.fault = ({ method }) => (method === "PUT" ? { status: 202 } : undefined);
    await members.replaceAll([{ address: "10.0.0.3", protocol_port: 80 }]);
    await members.replaceAll([], { additiveOnly: true });
    assert.deepEqual(
      server.calls.slice(-2).map(({ path, query, body }) => [path, query.get("additive_only"), body]),
      [
        ["/v2/lbaas/pools/p1/members", null, '{"members":[{"address":"10.0.0.3","protocol_port":80}]}'],
        ["/v2/lbaas/pools/p1/members", "true", '{"members":[]}'],
      ],
    );
  });
});

test("a status tree is done only when every part of it is", async () => {
  const node = (status: StatusNode["provisioning_status"], below: Partial<StatusNode> = {}): StatusNode => ({
    id: "x",
    provisioning_status: status,
    operating_status: "ONLINE",
    ...below,
  });
  const tree = node("ACTIVE", {
    listeners: [
      node("ACTIVE", {
        pools: [
          node("PENDING_UPDATE", { members: [node("PENDING_CREATE"), node("ERROR")], health_monitor: node("ACTIVE") }),
        ],
        l7policies: [node("ACTIVE", { rules: [node("ACTIVE")] })],
      }),
      node("ACTIVE", { pools: [node("ACTIVE", { health_monitor: {} })] }),
    ],
  });
  await withCloud({}, async (server, { loadBalancer: { loadBalancers } }) => {
    server.fault = ({ path }) =>
      path.endsWith("/status") ? { status: 200, body: { statuses: { loadbalancer: tree } } } : undefined;
    const statuses = provisioningStatuses(await loadBalancers.statusTree("lb1"));
    assert.equal(statuses[0], "ACTIVE");
    assert.equal(statuses.length, 10);
    assert.deepEqual(
      statuses.filter((status) => status !== "ACTIVE"),
      ["PENDING_UPDATE", "PENDING_CREATE", "ERROR"],
    );
  });
});

test("the other resources of Octavia have their paths and keys", async () => {
  await withCloud({}, async (server, { loadBalancer }) => {
    const replies: Readonly<Record<string, unknown>> = {
      "/v2/lbaas/healthmonitors": { healthmonitors: [] },
      "/v2/lbaas/l7policies": { l7policies: [] },
      "/v2/lbaas/l7policies/l1/rules": { rules: [] },
      "/v2/lbaas/flavors": { flavors: [] },
      "/v2/lbaas/providers": { providers: [{ name: "ovn", description: "" }] },
      "/v2/lbaas/loadbalancers/lb1/stats": { stats: { bytes_in: 7 } },
      "/v2/lbaas/loadbalancers/lb1/failover": undefined,
    };
    server.fault = ({ path }) => (path in replies ? { status: 200, body: replies[path] } : undefined);
    assert.deepEqual(await loadBalancer.healthMonitors.list(), []);
    assert.deepEqual(await loadBalancer.l7Policies.list(), []);
    assert.deepEqual(await loadBalancer.l7Rules("l1").list(), []);
    assert.deepEqual(await loadBalancer.flavors.list(), []);
    assert.deepEqual(await loadBalancer.listeners.list(), []);
    assert.deepEqual(await loadBalancer.pools.list(), []);
    assert.equal((await loadBalancer.providers())[0]?.name, "ovn");
    assert.equal((await loadBalancer.loadBalancers.statistics("lb1")).bytes_in, 7);
    await loadBalancer.loadBalancers.failover("lb1");
  });
});
