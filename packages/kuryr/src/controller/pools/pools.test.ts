import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import type { KubernetesFault } from "@kuryr/fakes";

import { startCloud, startCluster } from "../testing/rig.ts";
import {
  cluster,
  conf,
  gone,
  ofPods,
  portsOf,
  remove,
  served,
  start,
  until,
  waiting,
  writes,
} from "./testing/pools.ts";

test("every node has its minimum of ports before any pod comes, bound to it", async (t) => {
  const { on } = await start(t);
  await until("two ports a node", () => waiting(on).length === 4);
  const hosts = waiting(on).map((port) => port["binding:host_id"]);
  assert.deepEqual(hosts.sort(), ["node1", "node1", "node2", "node2"]);
  for (const port of waiting(on)) assert.deepEqual([port.device_id, port.device_owner], ["", "compute:kuryr"]);
});

test("a pod gets a port that waits without a request to Neutron, which learns of it by one PUT", async (t) => {
  const { on, it } = await start(t, { config: conf({ ports_pool_min: 1, ports_pool_batch: 1 }) });
  await until("the pools", () => waiting(on).length === 2);
  const seen = writes(on);
  const made = await it.pod("a", "node1");
  const portId = await served(it, "a");
  assert.deepEqual(seen, []);
  await until("Neutron to know", () => on.fake.network.ports.get(portId)?.device_id === made.metadata.uid);
  assert.equal(on.fake.network.ports.get(portId)?.description, "kuryr:c:pod/default/a");
  await until("the pool to be filled", () => waiting(on).length === 2);
  assert.deepEqual([seen.length, new Set(seen)], [2, new Set(["POST", "PUT"])]);
  assert.match(it.metrics.text(), /kuryr_vif_pool_requests_total\{result="hit"\} 1\n/);
});

test("a pod that finds no port gets one of its own, and its kind is given a batch", async (t) => {
  const { on, it } = await start(t, { config: conf({ ports_pool_min: 1, ports_pool_batch: 4 }) });
  await until("the pools", () => waiting(on).length === 2);
  await Promise.all(["a", "b", "c"].map((name) => it.pod(name, "node1")));
  for (const name of ["a", "b", "c"]) await served(it, name);
  await until("a batch", () => waiting(on).length === 5 && ofPods(on).length === 3);
  assert.match(it.metrics.text(), /kuryr_vif_pool_requests_total\{result="miss"\} 2\n/);
});

test("[row 46] a port that its node released waits again after one PUT, and its address rests meanwhile", async (t) => {
  const { on, it } = await start(t, { config: conf({ ports_pool_min: 0, ports_pool_quarantine: 2 }) });
  await it.pod("a", "node1");
  const portId = await served(it, "a");
  const seen = writes(on);
  await remove(it, "a");
  await until("the KuryrPort to go", () => gone(it, "a"));
  assert.deepEqual(seen, ["PUT"]);
  assert.match(on.fake.network.ports.get(portId)?.description ?? "", /^kuryr:c:pool\/[0-9a-f]+\.\d+\/node1$/);
  await it.pod("b", "node1");
  assert.notEqual(await served(it, "b"), portId);
  await pause(2500);
  await it.pod("c", "node1");
  assert.equal(await served(it, "c"), portId);
});

test("a port without its node's acknowledgement is deleted", async (t) => {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  const config = conf({ ports_pool_min: 0 });
  const it = await startCluster(on, { cluster, config, podTimes: { releaseTimeoutMs: 200 } });
  t.after(() => it.stop());
  await it.pod("a", "node1");
  const portId = await served(it, "a");
  await remove(it, "a");
  await until("the port to go", () => on.fake.network.ports.get(portId) === undefined);
});

test("a port that would be one too many, or that somebody has changed, is deleted instead", async (t) => {
  const { on, it } = await start(t, { config: conf({ ports_pool_min: 0, ports_pool_max: 1 }) });
  for (const name of ["a", "b", "c"]) await it.pod(name, "node1");
  const ids = [await served(it, "a"), await served(it, "b"), await served(it, "c")];
  const changed = on.fake.network.ports.get(ids[0] ?? "");
  await it.cloud.network.ports.update(ids[0] ?? "", { port_security_enabled: false, security_groups: [] });
  assert.notEqual(changed, undefined);
  for (const name of ["a", "b", "c"]) {
    await remove(it, name);
    await until("the KuryrPort to go", () => gone(it, name));
  }
  assert.deepEqual(
    portsOf(on).map((port) => port.id),
    [ids[1]],
  );
});

test("[row 46] what no pod has asked for goes after its time, down to the minimum", async (t) => {
  const { on, it } = await start(t, {
    config: conf({ ports_pool_min: 1, ports_pool_batch: 6, ports_pool_ttl: 3, ports_pool_quarantine: 0 }),
  });
  await until("the pools", () => waiting(on).length === 2);
  await it.pod("a", "node1");
  await served(it, "a");
  await until("a batch", () => waiting(on).length === 7);
  await until("the rest to go", () => waiting(on).length === 2);
});

test("[row 41] a controller that starts anew takes over what its predecessor left, and makes nothing", async (t) => {
  const { on, it } = await start(t);
  await until("the pools", () => waiting(on).length === 4);
  await it.pod("a", "node1");
  const portId = await served(it, "a");
  // Dies before Neutron has been told whose the port is.
  await it.crash();
  assert.equal(on.fake.network.ports.get(portId)?.device_id, "");
  const before = portsOf(on).map((port) => port.id);
  const seen = writes(on);
  await it.begin();
  await until("Neutron to know", () => on.fake.network.ports.get(portId)?.device_id !== "");
  await it.pod("b", "node2");
  assert.ok(before.includes(await served(it, "b")), "a port of the predecessor's");
  assert.ok(!seen.includes("DELETE"));
});

test("a port whose address rests does so under the next controller too", async (t) => {
  const { it } = await start(t, { config: conf({ ports_pool_min: 0, ports_pool_quarantine: 600 }) });
  await it.pod("a", "node1");
  const portId = await served(it, "a");
  await remove(it, "a");
  await until("the KuryrPort to go", () => gone(it, "a"));
  await it.crash();
  await it.begin();
  await it.pod("b", "node1");
  assert.notEqual(await served(it, "b"), portId);
});

test("[row 46] the address of a pod rests though the pod was gone before Neutron knew that the port had been reused", async (t) => {
  const config = conf({ ports_pool_min: 0, ports_pool_quarantine: 600 });
  const { on, it } = await start(t, { config, podTimes: { poolQuietMs: 60_000 } });
  await it.pod("a", "node1");
  const portId = await served(it, "a");
  await remove(it, "a");
  await until("the KuryrPort to go", () => gone(it, "a"));
  // That was long ago, for the next controller.
  await it.crash();
  const markOf = (): string => on.fake.network.ports.get(portId)?.description ?? "";
  const old = markOf().replace(/\.\d+\//, ".1700000000/");
  const cloud = on.connect();
  t.after(() => cloud.close());
  await cloud.network.ports.update(portId, { description: old });
  await it.begin();
  await it.pod("b", "node1");
  assert.equal(await served(it, "b"), portId);
  await remove(it, "b");
  await until("the KuryrPort to go", () => gone(it, "b"));
  assert.match(markOf(), /^kuryr:c:pool\//);
  assert.notEqual(markOf(), old);
  await it.pod("c", "node1");
  assert.notEqual(await served(it, "c"), portId);
});

test("a port that the controller before had taken back already is not written again", async (t) => {
  const { on, it } = await start(t, { config: conf({ ports_pool_min: 0 }) });
  await it.pod("a", "node1");
  const portId = await served(it, "a");
  const seen = writes(on);
  // It dies between the two requests that end a KuryrPort.
  let death: Promise<void> | undefined;
  it.server.controls.setFaults(({ verb, plural, path }): KubernetesFault | undefined => {
    if (verb !== "patch" || plural !== "kuryrports" || path.endsWith("/status")) return undefined;
    death ??= it.crash();
    return { kind: "hang" };
  });
  await remove(it, "a");
  await until("its death", () => death !== undefined);
  await death;
  it.server.controls.setFaults(undefined);
  const mark = on.fake.network.ports.get(portId)?.description;
  assert.match(mark ?? "", /^kuryr:c:pool\//);
  await it.begin();
  await until("the KuryrPort to go", () => gone(it, "a"));
  assert.deepEqual(seen, ["PUT"]);
  assert.equal(on.fake.network.ports.get(portId)?.description, mark);
});

test("[row 44] ports for a node that is gone, or that somebody has changed, go; a port without our mark stays", async (t) => {
  const { on, it } = await start(t, { podTimes: { resyncMs: 100, orphanGraceMs: 200 } });
  await until("the pools", () => waiting(on).length === 4);
  const [changed] = waiting(on).filter((port) => port["binding:host_id"] === "node1");
  await it.cloud.network.ports.update(changed?.id ?? "", { security_groups: [] });
  const foreign = await it.cloud.network.ports.create({
    network_id: changed?.network_id ?? "",
    device_owner: "compute:kuryr",
    "binding:host_id": "node2",
  });
  const { url, token } = it.server;
  const headers = { authorization: `Bearer ${token}` };
  await fetch(`${url}/api/v1/nodes/node2`, { method: "DELETE", headers });
  await until("the ports of node2 to go", () => waiting(on).every((port) => port["binding:host_id"] === "node1"));
  await until("the changed one to go", () => on.fake.network.ports.get(changed?.id ?? "") === undefined);
  await until("another in its place", () => waiting(on).length === 2);
  assert.equal(on.fake.network.ports.get(foreign.id)?.id, foreign.id);
});

test("[row 40] with other security groups a pod gets a port that was made with them", async (t) => {
  const { on, it } = await start(t);
  await until("the pools", () => waiting(on).length === 4);
  const before = waiting(on).map((port) => port.id);
  const group = await it.cloud.network.securityGroups.create({ name: "other" });
  await it.crash();
  await it.begin(conf({ ports_pool_ttl: 2 }, `[neutron_defaults]\npod_security_groups = ${group.id}\n`));
  await it.pod("a", "node1");
  const portId = await served(it, "a");
  assert.ok(!before.includes(portId));
  assert.deepEqual(on.fake.network.ports.get(portId)?.security_groups, [group.id]);
  await until("those with the old ones to go", () => before.every((id) => on.fake.network.ports.get(id) === undefined));
});

test("where the subnet is full a pod gets the address of a port that waits elsewhere", async (t) => {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  const cloud = on.connect();
  t.after(() => cloud.close());
  await cloud.network.subnets.update(on.subnet, { allocation_pools: [{ start: "10.10.0.10", end: "10.10.0.15" }] });
  const { it } = await start(t, { on, config: conf({ ports_pool_min: 3 }) });
  await until("the pools to have it all", () => waiting(on).length === 6);
  for (const name of ["a", "b", "c", "d", "e", "f"]) {
    await it.pod(name, "node1");
    await served(it, name);
  }
  await until("all ports to be with pods", () => ofPods(on).length === 6);
  assert.equal(waiting(on).length, 0);
});

test("while the subnet of pods cannot be read, releases go on and it is said once; later the pools are filled", async (t) => {
  const { on, it } = await start(t, { config: conf({ ports_pool_min: 1, ports_pool_batch: 1 }) });
  await until("the pools", () => waiting(on).length === 2);
  await it.pod("a", "node1");
  await it.pod("b", "node1");
  const ports = [await served(it, "a"), await served(it, "b")];
  await it.crash();
  const refusal = { status: 404, body: { NeutronError: { type: "SubnetNotFound", message: "no subnet", detail: "" } } };
  const end = on.fake.faults.network.add({ fault: { kind: "answer", response: refusal }, matching: /\/subnets\// });
  let asked = 0;
  on.fake.onRequest = ({ target }) => {
    if (target.includes("/subnets/")) asked += 1;
  };
  await it.begin();
  await remove(it, "a");
  await until("the KuryrPort to go", () => gone(it, "a"));
  await until("Neutron to know of the other", () => on.fake.network.ports.get(ports[1] ?? "")?.device_id !== "");
  const before = asked;
  await until("it to be asked for again and again", () => asked >= before + 3);
  const said = it.log.filter((line) => line.includes("what ports pods will need cannot be found out"));
  assert.equal(said.length, 1);
  assert.match(said.join(), /SubnetNotFound|no subnet/);
  end();
  await until("a port on each node", () =>
    ["node1", "node2"].every((node) => waiting(on).some((port) => port["binding:host_id"] === node)),
  );
});
