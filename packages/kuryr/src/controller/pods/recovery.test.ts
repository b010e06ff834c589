import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { recoveryTimes } from "./recovery.ts";

test("whatever failed while a service was away comes back once each, at most 26 in any second", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string(), { maxLength: 300 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      (keys, random) => {
        const times = [...recoveryTimes(keys, () => random.next().value ?? 0)];
        assert.deepEqual(
          times.map(([key]) => key),
          keys,
        );
        const at = times.map(([, ms]) => ms);
        for (const from of at) assert.ok(at.filter((ms) => ms >= from && ms < from + 1000).length <= 26);
      },
    ),
  );
});
