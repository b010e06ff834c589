import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { isMarkOf } from "../../api/ownership.ts";
import { startCloud, startCluster, type TestCloud, type TestCluster } from "../testing/rig.ts";

const cluster = "c";
const name = "p";

async function start(t: TestContext): Promise<{ on: TestCloud; it: TestCluster }> {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  const it = await startCluster(on, { cluster, podTimes: { resyncMs: 300 } });
  t.after(() => it.stop());
  return { on, it };
}

async function until(what: string, probe: () => boolean | Promise<boolean>): Promise<void> {
  const limit = AbortSignal.timeout(30_000);
  while (!(await probe())) {
    if (limit.aborted) assert.fail(`not within 30 s: ${what}`);
    await pause(10);
  }
}

const portsOf = (on: TestCloud): string[] =>
  [...on.fake.network.ports.values()].filter((port) => isMarkOf(cluster, port.description)).map(({ id }) => id);

/** Requests so far of this method and path, which may end with any id. */
const count = (on: TestCloud, what: string): number =>
  [...on.fake.counts].reduce(
    (sum, [name, times]) => (name.replace(/\{.*\}$/, "").endsWith(` ${what}`) ? sum + times : sum),
    0,
  );

const portOf = async (it: TestCluster): Promise<string | undefined> =>
  (await it.kuryrPorts.find({ namespace: "default", name }))?.spec.interfaces[0]?.portId;

/** The node says that OVN did not program the port of the pod's KuryrPort. */
const notInstalled = async (it: TestCluster): Promise<unknown> => {
  const body = { status: { notInstalled: { portIds: [await portOf(it)], at: new Date().toISOString() } } };
  return it.kuryrPorts.status.patch({ namespace: "default", name }, { type: "merge", body });
};

const toldOf = async (it: TestCluster, reason: string): Promise<boolean> =>
  (await it.events.list()).items.some((event) => event.reason === reason);

test("a port that Neutron ended in the making of is no pod's: it goes, and another is made", async (t) => {
  const { on, it } = await start(t);
  on.fake.faults.network.add({ fault: { kind: "lost-answer" }, methods: ["POST"], matching: /\/ports$/, times: 1 });
  await it.pod(name, "node1");
  await until("a KuryrPort", async () => (await portOf(it)) !== undefined);
  assert.deepEqual([count(on, "POST /v2.0/ports"), count(on, "DELETE /v2.0/ports/")], [2, 1]);
  assert.deepEqual(portsOf(on), [await portOf(it)]);
});

test("a port whose creation was answered too late is the pod's", async (t) => {
  const { on, it } = await start(t);
  const fault = { kind: "other-answer", response: { status: 504, body: "" } } as const;
  on.fake.faults.network.add({ fault, methods: ["POST"], matching: /\/ports$/, times: 1 });
  await it.pod(name, "node1");
  await until("a KuryrPort", async () => (await portOf(it)) !== undefined);
  assert.deepEqual([count(on, "POST /v2.0/ports"), count(on, "DELETE /v2.0/ports/")], [1, 0]);
  assert.deepEqual(portsOf(on), [await portOf(it)]);
});

test("a port that an earlier controller made is replaced where OVN does not program it, one whose creation was answered is not", async (t) => {
  const { on, it } = await start(t);
  await it.pod(name, "node1");
  await until("a KuryrPort", async () => (await portOf(it)) !== undefined);
  const first = await portOf(it);
  // Whatever OVN waits for, another port would wait for it, too.
  await notInstalled(it);
  await until("several looks", () => count(on, "GET /v2.0/ports") >= 4);
  assert.equal(await portOf(it), first);

  await it.crash();
  await it.serveNodes();
  await it.begin();
  await until("another port", async () => ![undefined, first].includes(await portOf(it)));
  await until("one port", () => portsOf(on).length === 1);
  assert.deepEqual(portsOf(on), [await portOf(it)]);
  await until("its owner to be told", () => toldOf(it, "PortReplaced"));
  assert.equal(await toldOf(it, "KuryrPortKept"), false);
});
