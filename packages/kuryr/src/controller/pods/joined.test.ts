import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { isMarkOf } from "../../api/ownership.ts";
import { startCloud, startCluster } from "../testing/rig.ts";

/** More than may ask at once. */
const many = 40;

test("ports of pods that wait while Neutron is busy are made several in a request, and each pod has its own", async (t) => {
  const limit = AbortSignal.timeout(60_000);
  const on = await startCloud();
  t.after(() => on.fake.stop());
  const it = await startCluster(on, { cluster: "c" });
  t.after(() => it.stop());
  const until = async (what: string, probe: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await probe())) {
      if (limit.aborted) assert.fail(`not in time: ${what}`);
      await pause(20);
    }
  };
  const metric = (sample: RegExp): number => Number(sample.exec(it.metrics.text())?.[1] ?? 0);

  const end = on.fake.faults.network.add({ fault: { kind: "hang" }, methods: ["POST"], matching: /\/ports$/ });
  const names = Array.from({ length: many }, (_, at) => `p${at}`);
  const uids = new Map<string, string | undefined>();
  for (const [at, name] of names.entries()) {
    const { metadata } = await it.pod(name, at % 2 === 0 ? "node1" : "node2");
    uids.set(name, metadata.uid);
  }
  await until("32 to ask", () => metric(/^kuryr_workqueue_depth\{name="pods"\} (\d+)$/m) === many - 32);
  end();
  on.fake.resetConnections("network");
  await until("KuryrPorts of all", async () => (await it.kuryrPorts.list()).items.length === many);

  assert.ok(metric(/^kuryr_openstack_requests_total\{.*operation="POST ports bulk",outcome="ok"\} (\d+)$/m) > 0);
  const ports = [...on.fake.network.ports.values()].filter((port) => isMarkOf("c", port.description));
  assert.equal(ports.length, many);
  for (const { metadata, spec } of (await it.kuryrPorts.list()).items) {
    const port = on.fake.network.ports.get(spec.interfaces[0]?.portId ?? "");
    assert.deepEqual([port?.device_id, port?.["binding:host_id"]], [uids.get(metadata.name), spec.podNodeName]);
  }
});
