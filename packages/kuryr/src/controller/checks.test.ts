import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { startKubernetes } from "@kuryr/fakes";
import { connect } from "@kuryr/kubernetes";

import { jsonLogger } from "../log/logger.ts";
import { Metrics } from "../metrics/registry.ts";
import { backgroundChecks } from "./checks.ts";
import { startCloud } from "./testing/rig.ts";

async function until(what: string, probe: () => boolean): Promise<void> {
  const limit = AbortSignal.timeout(30_000);
  while (!probe()) {
    if (limit.aborted) assert.fail(`not within 30 s: ${what}`);
    await pause(10);
  }
}

test("a used-up quota and services that do not answer are named while it lasts, and whoever asked hears of the end", async (t) => {
  const on = await startCloud();
  const server = await startKubernetes();
  const kubernetes = connect({ server: server.url, token: server.token });
  const cloud = on.connect();
  const metrics = new Metrics();
  const checks = backgroundChecks({
    kubernetes,
    cloud,
    projectId: "",
    metrics,
    log: jsonLogger({ level: "error", write: () => undefined }),
    everyMs: 20,
    degradedEveryMs: 20,
  });
  let recoveries = 0;
  checks.onRecovery(() => {
    recoveries += 1;
  });
  const stop = new AbortController();
  const run = checks.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await run;
    cloud.close();
    kubernetes.close();
    await server.stop();
    await on.fake.stop();
  });
  await until("a first look", () => metrics.text().includes('kuryr_up{service="neutron"} 1'));
  assert.deepEqual(checks.degraded(), []);

  const { projectId } = await cloud.scope();
  const admin = on.connectAs(on.fake.admin);
  t.after(() => admin.close());
  await admin.network.quotas.update(projectId ?? "", { port: 0 });
  await until("the quota to be named", () =>
    checks.degraded().some((line) => /quota of ports is used up: 0 of 0/.test(line)),
  );
  assert.match(metrics.text(), /kuryr_quota_free_count\{resource="ports"\} 0/);
  await admin.network.quotas.update(projectId ?? "", { port: -1 });
  await until("the quota to be well", () => checks.degraded().length === 0);
  assert.equal(recoveries, 1);

  const response = { status: 400, headers: {}, body: "no" };
  on.fake.faults.network.add({ fault: { kind: "answer", response }, matching: /quotas/, times: 5 });
  await until("Neutron to be named", () => checks.degraded().some((line) => line.startsWith("Neutron: OPENSTACK_")));
  await until("Neutron to be well", () => checks.degraded().length === 0);
  assert.equal(recoveries, 2);
});
