import assert from "node:assert/strict";
import { test } from "node:test";

import { upgradeChecks, upgradeStatus, worst, type OldObjects } from "./check.ts";

const nothing: OldObjects = {
  annotatedPods: [],
  heldPods: [],
  heldServices: [],
  oldKuryrPorts: [],
  oldDefinitions: [],
  retiredDefinitions: [],
};

test("a cluster without an older Kuryr passes every check", () => {
  const checks = upgradeChecks(nothing);
  assert.ok(checks.every(({ result, details }) => result === "Success" && details === ""));
  assert.equal(upgradeStatus[worst(checks)], 0);
});

test("what only remains is a warning, what would hang is a failure, and the worst counts", () => {
  const annotated = upgradeChecks({ ...nothing, annotatedPods: ["a/b"] });
  assert.equal(upgradeStatus[worst(annotated)], 1);
  for (const kind of ["heldPods", "heldServices", "oldKuryrPorts", "oldDefinitions"] as const) {
    const checks = upgradeChecks({ ...nothing, annotatedPods: ["a/b"], [kind]: ["1", "2", "3", "4"] });
    assert.equal(upgradeStatus[worst(checks)], 2);
    assert.match(checks.find(({ result }) => result === "Failure")?.details ?? "", /^1, 2, 3 and 1 more: /);
  }
});
