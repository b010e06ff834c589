import assert from "node:assert/strict";
import { test } from "node:test";

import type { TestCloud } from "../testing/rig.ts";
import { conf, gone, portsOf, remove, served, start, until } from "./testing/pools.ts";

/** No port is made in advance, and what waits is deleted after a second. */
const sizes = { ports_pool_min: 0, ports_pool_quarantine: 0, ports_pool_ttl: 1 };

/** What a proxy says that gave up waiting for Neutron, which is still at it. */
const gaveUp = { kind: "answer", response: { status: 504, body: "Gateway Time-out" } } as const;
const deletions = { methods: ["DELETE"], matching: /\/ports\// };
/** The client sends what may be repeated so often. */
const tries = 5;

/** Counts requests to Neutron from now on. */
function count(on: TestCloud) {
  const seen = { deletions: 0, looks: 0 };
  on.fake.onRequest = ({ service, method, target }) => {
    if (service !== "network" || !target.startsWith("/v2.0/ports")) return;
    if (method === "DELETE") seen.deletions += 1;
    if (method === "GET" && target.includes("device_owner=")) seen.looks += 1;
  };
  return seen;
}

test("a port whose deletion is under way is no pod's, though it is listed meanwhile", async (t) => {
  const { on, it } = await start(t, { config: conf(sizes), podTimes: { resyncMs: 50 } });
  await it.pod("a", "node1");
  const portId = await served(it, "a");
  const seen = count(on);
  on.fake.faults.network.add({ fault: { kind: "hang" }, ...deletions });
  await remove(it, "a");
  await until("the deletion", () => seen.deletions > 0);
  // One begins when the pools have looked at what the one before has brought.
  const { looks } = seen;
  await until("two looks at all ports", () => seen.looks >= looks + 2);
  await it.pod("b", "node1");
  assert.notEqual(await served(it, "b"), portId);
  assert.ok(on.fake.network.ports.has(portId));
});

test("a port whose deletion was not answered is no pod's, since it may have its effect yet, and is deleted again", async (t) => {
  const { on, it } = await start(t, { config: conf(sizes), podTimes: { resyncMs: 50, orphanGraceMs: 200 } });
  await it.pod("a", "node1");
  const portId = await served(it, "a");
  const seen = count(on);
  const end = on.fake.faults.network.add({ fault: gaveUp, ...deletions });
  await remove(it, "a");
  await until("all tries of the deletion", () => seen.deletions >= tries);
  await it.pod("b", "node1");
  assert.notEqual(await served(it, "b"), portId);
  assert.ok(on.fake.network.ports.has(portId));
  end();
  await until("it to go", () => !on.fake.network.ports.has(portId));
});

test("a port that was not taken back is not taken back later either, when its deletion was not answered", async (t) => {
  const { on, it } = await start(t, { config: conf({ ...sizes, ports_pool_max: 1, ports_pool_ttl: 0 }) });
  for (const name of ["a", "b"]) await it.pod(name, "node1");
  const [kept, refused] = [await served(it, "a"), await served(it, "b")];
  await remove(it, "a");
  await until("the KuryrPort to go", () => gone(it, "a"));
  const seen = count(on);
  on.fake.faults.network.add({ fault: gaveUp, ...deletions, times: tries });
  await remove(it, "b");
  await until("the deletion", () => seen.deletions > 0);
  // There is room for it now.
  await it.pod("c", "node1");
  assert.equal(await served(it, "c"), kept);
  await until("the KuryrPort to go", () => gone(it, "b"));
  assert.equal(on.fake.network.ports.has(refused), false);
  assert.equal(portsOf(on).length, 1);
});
