import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RateLimit } from "./event-limit.ts";

test("a key has its burst, then one in each interval, whatever others do", () => {
  const limit = new RateLimit({ burst: 3, everyMs: 100, maxKeys: 10 });
  assert.deepEqual(
    [0, 0, 0, 0].map((now) => limit.take("a", now)),
    [0, 0, 0, 100],
  );
  assert.equal(limit.take("b", 0), 0);
  assert.equal(limit.take("a", 40), 60);
  assert.equal(limit.take("a", 100), 0);
  assert.equal(limit.take("a", 100), 100);
  assert.equal(limit.take("a", 1_000_000), 0);
});

test("in no stretch of time more is taken than allowed, and no more keys are kept than allowed", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(200)), { maxLength: 200 }), (steps) => {
      const limit = new RateLimit({ burst: 4, everyMs: 100, maxKeys: 4 });
      const taken: number[] = [];
      let now = 0;
      for (const [key, ms] of steps) {
        now += ms;
        if (limit.take(`k${key}`, now) === 0 && key === 0) taken.push(now);
        assert.ok(limit.size <= 4);
      }
      for (const [index, first] of taken.entries()) {
        const last = taken[index + 5];
        // Six in a row: four at once, and two that took an interval each; rounding aside.
        if (last !== undefined) assert.ok(last - first >= 199, `${first} ${last}`);
      }
    }),
    { numRuns: 2000 },
  );
});
