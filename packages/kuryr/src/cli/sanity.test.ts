import assert from "node:assert/strict";
import { test } from "node:test";

import { sanityChecks, type PoolSizes } from "./sanity.ts";

const failed = (sizes: PoolSizes): string[] =>
  sanityChecks(sizes)
    .filter(({ passed }) => !passed)
    .map(({ name }) => name);

test("the default sizes of pools fit each other, and a pool without limit has none to fit", () => {
  assert.deepEqual(failed({ min: 5, max: 0, batch: 10 }), []);
  assert.deepEqual(failed({ min: 5, max: 20, batch: 10 }), []);
});

test("sizes that make and delete ports in turn are named", () => {
  assert.deepEqual(failed({ min: 15, max: 12, batch: 10 }), ["vif_pool_min_max", "vif_pool_min_batch"]);
  assert.deepEqual(failed({ min: 5, max: 10, batch: 10 }), ["vif_pool_max_batch"]);
  assert.deepEqual(failed({ min: 10, max: 0, batch: 10 }), ["vif_pool_min_batch"]);
});
