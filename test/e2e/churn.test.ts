import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { churn } from "../chaos/churn.ts";
import { controllerDeath, otherDeaths, ownDeaths } from "../chaos/faults.ts";
import { deleteNamespace, makeNamespace } from "../support/pods.ts";

const namespace = "e2e-churn";
const seed = Number(process.env["KURYR_CHAOS_SEED"] ?? Date.now() % 1_000_000);

before(() => makeNamespace(namespace));
after(() => deleteNamespace(namespace));

test("[row 156] a churn of 100 pods with every component killed in the middle, the controller again and again: none stuck, nothing left, no address twice", async (t) => {
  t.diagnostic(`seed ${seed}`);
  const report = await churn({
    namespace,
    pods: 100,
    atOnce: 24,
    seed,
    // The kubelet waits longer each time before it starts a container again.
    faults: [...ownDeaths, ...ownDeaths, controllerDeath, ...otherDeaths],
    write: (line) => t.diagnostic(line),
    settleMs: 180_000,
  });
  t.diagnostic(
    `${report.made} pods (${report.recreated} namesakes, ${report.forced} by force), ${report.probes} probes, ${report.seconds.toFixed(0)} s`,
  );
  assert.deepEqual(report.stuck, []);
  assert.deepEqual(report.addressesDoubled, []);
  assert.deepEqual(report.left, []);
});
