import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { bandwidthAnnotations } from "../../api/keys.ts";
import { isMarkOf } from "../../api/ownership.ts";
import { startCloud, startCluster } from "../testing/rig.ts";

async function until(what: string, probe: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
  const limit = AbortSignal.timeout(limitMs);
  while (!(await probe())) {
    if (limit.aborted) assert.fail(`not within ${limitMs / 1000} s: ${what}`);
    await pause(20);
  }
}

/** More than there are workers. */
const many = 60;

test("while Neutron answers nothing a pod whose port waits starts at once, however many releases and creates hang", async (t) => {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  const config = `[kubernetes]
vif_pool_driver = neutron
[vif_pool]
ports_pool_min = 2
ports_pool_batch = 1
ports_pool_update_frequency = 1
`;
  const it = await startCluster(on, { cluster: "c", config });
  t.after(() => it.stop());
  await it.serveNodes();
  const waiting = (node: string): number =>
    [...on.fake.network.ports.values()].filter(
      (port) => isMarkOf("c", port.description) && port.device_id === "" && port["binding:host_id"] === node,
    ).length;
  const names = (prefix: string): string[] => Array.from({ length: many }, (_, at) => `${prefix}${at}`);
  const kuryrPorts = async () => (await it.kuryrPorts.list()).items;
  await Promise.all(names("ends").map((name) => it.pod(name, "node1")));
  await until("KuryrPorts of all", async () => (await kuryrPorts()).length === many);
  await until("a pool", () => waiting("node2") === 2);

  const misses = (): number =>
    Number(/^kuryr_vif_pool_requests_total\{result="miss"\} (\d+)$/m.exec(it.metrics.text())?.[1] ?? 0);
  const before = misses();
  const end = on.fake.faults.network.add({ fault: { kind: "hang" } });
  for (const name of names("ends")) await it.pods.delete({ namespace: "default", name }, { gracePeriodSeconds: 0 });
  // No pool has ports with limits: of these it is a policy that is waited for.
  const limits = { [bandwidthAnnotations.egress]: "1M" };
  for (const [at, name] of names("starts").entries()) await it.pod(name, "node1", at < 8 ? limits : {});
  const released = async (): Promise<number> => (await kuryrPorts()).filter(({ status }) => status?.released).length;
  await until("all to be released by their nodes", async () => (await released()) === many);
  await it.pod("hit", "node2");
  const ref = { namespace: "default", name: "hit" };
  await until("its KuryrPort", async () => (await it.kuryrPorts.find(ref)) !== undefined, 5000);
  assert.equal(misses() - before, 24, "those that ask for a port, with those that ask for a policy, are thirty-two");

  end();
  on.fake.resetConnections("network");
  const wanted = new Set(["hit", ...names("starts")]);
  await until("the others", async () => {
    const left = new Set((await kuryrPorts()).map(({ metadata }) => metadata.name));
    return left.symmetricDifference(wanted).size === 0;
  });
});
