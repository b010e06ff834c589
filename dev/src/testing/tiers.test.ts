import assert from "node:assert/strict";
import { test } from "node:test";

import { inTierOrder } from "./tiers.ts";

test("files of a tier run in the listed order, unlisted ones after them by name", () => {
  const files = ["z.test.ts", "b.test.ts", "a.test.ts", "first.test.ts"];
  assert.deepEqual(inTierOrder(["first.test.ts", "b.test.ts"], files), [
    "first.test.ts",
    "b.test.ts",
    "a.test.ts",
    "z.test.ts",
  ]);
});
