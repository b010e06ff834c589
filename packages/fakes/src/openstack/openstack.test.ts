import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import { connect, isKind, type Cloud } from "@kuryr/openstack";

import { manualClock } from "../http/clock.ts";
import { startOpenStack, type FakeOpenStack, type OpenStackOptions } from "./index.ts";

async function started(t: TestContext, options: OpenStackOptions = {}): Promise<{ fake: FakeOpenStack; cloud: Cloud }> {
  const fake = await startOpenStack(options);
  const { username, password, projectName } = fake.kuryr;
  const cloud = connect({
    auth: {
      type: "password",
      authUrl: fake.authUrl,
      username,
      password,
      userDomainName: "Default",
      projectName,
      projectDomainName: "Default",
    },
    region: fake.region,
    retry: { baseMs: 1 },
  });
  t.after(async () => {
    cloud.close();
    await fake.stop();
  });
  return { fake, cloud };
}

async function withSubnet(cloud: Cloud, cidr = "10.1.0.0/24") {
  const network = await cloud.network.networks.create({ name: "net" });
  const subnet = await cloud.network.subnets.create({ network_id: network.id, ip_version: 4, cidr });
  return { network, subnet };
}

test("the client makes, finds and deletes a pod's port as Kuryr's user", async (t) => {
  const { cloud } = await started(t);
  const { network } = await withSubnet(cloud);
  const port = await cloud.network.ports.create({
    network_id: network.id,
    "binding:host_id": "node1",
    device_owner: "compute:kuryr",
    tags: ["kuryr"],
  });
  assert.equal(port["binding:vif_type"], "ovs");
  const found = await cloud.network.ports.list({ tags: ["kuryr"], device_owner: "compute:kuryr" });
  assert.deepEqual(
    found.map(({ id }) => id),
    [port.id],
  );
  assert.equal(await cloud.network.ports.delete(port.id), true);
  assert.equal(await cloud.network.ports.delete(port.id), false);
});

test("a create whose answer was lost has taken effect once", async (t) => {
  const { fake, cloud } = await started(t);
  const { network } = await withSubnet(cloud);
  fake.faults.network.add({ fault: { kind: "lost-answer" }, methods: ["POST"], matching: /\/ports$/, times: 1 });
  const port = await cloud.network.ports.createMarked({ network_id: network.id, tags: ["mark"] }, { tags: ["mark"] });
  const all = await cloud.network.ports.list({ tags: ["mark"] });
  assert.deepEqual(
    all.map(({ id }) => id),
    [port.id],
  );
});

test("a duplicated create has taken effect twice", async (t) => {
  const { fake, cloud } = await started(t);
  const { network } = await withSubnet(cloud);
  fake.faults.network.add({ fault: { kind: "duplicate" }, methods: ["POST"], matching: /\/ports$/, times: 1 });
  await cloud.network.ports.create({ network_id: network.id, tags: ["mark"] });
  assert.equal((await cloud.network.ports.list({ tags: ["mark"] })).length, 2);
});

test("the same seed gives the same ids, addresses and MACs", async (t) => {
  const run = async (seed: number): Promise<string> => {
    const { cloud } = await started(t, { seed });
    const { network } = await withSubnet(cloud);
    const port = await cloud.network.ports.create({ network_id: network.id });
    return JSON.stringify([port.id, port.mac_address, port.fixed_ips]);
  };
  assert.equal(await run(5), await run(5));
  assert.notEqual(await run(5), await run(6));
});

test("a token ends when its time has come, and the client gets another", async (t) => {
  const clock = manualClock();
  const { fake, cloud } = await started(t, { clock });
  await cloud.network.networks.list();
  clock.advance(3_700_000);
  await cloud.network.networks.list();
  assert.equal(fake.counts.get("identity POST /v3/auth/tokens"), 2);
});

test("a port is ACTIVE while a chassis that it is bound to has it plugged", async (t) => {
  const { fake, cloud } = await started(t);
  const { network } = await withSubnet(cloud);
  const bound = await cloud.network.ports.create({ network_id: network.id, "binding:host_id": "node1" });
  const unbound = await cloud.network.ports.create({ network_id: network.id });
  for (const { id } of [bound, unbound]) fake.setPlugged(id, true);
  assert.equal((await cloud.network.ports.get(bound.id)).status, "ACTIVE");
  assert.equal((await cloud.network.ports.get(unbound.id)).status, "DOWN");
  fake.setPlugged(bound.id, false);
  assert.equal((await cloud.network.ports.get(bound.id)).status, "DOWN");
});

const graph = (subnet: string) => ({
  name: "svc",
  vip_subnet_id: subnet,
  listeners: [
    {
      name: "l",
      protocol: "TCP",
      protocol_port: 80,
      default_pool: {
        name: "p",
        protocol: "TCP",
        lb_algorithm: "SOURCE_IP_PORT",
        members: [{ address: "10.1.0.9", protocol_port: 80 }],
      },
    },
  ],
});

test("on 2026.2 a load balancer is ACTIVE before all in it is", async (t) => {
  const clock = manualClock();
  const { fake, cloud } = await started(t, { clock, providerPaceMs: 100 });
  const { subnet } = await withSubnet(cloud);
  const made = await cloud.request("load-balancer", "POST", "/v2/lbaas/loadbalancers", {
    body: { loadbalancer: graph(subnet.id) },
  });
  const { id } = (made.body as { loadbalancer: { id: string } }).loadbalancer;
  const status = () => ({
    lb: fake.balancer.loadBalancers.get(id)?.provisioning_status,
    member: [...fake.balancer.members.values()][0]?.provisioning_status,
  });
  assert.deepEqual(status(), { lb: "PENDING_CREATE", member: "PENDING_CREATE" });
  clock.advance(100);
  assert.deepEqual(status(), { lb: "ACTIVE", member: "PENDING_CREATE" });
  clock.advance(300);
  assert.deepEqual(status(), { lb: "ACTIVE", member: "ACTIVE" });
});

test("on Zed all that is in a load balancer is done at once", async (t) => {
  const clock = manualClock();
  const { fake, cloud } = await started(t, { clock, providerPaceMs: 100, release: "zed" });
  const { subnet } = await withSubnet(cloud);
  const body = { loadbalancer: graph(subnet.id) };
  await cloud.request("load-balancer", "POST", "/v2/lbaas/loadbalancers", { body });
  const all = () => {
    const { loadBalancers, listeners, pools, members } = fake.balancer;
    const every = [loadBalancers, listeners, pools, members].flatMap((table) => [...table.values()]);
    return new Set(every.map((one) => one.provisioning_status));
  };
  assert.deepEqual(all(), new Set(["PENDING_CREATE"]));
  clock.advance(100);
  assert.deepEqual(all(), new Set(["ACTIVE"]));
});

test("a load balancer in ERROR takes its deletion only, one that is stalled nothing at all", async (t) => {
  // Slow enough to be at work still when it is stalled.
  const { fake, cloud } = await started(t, { providerPaceMs: 60_000 });
  const { subnet } = await withSubnet(cloud);
  const make = async () => {
    const body = { loadbalancer: { vip_subnet_id: subnet.id } };
    const made = await cloud.request("load-balancer", "POST", "/v2/lbaas/loadbalancers", { body });
    return (made.body as { loadbalancer: { id: string } }).loadbalancer.id;
  };
  const call = (method: "PUT" | "DELETE", id: string, query?: Record<string, string>) =>
    cloud.request("load-balancer", method, `/v2/lbaas/loadbalancers/${id}`, {
      ...(method === "PUT" ? { body: { loadbalancer: { name: "x" } } } : {}),
      ...(query === undefined ? {} : { query }),
      timeoutMs: 200,
      repeatable: "if-not-done",
    });
  const failed = await make();
  fake.failLoadBalancer(failed);
  await assert.rejects(call("PUT", failed), (error) => isKind(error, "immutable"));
  await call("DELETE", failed, { cascade: "true" });

  const stalled = await make();
  fake.stallLoadBalancer(stalled);
  await assert.rejects(call("PUT", stalled), (error) => isKind(error, "immutable"));
  await assert.rejects(call("DELETE", stalled, { cascade: "true" }), (error) => isKind(error, "immutable"));
});

test("4,000 ports of one subnet have addresses of their own", async (t) => {
  const { fake, cloud } = await started(t);
  const { network } = await withSubnet(cloud, "10.0.0.0/16");
  const body = {
    ports: Array.from({ length: 1000 }, () => ({ network_id: network.id, device_owner: "compute:kuryr" })),
  };
  for (let at = 0; at < 4; at++) await cloud.request("network", "POST", "/v2.0/ports", { body });
  const addresses = [...fake.network.ports.values()].map((port) => port.fixed_ips[0]?.ip_address);
  assert.equal(new Set(addresses).size, 4000);
});
