import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { Seats } from "./seats.ts";

test("those without a seat get one in the order they came, and are told", () => {
  const turns: string[] = [];
  const seats = new Seats(2, (key) => turns.push(key));
  assert.deepEqual(
    ["a", "b", "c", "d", "a", "c"].map((key) => seats.take(key)),
    [true, true, false, false, true, false],
  );
  assert.equal(seats.waiting, 2);
  seats.leave("b");
  assert.deepEqual(turns, ["c"]);
  assert.deepEqual([seats.take("b"), seats.take("c")], [false, true]);
  // Whoever has none gives none back.
  seats.leave("d");
  seats.leave("a");
  seats.leave("c");
  assert.deepEqual(turns, ["c", "d", "b"]);
  assert.equal(seats.waiting, 0);
});

test("whatever keys come and go, no more have a seat than there are, and nobody waits beside a free one", () => {
  const step = fc.record({ key: fc.constantFrom("a", "b", "c", "d", "e", "f"), comes: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 100 }), (count, steps) => {
      const seated = new Set<string>();
      const seats = new Seats(count, (key) => seated.add(key));
      for (const { key, comes } of steps) {
        if (!comes) {
          // Before the next one is told.
          seated.delete(key);
          seats.leave(key);
        } else if (seats.take(key)) seated.add(key);
        assert.ok(seated.size <= count);
        assert.ok(seats.waiting === 0 || seated.size === count);
      }
    }),
    { numRuns: 2000 },
  );
});
