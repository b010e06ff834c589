import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { startCloud, startCluster } from "../testing/rig.ts";

async function until(what: string, probe: () => boolean | Promise<boolean>): Promise<void> {
  const limit = AbortSignal.timeout(60_000);
  while (!(await probe())) {
    if (limit.aborted) assert.fail(`not within 60 s: ${what}`);
    await pause(20);
  }
}

test("a KuryrPort that somebody else's finalizer holds is released once; its name is free when that is gone", async (t) => {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  const it = await startCluster(on, { cluster: "c", podTimes: { resyncMs: 50 } });
  t.after(() => it.stop());
  await it.serveNodes();
  const ref = { namespace: "default", name: "p" };
  const find = () => it.kuryrPorts.find(ref);
  await it.pod("p", "node1");
  await until("a KuryrPort", async () => (await find()) !== undefined);
  const first = await find();
  const portId = first?.spec.interfaces[0]?.portId ?? "";
  const add = { op: "add", path: "/metadata/finalizers/-", value: "example.org/audit" } as const;
  await it.kuryrPorts.patch(ref, { type: "json", operations: [add] });

  const deleted: string[] = [];
  let looks = 0;
  on.fake.onRequest = ({ method, target }) => {
    if (method === "DELETE") deleted.push(target);
    if (method === "GET" && target.startsWith("/v2.0/ports?")) looks += 1;
  };
  await it.pods.delete(ref, { gracePeriodSeconds: 0 });
  await until("our finalizer to go", async () => (await find())?.metadata.finalizers?.length === 1);
  looks = 0;
  await until("more looks at everything", () => looks >= 5);
  assert.deepEqual(deleted, [`/v2.0/ports/${portId}`]);
  assert.deepEqual((await find())?.metadata.finalizers, ["example.org/audit"]);
  assert.deepEqual(it.log, []);

  const { metadata } = await it.pod("p", "node1");
  await it.kuryrPorts.patch(ref, { type: "json", operations: [{ op: "remove", path: "/metadata/finalizers" }] });
  await until("a KuryrPort of the next pod", async () => (await find())?.spec.podUid === metadata.uid);
});
