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
