import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { isMarkOf } from "../../api/ownership.ts";
import { startCloud, startCluster } from "../testing/rig.ts";

async function until(what: string, probe: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
  const limit = AbortSignal.timeout(limitMs);
  while (!(await probe())) {
    if (limit.aborted) assert.fail(`not within ${limitMs / 1000} s: ${what}`);
    await pause(20);
  }
}

const total = 80;

test("while OpenStack is away releases wait in the KuryrPorts, through a restart of the controller, and drain gently when it is back", async (t) => {
  let open = 0;
  let most = 0;
  const on = await startCloud({ latency: (service) => (service === "network" ? 30 : undefined) });
  t.after(() => on.fake.stop());
  const podTimes = { resyncMs: 60_000, orphanGraceMs: 60_000, releaseTimeoutMs: 100 };
  const cluster = await startCluster(on, { cluster: "one", podTimes });
  t.after(() => cluster.stop());
  await Promise.all(Array.from({ length: total }, (_, i) => cluster.pod(`p${i}`, `node${(i % 2) + 1}`)));
  const kuryrPorts = async () => (await cluster.kuryrPorts.list()).items;
  await until("all KuryrPorts", async () => (await kuryrPorts()).length === total);

  const ends = [
    on.fake.faults.network.add({ fault: { kind: "reset" } }),
    on.fake.faults.identity.add({ fault: { kind: "reset" } }),
  ];
  for (let i = 0; i < total; i++)
    await cluster.pods.delete({ namespace: "default", name: `p${i}` }, { gracePeriodSeconds: 0 });
  const waiting = async (): Promise<number> =>
    (await kuryrPorts()).filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length;
  await until("all releases to wait", async () => (await waiting()) === total);
  await until("the metric to say so", () => cluster.metrics.text().includes(`kuryr_releases_waiting ${total}`));
  await cluster.first.kill();

  const again = await cluster.another({ pod: "controller-1", waitUntilReady: false });
  await until("the next controller to see them", () =>
    again.metrics.text().includes(`kuryr_releases_waiting ${total}`),
  );
  await until("it to lead", () => again.role() === "leader");
  for (const { metadata } of await kuryrPorts()) assert.notDeepEqual(metadata.finalizers ?? [], []);

  const deleting = /^DELETE \/v2.0\/ports/;
  on.fake.onRequest = ({ service, method, target }) => {
    if (service !== "network" || !deleting.test(`${method} ${target}`)) return;
    open += 1;
    most = Math.max(most, open);
    // Less than the service takes for one.
    setTimeout(() => (open -= 1), 30);
  };
  for (const end of ends) end();
  await until("all to be released", async () => (await kuryrPorts()).length === 0);
  assert.equal([...on.fake.network.ports.values()].filter((port) => isMarkOf("one", port.description)).length, 0);
  t.diagnostic(`at most ${most} at once`);
  assert.ok(most <= 16, `${most} at once`);
  await until("the metric to say so", () => /^kuryr_releases_waiting 0$/m.test(again.metrics.text()));
});
