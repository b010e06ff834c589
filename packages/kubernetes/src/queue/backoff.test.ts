import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { backoffDelay } from "./backoff.ts";

test("a delay doubles up to its limit and stays within the jitter", () => {
  fc.assert(
    fc.property(
      fc.nat(2000),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, jitter, random) => {
        const delay = backoffDelay(failures, { baseMs: 100, maxMs: 10_000, jitter }, () => random);
        const full = failures === 0 ? 0 : Math.min(10_000, 100 * 2 ** (failures - 1));
        assert.ok(delay <= full && delay >= full * (1 - jitter) - 1e-6);
      },
    ),
  );
});
