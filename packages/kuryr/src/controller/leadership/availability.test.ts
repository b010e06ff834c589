import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

import { isMarkOf } from "../../api/ownership.ts";
import { controllerLease, podOfHolder } from "../../api/lease.ts";
import { startCloud, startCluster, type ClusterOptions, type TestCloud, type TestCluster } from "../testing/rig.ts";

/** Short, for the Lease itself counts in whole seconds. */
const leaseTimes = { leaseDurationMs: 1000, renewDeadlineMs: 600, retryPeriodMs: 100, lookPeriodMs: 50 };
const podTimes = { resyncMs: 200, orphanGraceMs: 400, releaseTimeoutMs: 300 };

async function clusters(
  t: TestContext,
  options: Partial<ClusterOptions> = {},
): Promise<{ readonly cloud: TestCloud; readonly cluster: TestCluster }> {
  const cloud = await startCloud({ latency: (service) => (service === "network" ? { min: 2, max: 20 } : undefined) });
  t.after(() => cloud.fake.stop());
  const cluster = await startCluster(cloud, { cluster: "one", leaseTimes, podTimes, ...options });
  t.after(() => cluster.stop());
  return { cloud, cluster };
}

async function until(what: string, probe: () => boolean | Promise<boolean>, limitMs = 20_000): Promise<number> {
  const started = performance.now();
  const limit = AbortSignal.timeout(limitMs);
  while (!(await probe())) {
    if (limit.aborted) assert.fail(`not within ${limitMs / 1000} s: ${what}`);
    await pause(10);
  }
  return performance.now() - started;
}

const portsOf = (on: TestCloud): string[] =>
  [...on.fake.network.ports.values()].filter((port) => isMarkOf("one", port.description)).map((port) => port.device_id);

const makePods = (cluster: TestCluster, from: number, count: number) =>
  Promise.all(Array.from({ length: count }, (_, i) => cluster.pod(`p${from + i}`, `node${(i % 2) + 1}`)));

/** Waits until every pod has one KuryrPort and one port, and nothing else is there. */
async function allServed({ cloud, cluster }: { cloud: TestCloud; cluster: TestCluster }, count: number): Promise<void> {
  const uids = (await cluster.pods.list()).items.map((pod) => pod.metadata.uid).sort();
  assert.equal(uids.length, count);
  const kuryrPorts = async () => (await cluster.kuryrPorts.list()).items;
  // As many may be there in between, some of them of pods that are gone.
  await until("one KuryrPort each", async () =>
    isDeepStrictEqual((await kuryrPorts()).map(({ spec }) => spec.podUid).sort(), uids),
  );
  await until("one port each", () => isDeepStrictEqual(portsOf(cloud).sort(), uids));
  const items = await kuryrPorts();
  assert.equal(new Set(items.map(({ spec }) => spec.interfaces[0]?.portId)).size, count);
}

const holder = async (cluster: TestCluster): Promise<string> =>
  podOfHolder((await cluster.leases.find(controllerLease))?.spec?.holderIdentity ?? "");

const leads = /^leader$/;

test("[row 153] [row 154] of two controllers one leads and writes, the other is ready, follows and writes nothing", async (t) => {
  const it = await clusters(t);
  const { cluster } = it;
  await until("the first to lead", () => leads.test(cluster.first.role()));
  const second = await cluster.another();
  assert.match(second.role(), /^standby: (controller-1|nobody) leads$/);
  assert.equal(await holder(cluster), "controller-1");
  await makePods(cluster, 0, 10);
  await allServed(it, 10);
  assert.deepEqual(second.writes, []);
  assert.match(cluster.first.metrics.text(), /^kuryr_leader 1$/m);
  assert.match(second.metrics.text(), /^kuryr_leader 0$/m);
});

test("[row 153] a leader that dies in the middle of a burst has a successor after its Lease, and no port is leaked or doubled", async (t) => {
  const it = await clusters(t);
  const { cluster } = it;
  const second = await cluster.another();
  await makePods(cluster, 0, 40);
  await until("some ports", () => portsOf(it.cloud).length > 5);
  await cluster.first.kill();
  const took = await until("the second to lead", () => leads.test(second.role()), 5000);
  assert.ok(took < 3000, `${took} ms`);
  await makePods(cluster, 40, 10);
  await allServed(it, 50);
});

test("[row 153] a leader that is asked to end gives the Lease back: its successor leads at once", async (t) => {
  const it = await clusters(t, { leaseTimes: { lookPeriodMs: 50 } });
  const { cluster } = it;
  await until("the first to lead", () => leads.test(cluster.first.role()));
  const second = await cluster.another();
  await makePods(cluster, 0, 30);
  await until("some ports", () => portsOf(it.cloud).length > 5);
  const started = performance.now();
  await Promise.all([cluster.first.stop(), until("the second to lead", () => leads.test(second.role()), 5000)]);
  assert.ok(performance.now() - started < 5000);
  assert.equal(await holder(cluster), "controller-2");
  await allServed(it, 30);
});

test("[row 155] a leader that was paused for longer than its Lease starts no write when it goes on, and stands by", async (t) => {
  const it = await clusters(t);
  const { cluster } = it;
  const second = await cluster.another();
  await makePods(cluster, 0, 40);
  await until("some ports", () => portsOf(it.cloud).length > 5);
  cluster.first.pause();
  await until("the second to lead", () => leads.test(second.role()), 5000);
  const before = cluster.first.writes.length;
  await makePods(cluster, 40, 10);
  await cluster.pods.delete({ namespace: "default", name: "p0" }, { gracePeriodSeconds: 0 });
  cluster.first.resume();
  await until("the first to stand by", () => cluster.first.role() === "standby: controller-2 leads", 5000);
  await allServed(it, 49);
  assert.equal(cluster.first.writes.length, before);
  for (const sample of [/^kuryr_ports 0$/m, /^kuryr_workqueue_depth\{name="pods"\} 0$/m, /^kuryr_leader 0$/m])
    assert.match(cluster.first.metrics.text(), sample);
  // It is as good a standby as any.
  await second.stop();
  await until("the first to lead again", () => leads.test(cluster.first.role()), 5000);
  await makePods(cluster, 50, 5);
  await allServed(it, 54);
  assert.ok(cluster.first.writes.length > before);
});

test("[row 155] a leader whose Lease ran out while it was paused tells nobody what it sees", async (t) => {
  const it = await clusters(t);
  const { cluster } = it;
  const second = await cluster.another();
  await makePods(cluster, 0, 2);
  await allServed(it, 2);
  cluster.first.pause();
  await until("the second to lead", () => leads.test(second.role()), 5000);
  // Both see it; it is the leader's to tell.
  await cluster.kuryrPorts.delete({ namespace: "default", name: "p0" });
  const tellers = async (): Promise<(string | undefined)[]> =>
    (await cluster.events.list()).items
      .filter(({ reason }) => reason === "KuryrPortKept")
      .map(({ reportingInstance }) => reportingInstance);
  await until("the second to tell it", async () => (await tellers()).includes("controller-2"));
  cluster.first.resume();
  await until("the first to stand by", () => cluster.first.role() === "standby: controller-2 leads", 5000);
  // Whatever it had to tell is written when it has stopped.
  await cluster.first.stop();
  assert.deepEqual(await tellers(), ["controller-2"]);
});

test("a controller that is started again in its pod need not wait for its own Lease", async (t) => {
  const { cluster } = await clusters(t, { leaseTimes: { lookPeriodMs: 50 } });
  await until("the first to lead", () => leads.test(cluster.first.role()));
  await cluster.first.kill();
  const again = await cluster.another({ pod: "controller-1" });
  const took = await until("it to lead", () => leads.test(again.role()));
  assert.ok(took < 1000, `${took} ms of a Lease of 12 s`);
});

test("while Neutron is away a controller that has seen it takes over, not one that has not; that one leads when it is alone", async (t) => {
  // The one that has seen it looks more seldom: without the rule the other would be faster.
  const it = await clusters(t);
  const { cluster, cloud } = it;
  await until("the first to lead", () => leads.test(cluster.first.role()));
  const second = await cluster.another({ leaseTimes: { ...leaseTimes, lookPeriodMs: 200 } });
  const end = cloud.fake.faults.network.add({ fault: { kind: "reset" } });
  const deferMs = 1500;
  const third = await cluster.another({ waitUntilReady: false, leaseTimes: { ...leaseTimes, deferMs } });
  await until("the third to contend", () => third.role() === "standby: controller-1 leads", 5000);
  await cluster.first.kill();
  await until("the second to lead", () => leads.test(second.role()), 5000);
  // It may have seen the new leader already.
  assert.match(third.role(), /^standby: controller-[12] leads$/);
  await second.kill();
  const took = await until("the third to lead", () => leads.test(third.role()), 10_000);
  assert.ok(took >= deferMs, `${took} ms`);
  end();
  await third.ready;
  await makePods(cluster, 0, 3);
  await allServed(it, 3);
});

test("while the Kubernetes API is away for longer than the Lease the leader gives up; when it is back it serves on, in the same process", async (t) => {
  const it = await clusters(t);
  const { cluster } = it;
  await makePods(cluster, 0, 5);
  await allServed(it, 5);
  cluster.server.controls.setFaults(() => ({ kind: "reset" }));
  cluster.server.controls.dropConnections();
  await until("it to give up", () => cluster.first.role().startsWith("standby"));
  const calls = (): number =>
    [...it.cloud.fake.counts].reduce((sum, [name, n]) => (/ (POST|PUT|DELETE) \/v2/.test(name) ? sum + n : sum), 0);
  const before = calls();
  await pause(300);
  assert.equal(calls(), before);
  cluster.server.controls.setFaults(undefined);
  await makePods(cluster, 5, 5);
  await until("it to lead again", () => leads.test(cluster.first.role()));
  await allServed(it, 10);
});

test("[row 156] a controller killed again and again, at random moments of a churn, leaves no leak and no pod without port", async (t) => {
  const it = await clusters(t);
  const { cluster } = it;
  const alive = new Set<string>();
  let controller = cluster.first;
  for (let round = 0; round < 8; round++) {
    const made = makePods(cluster, round * 10, 10);
    const gone = [...alive].slice(0, 5).map(async (name) => {
      alive.delete(name);
      await cluster.pods.delete({ namespace: "default", name }, { gracePeriodSeconds: 0 });
    });
    for (const { metadata } of await made) alive.add(metadata.name);
    await Promise.all(gone);
    await pause(Math.random() * 150);
    await controller.kill();
    controller = await cluster.another({ pod: "controller-1", waitUntilReady: false });
  }
  await allServed(it, alive.size);
});

test("without election a controller works at once, and knows no Lease", async (t) => {
  const it = await clusters(t, { config: "[kubernetes]\nleader_election = False\n" });
  await makePods(it.cluster, 0, 3);
  await allServed(it, 3);
  assert.equal(it.cluster.first.role(), "leader without a Lease");
  assert.equal(await it.cluster.leases.find(controllerLease), undefined);
});
