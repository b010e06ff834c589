import assert from "node:assert/strict";
import { test } from "node:test";

import { plainLog } from "./container-log.ts";

test("a container's lines come out as it wrote them, long ones in one piece", () => {
  const file = [
    '2026-01-01T00:00:00.000000001Z stderr F {"level":"info"}',
    "2026-01-01T00:00:00.000000002Z stdout P a long ",
    "2026-01-01T00:00:00.000000003Z stdout F line",
    "2026-01-01T00:00:00.000000004Z stderr F ",
    "",
  ].join("\n");
  assert.equal(plainLog(file), '{"level":"info"}\na long line\n\n');
});

test("a file that ends in the middle of a line loses nothing before it", () => {
  assert.equal(plainLog("2026-01-01T00:00:00Z stdout F whole\n2026-01-01T00:00:0"), "whole\n");
});
