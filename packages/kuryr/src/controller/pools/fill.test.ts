import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

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

test("ports of a bulk request whose answer was lost are found, not made again", async (t) => {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  on.fake.faults.network.add({ fault: { kind: "lost-answer" }, methods: ["POST"], matching: /\/ports/, times: 2 });
  await start(t, { on, config: conf() });
  await until("the pools", () => waiting(on).length === 4);
  await pause(3000);
  assert.equal(waiting(on).length, 4);
});
