import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";

import { Limiter } from "./limiter.ts";

const never = new AbortController().signal;

test("no more than the limit run at once, and who waited longest comes next", async () => {
  const limiter = new Limiter(2);
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const works = [0, 1, 2, 3].map((one) =>
    limiter.run(() => {
      started.push(one);
      const { promise, resolve } = Promise.withResolvers<void>();
      ends.push(resolve);
      return promise;
    }, never),
  );
  await turn();
  assert.deepEqual(started, [0, 1]);
  ends[1]?.();
  await works[1];
  await turn();
  assert.deepEqual(started, [0, 1, 2]);
  ends[0]?.();
  await works[0];
  await turn();
  assert.deepEqual(started, [0, 1, 2, 3]);
  ends[2]?.();
  ends[3]?.();
  await Promise.all(works);
  assert.equal(limiter.running, 0);
});

test("a limit that changes counts for what begins next: one always runs, and nobody is forgotten", async () => {
  let limit = 3;
  const limiter = new Limiter(() => limit);
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const works = [0, 1, 2, 3, 4, 5].map((one) =>
    limiter.run(() => {
      started.push(one);
      const { promise, resolve } = Promise.withResolvers<void>();
      ends.push(resolve);
      return promise;
    }, never),
  );
  const end = async (one: number): Promise<number> => {
    ends[one]?.();
    await works[one];
    await turn();
    return limiter.running;
  };
  await turn();
  assert.deepEqual([started.length, limiter.free], [3, 0]);
  limit = 0;
  assert.deepEqual([await end(0), await end(1), started.length], [2, 1, 3]);
  assert.deepEqual([await end(2), started.length], [1, 4]);
  limit = 3;
  assert.deepEqual([await end(3), started.length, limiter.free], [2, 6, 1]);
  assert.deepEqual([await end(4), await end(5), limiter.free], [1, 0, 3]);
  assert.deepEqual(started, [0, 1, 2, 3, 4, 5]);
});

test("work that fails makes room, and who gives up waiting is never run", async () => {
  const limiter = new Limiter(1);
  const held = Promise.withResolvers<void>();
  const first = limiter.run(() => held.promise, never);
  const gone = new AbortController();
  const second = limiter.run(() => Promise.reject(new Error("it was run")), gone.signal);
  gone.abort(new Error("given up"));
  await assert.rejects(second, /given up/);
  held.reject(new Error("broken"));
  await assert.rejects(first, /broken/);
  assert.equal(await limiter.run(() => Promise.resolve("runs"), never), "runs");
});

test("work that leaves before its end makes room for one, once", async () => {
  const limiter = new Limiter(1);
  const waits = Promise.withResolvers<void>();
  const first = limiter.run((leave) => {
    leave();
    leave();
    return waits.promise;
  }, never);
  const held = Promise.withResolvers<void>();
  const second = limiter.run(() => held.promise, never);
  let thirdRuns = false;
  const third = limiter.run(async () => {
    thirdRuns = true;
  }, never);
  waits.resolve();
  await first;
  await turn();
  assert.equal(thirdRuns, false);
  assert.equal(limiter.running, 1);
  held.resolve();
  await Promise.all([second, third]);
  assert.equal(limiter.running, 0);
});
