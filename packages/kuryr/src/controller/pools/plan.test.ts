import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { maxBulk, planPools, type PoolObservation, type PoolsObservation } from "./plan.ts";

const idle = (...since: number[]) => new Map(since.map((at, i) => [`p${i}`, at]));

const pool = (over: Partial<PoolObservation> = {}): PoolObservation => ({
  digest: "d",
  idle: new Map(),
  resting: 0,
  creating: 0,
  returning: 0,
  wanted: true,
  asked: false,
  held: false,
  ...over,
});

const seen = (pools: readonly PoolObservation[], over: Partial<PoolsObservation> = {}): PoolsObservation => ({
  now: 1000,
  pools,
  min: 5,
  max: 0,
  batch: 10,
  ttlMs: 0,
  requests: 20,
  deletions: 100,
  ...over,
});

const counts = (of: PoolsObservation): number[] =>
  planPools(of).flatMap((action) => (action.do === "create" ? [action.count] : []));

test("before any pod has come a pool gets its minimum, afterwards a batch", () => {
  assert.deepEqual(counts(seen([pool()])), [5]);
  assert.deepEqual(counts(seen([pool({ asked: true, idle: idle(0, 0, 0, 0) })])), [10]);
  assert.deepEqual(counts(seen([pool({ asked: true, idle: idle(0, 0, 0, 0, 0) })])), []);
});

test("a batch of more than ten is asked for ten at a time", () => {
  assert.deepEqual(counts(seen([pool({ asked: true })], { batch: 25 })), [10, 10, 5]);
});

test("what is being created counts as there, and a pool never grows over its maximum", () => {
  assert.deepEqual(counts(seen([pool({ creating: 5, asked: true })])), []);
  assert.deepEqual(counts(seen([pool({ asked: true, resting: 1 })], { min: 1, max: 2, batch: 2 })), [1]);
  assert.deepEqual(counts(seen([pool({ asked: true, resting: 1, returning: 1 })], { min: 1, max: 2, batch: 2 })), []);
});

test("a pool that nobody wants, or that is held, gets nothing", () => {
  assert.deepEqual(counts(seen([pool({ wanted: false }), pool({ held: true })])), []);
});

test("the emptiest pool is filled first when not all can be", () => {
  const plan = planPools(seen([pool({ digest: "a", idle: idle(0) }), pool({ digest: "b" })], { requests: 1 }));
  assert.deepEqual(
    plan.map(({ digest }) => digest),
    ["b"],
  );
});

test("idle ports go after their time down to the minimum, and all of them where nobody wants the pool", () => {
  const old = { now: 100_000, ttlMs: 10_000, min: 1 };
  const deleted = (of: PoolObservation): string[] =>
    planPools(seen([of], old)).flatMap((action) => (action.do === "delete" ? [action.portId] : []));
  assert.deepEqual(deleted(pool({ idle: idle(0, 1, 95_000) })), ["p0", "p1"]);
  assert.deepEqual(deleted(pool({ idle: idle(0, 1, 2) })), ["p0", "p1"]);
  assert.deepEqual(deleted(pool({ wanted: false, idle: idle(0, 1, 95_000) })), ["p0", "p1"]);
});

test("what is over the maximum goes at once", () => {
  const plan = planPools(seen([pool({ idle: idle(0, 1, 2), resting: 1 })], { min: 1, max: 2 }));
  assert.deepEqual(
    plan.map((action) => (action.do === "delete" ? action.portId : action)),
    ["p0", "p1"],
  );
});

const observations = fc.record({
  now: fc.constant(100_000),
  min: fc.nat(12),
  max: fc.nat(20),
  batch: fc.integer({ min: 1, max: 30 }),
  ttlMs: fc.constantFrom(0, 10_000),
  requests: fc.nat(20),
  deletions: fc.nat(20),
  pools: fc.uniqueArray(
    fc.record({
      digest: fc.string({ minLength: 1 }),
      idle: fc
        .array(fc.nat(100_000), { maxLength: 25 })
        .map((times) => new Map(times.sort((a, b) => a - b).map((since, i) => [String(i), since]))),
      resting: fc.nat(10),
      creating: fc.nat(10),
      returning: fc.nat(3),
      wanted: fc.boolean(),
      asked: fc.boolean(),
      held: fc.boolean(),
    }),
    { selector: (one) => one.digest, maxLength: 6 },
  ),
});

test("no plan grows a pool over its maximum, asks for more than ten at once, or has more requests than it may", () => {
  fc.assert(
    fc.property(observations, (of) => {
      const plan = planPools(of);
      const creations = plan.filter((action) => action.do === "create");
      assert.ok(creations.length <= of.requests);
      assert.ok(plan.length - creations.length <= of.deletions);
      for (const one of of.pools) {
        const made = creations.filter(({ digest }) => digest === one.digest).map(({ count }) => count);
        const sum = made.reduce((a, b) => a + b, 0);
        for (const count of made) assert.ok(count >= 1 && count <= Math.min(maxBulk, of.batch));
        const has = one.idle.size + one.resting + one.creating + one.returning;
        if (sum > 0 && of.max > 0) assert.ok(has + sum <= of.max);
        if (sum > 0) assert.ok(one.wanted && !one.held);
      }
    }),
  );
});

test("a plan that was carried out leaves nothing to create, and deletes no port that the minimum needs", () => {
  fc.assert(
    fc.property(observations, (of) => {
      const all = { ...of, requests: 1000, deletions: 1000 };
      const plan = planPools(all);
      const pools = of.pools.map((one) => {
        const mine = plan.filter(({ digest }) => digest === one.digest);
        const gone = new Set(mine.flatMap((action) => (action.do === "delete" ? [action.portId] : [])));
        const made = mine.reduce((sum, action) => sum + (action.do === "create" ? action.count : 0), 0);
        const left = new Map([...one.idle].filter(([id]) => !gone.has(id)));
        return { ...one, idle: left, creating: one.creating + made };
      });
      for (const [i, one] of pools.entries()) {
        const before = of.pools[i]?.idle.size ?? 0;
        const limit = of.max === 0 ? of.min : Math.min(of.min, Math.max(0, of.max - one.resting));
        if (one.wanted && one.idle.size < before) assert.ok(one.idle.size >= limit);
      }
      assert.deepEqual(
        planPools({ ...all, pools }).filter((action) => action.do === "create"),
        [],
      );
    }),
  );
});
