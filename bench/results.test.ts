import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { keep, kept, trend } from "./results.ts";
import { against, below, figure } from "./row.ts";

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "kuryr-results-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return join(path, "results");
}

test("runs of one commit add up, and a bench that ran again counts anew", (t) => {
  const at = directory(t);
  keep(at, "2026-01-01-aaa", [against("a", "p50", 2, 1, 1.5, 10), figure("a", "floor", 1, 10)]);
  keep(at, "2026-01-01-aaa", [below("b", "memory", 80, 90, 1, "MiB")]);
  const file = keep(at, "2026-01-01-aaa", [against("a", "p50", 1.2, 1, 1.5, 10)]);
  assert.equal(file, join(at, "2026-01-01-aaa.json"));
  const [run, ...others] = kept(at);
  assert.deepEqual(others, []);
  assert.deepEqual(run?.rows.map(({ bench, metric, ok }) => `${bench} ${metric} ${ok}`).sort(), [
    "a p50 true",
    "b memory true",
  ]);
});

test("the trend shows the lines with a goal from run to run, by ratio or value, and what was missed", (t) => {
  const at = directory(t);
  assert.deepEqual(kept(at), []);
  keep(at, "2026-01-01-aaa", [against("a", "p50", 2, 1, 1.5, 10), figure("a", "floor", 1, 10)]);
  keep(at, "2026-01-02-bbb", [against("a", "p50", 1.25, 1, 1.5, 10), below("b", "memory", 80, 90, 1, "MiB")]);
  assert.deepEqual(trend(kept(at), ["a", "b"]), [
    ["bench", "metric", "goal", "2026-01-01-aaa", "2026-01-02-bbb"],
    ["a", "p50", "<= 1.5 x", "2 MISSED", "1.25"],
    ["b", "memory", "<= 90 MiB", "", "80"],
  ]);
  assert.deepEqual(trend(kept(at), ["b"])[1], ["b", "memory", "<= 90 MiB", "", "80"]);
});
