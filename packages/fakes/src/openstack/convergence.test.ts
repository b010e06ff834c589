import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import { createCounters, isKind } from "@kuryr/openstack";

import type { FaultRule } from "../http/faults.ts";
import { startedCloud, withSubnet } from "./testing/cloud.ts";
import { PodPorts } from "./testing/pods.ts";

const pods = Array.from({ length: 24 }, (_, at) => `web-${at}`);

/** Everything that may go wrong with a request, each so often that most pods meet some of it. */
const everything: readonly FaultRule[] = [
  { fault: { kind: "answer", response: { status: 429, headers: { "Retry-After": "0" } } }, probability: 0.05 },
  { fault: { kind: "answer", response: { status: 503 } }, probability: 0.05 },
  { fault: { kind: "answer", response: { status: 500, body: "Internal Server Error" } }, probability: 0.05 },
  { fault: { kind: "reset" }, probability: 0.05 },
  { fault: { kind: "lost-answer" }, probability: 0.1 },
  { fault: { kind: "cut-body" }, probability: 0.05 },
  { fault: { kind: "slow-body", ms: 1, pieces: 3 }, probability: 0.05 },
  { fault: { kind: "duplicate" }, probability: 0.05 },
  { fault: { kind: "hang" }, probability: 0.01 },
];

const seeds = [1, 2, 3, 5, 8];

/** Makes ports for all pods and then takes half of them away, while requests go wrong. */
async function converges(t: TestContext, seed: number): Promise<void> {
  // Calls are short so that a request that hangs ends soon.
  const { fake, cloud } = await startedCloud(t, { seed }, { timeoutMs: 1000 });
  const { network } = await withSubnet(cloud);
  const ports = new PodPorts(cloud, network.id);
  for (const rule of everything) fake.faults.network.add(rule);
  for (const pod of pods) ports.wanted.add(pod);
  await ports.settle(pods);
  for (const pod of pods.slice(12)) ports.wanted.delete(pod);
  await ports.settle(pods);
  // What a lost or repeated creation left over is found by its mark, once the cloud is well again.
  fake.faults.network.clear();
  await ports.settle(pods);
  const tags = (await ports.all()).map((port) => port.tags.join());
  assert.deepEqual(tags.sort(), [...ports.wanted].map((pod) => `pod=${pod}`).sort());
}

for (const seed of seeds) {
  test(`[row 170] a cloud that injects faults: the client converges (seed ${seed})`, async (t) => converges(t, seed));
}

test("[row 170] a quota that is used up is waited for, and nothing is tried in vain at once", async (t) => {
  const counters = createCounters();
  const { cloud, administrator } = await startedCloud(t, {}, { onRequest: counters.onRequest });
  const { network } = await withSubnet(cloud);
  const { projectId } = await cloud.scope();
  assert.ok(projectId !== undefined, "the client has a project");
  await administrator.network.quotas.update(projectId, { port: 10 });
  const ports = new PodPorts(cloud, network.id);
  for (const pod of pods) ports.wanted.add(pod);
  counters.reset();
  assert.equal(await ports.round(pods), "again");
  assert.equal((await ports.all()).length, 10);
  const creations = counters.counts().find(({ operation }) => operation === "POST ports");
  assert.equal(creations?.requests, pods.length, "an exhausted quota is not asked twice in one round");
  await administrator.network.quotas.update(projectId, { port: 100 });
  assert.equal(await ports.settle(pods), 1);
  assert.equal((await ports.all()).length, pods.length);
});

test("[row 170] a conflict and a wrong request are not repeated, a rate limit and a failing server are", async (t) => {
  const counters = createCounters();
  const { fake, cloud } = await startedCloud(t, {}, { onRequest: counters.onRequest });
  const { network } = await withSubnet(cloud);
  const port = await cloud.network.ports.create({ network_id: network.id });
  const asked = async (status: number, headers: Record<string, string> = {}): Promise<number> => {
    fake.faults.network.add({ fault: { kind: "answer", response: { status, headers } }, times: 2 });
    counters.reset();
    await cloud.network.ports.get(port.id).catch(() => undefined);
    fake.faults.network.clear();
    return counters.counts().reduce((sum, { requests }) => sum + requests, 0);
  };
  assert.equal(await asked(409), 1);
  assert.equal(await asked(400), 1);
  assert.equal(await asked(404), 1);
  assert.equal(await asked(429, { "Retry-After": "0" }), 3);
  assert.equal(await asked(500), 3);
  assert.equal(await asked(503), 3);
  await assert.rejects(cloud.network.ports.create({ network_id: "nonsense" }), (error) => isKind(error, "invalid"));
});

test("the same seed brings the same faults to the same requests, another seed others", async (t) => {
  const outcomes = async (seed: number): Promise<string[]> => {
    const { fake, cloud } = await startedCloud(t, { seed }, { retry: { attempts: 1 }, timeoutMs: 300 });
    await cloud.scope();
    for (const rule of everything) fake.faults.network.add(rule);
    const ended: string[] = [];
    for (let at = 0; at < 40; at++) {
      const outcome = await cloud.network.networks.list().then(
        () => "answered",
        (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "failed"),
      );
      ended.push(outcome);
    }
    return ended;
  };
  const first = await outcomes(11);
  assert.deepEqual(await outcomes(11), first);
  assert.notDeepEqual(await outcomes(12), first);
  assert.ok(new Set(first).size > 2, `${first.join(" ")}: several kinds of faults came`);
});
