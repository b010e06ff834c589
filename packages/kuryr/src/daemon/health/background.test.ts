import assert from "node:assert/strict";
import { test } from "node:test";

import { BackgroundChecks, type Check } from "./background.ts";

const never = new AbortController().signal;

test("a probe is told what was found last, and only of the checks that are its own", async () => {
  let reasons: string[] = ["KURYR_A: broken"];
  const checks = new BackgroundChecks([
    { name: "a", fails: ["ready"], look: () => reasons },
    { name: "b", fails: ["alive"], look: () => [] },
    { name: "c", fails: ["ready", "alive"], look: async () => ["KURYR_C: broken"] },
  ] satisfies Check[]);
  assert.deepEqual(checks.reasons("ready"), [], "nothing was looked at yet");
  await checks.look(never);
  assert.deepEqual(checks.reasons("ready"), ["KURYR_A: broken", "KURYR_C: broken"]);
  assert.deepEqual(checks.reasons("alive"), ["KURYR_C: broken"]);
  reasons = [];
  assert.equal(checks.reasons("ready").length, 2, "a probe looks at nothing itself");
  await checks.look(never);
  assert.deepEqual(checks.reasons("ready"), ["KURYR_C: broken"]);
});

test("a check that throws is a reason of its own and hides no other", async () => {
  const checks = new BackgroundChecks([
    {
      name: "memory",
      fails: ["alive"],
      look: () => {
        throw new Error("EACCES");
      },
    },
    { name: "b", fails: ["alive"], look: () => ["KURYR_B: broken"] },
  ]);
  await checks.look(never);
  assert.deepEqual(checks.reasons("alive"), ["KURYR_CHECK_FAILED: looking at memory: EACCES", "KURYR_B: broken"]);
});
