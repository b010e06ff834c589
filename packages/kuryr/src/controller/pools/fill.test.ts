import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import type { Fault } from "@kuryr/fakes";

import { startCloud } from "../testing/rig.ts";
import { conf, served, start, until, waiting } from "./testing/pools.ts";

test("[row 39] filling takes half of the requests that Neutron is given at once: a pod's goes by those of the pools", async (t) => {
  let bulks = 0;
  const on = await startCloud({
    latency: (service, { method, body }) => {
      if (service !== "network" || method !== "POST" || !body.startsWith('{"ports":')) return undefined;
      bulks += 1;
      return 600_000;
    },
  });
  t.after(() => on.fake.stop());
  const config = conf({ ports_pool_min: 100, ports_pool_batch: 100 });
  const { it } = await start(t, { on, config, podTimes: { poolQuietMs: 40 } });
  const half = Math.floor(it.cloud.load("network").limit / 2);
  await until("bulk requests", () => bulks >= half);
  await it.pod("a", "node1");
  await served(it, "a");
  assert.equal(bulks, half);
});

test("[row 38] a batch is made as a whole, though it takes more requests than may run at once", async (t) => {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  const config = conf({ ports_pool_min: 2, ports_pool_batch: 80 });
  const { it } = await start(t, { on, config, podTimes: { poolQuietMs: 40 } });
  await until("the minimum of two nodes", () => waiting(on).length === 4);
  await it.pod("a", "node1");
  await served(it, "a");
  await until("the whole batch", () => waiting(on).length === 3 + 80);
});

test("a pool whose bulk request is refused for want of quota is filled once there is some", async (t) => {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  const refusal = {
    status: 409,
    body: { NeutronError: { type: "OverQuota", message: "Quota exceeded for resources: ['port'].", detail: "" } },
  };
  const end = on.fake.faults.network.add({
    fault: { kind: "answer", response: refusal },
    methods: ["POST"],
    matching: /\/ports/,
  });
  const { it } = await start(t, { on, config: conf() });
  await until("a warning", () => it.log.join("").includes("a pool of ports cannot be filled"));
  end();
  await until("the pools", () => waiting(on).length === 4);
});

test("ports of a bulk request that was answered too late are found, not made again", async (t) => {
  const { made } = await filled(t, { kind: "other-answer", response: { status: 504, body: "" } });
  assert.equal(made.size, 4);
});

test("ports of a bulk request that Neutron did not come to the end of go, for its backend may not know them, and others are made", async (t) => {
  const { made, left } = await filled(t, { kind: "lost-answer" });
  assert.equal(made.size, 8);
  assert.deepEqual(left, [...made].slice(4));
});

test("while one bulk request is doubted, what another is still making is left alone", async (t) => {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  // Ports of a slow answer are in every list long before whoever asked for them knows of them.
  const fault = { kind: "slow-body", ms: 1000, pieces: 5 } as const;
  for (const rule of [
    { fault: { kind: "lost-answer" } as const, times: 1 },
    { fault, times: 3 },
  ])
    on.fake.faults.network.add({ ...rule, methods: ["POST"], matching: /\/ports/ });
  const { it } = await start(t, { on, config: conf({ ports_pool_min: 12, ports_pool_batch: 12 }) });
  await until("the pools", () => /^kuryr_vif_pool_ports\{state="idle"\} 24$/m.test(it.metrics.text()));
  assert.equal(waiting(on).length, 24);
});

/** Fills two pools of two, whose first requests go wrong after they were handled. */
async function filled(
  t: TestContext,
  fault: Fault,
): Promise<{ readonly made: ReadonlySet<string>; readonly left: readonly string[] }> {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  on.fake.faults.network.add({ fault, methods: ["POST"], matching: /\/ports/, times: 2 });
  const { it } = await start(t, { on, config: conf() });
  const made = new Set<string>();
  const look = (): readonly string[] => {
    const ids = waiting(on).map(({ id }) => id);
    for (const id of ids) made.add(id);
    return ids;
  };
  await until("the first ports", () => look().length === 4);
  const allIdle = (): boolean => /^kuryr_vif_pool_ports\{state="idle"\} 4$/m.test(it.metrics.text());
  await until("the pools", () => look().length === 4 && allIdle());
  return { made, left: look() };
}
