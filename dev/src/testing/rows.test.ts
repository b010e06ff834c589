import assert from "node:assert/strict";
import { test } from "node:test";

import { rowsOf, unprovedRows } from "./rows.ts";
import type { TestResult } from "./tests.ts";

const result = (name: string, outcome: TestResult["outcome"]): TestResult => ({
  name,
  file: "a.test.ts",
  outcome,
  ms: 1,
});

test("row numbers are read from a test's name, one or several", () => {
  assert.deepEqual(rowsOf("[row 185] one command brings it"), [185]);
  assert.deepEqual(rowsOf("[rows 3, 14] both [row 7]"), [3, 14, 7]);
  assert.deepEqual(rowsOf("row 5 without brackets"), []);
});

test("a row is proved by a passing test only, and not beside a failing one", () => {
  const results = [
    result("[row 1] a", "passed"),
    result("[row 2] b", "skipped"),
    result("[row 3] c", "failed"),
    result("[row 4] d", "passed"),
    result("[row 4] e", "failed"),
  ];
  assert.deepEqual(unprovedRows([1, 2, 3, 4, 5], results), [2, 3, 4, 5]);
});
