import assert from "node:assert/strict";
import { test } from "node:test";

import { pauseFor } from "./regularly.ts";

test("a cluster is looked at in the usual time, a great one less often, and none less than every ten minutes", () => {
  assert.equal(pauseFor(60_000, 0), 60_000);
  assert.equal(pauseFor(60_000, 5000), 60_000);
  assert.equal(pauseFor(60_000, 20_000), 240_000);
  assert.equal(pauseFor(60_000, 150_000), 600_000);
  assert.equal(pauseFor(900_000, 10), 900_000);
});
