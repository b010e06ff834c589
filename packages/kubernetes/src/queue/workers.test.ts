import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ManualClock } from "../manual-clock.ts";
import { WorkQueue } from "./work-queue.ts";
import { runWorkers } from "./workers.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("no more reconciles run at once than there are workers, and every key is served", async () => {
  const queue = new WorkQueue();
  const controller = new AbortController();
  let active = 0;
  let most = 0;
  const served = new Set<string>();
  const all = Promise.withResolvers<void>();
  const run = runWorkers(queue, {
    workers: 3,
    signal: controller.signal,
    onError: () => assert.fail(),
    reconcile: async (key) => {
      active += 1;
      most = Math.max(most, active);
      await turn();
      active -= 1;
      served.add(key);
      if (served.size === 20) all.resolve();
    },
  });
  for (let index = 0; index < 20; index++) queue.add(`k${index}`);
  await all.promise;
  assert.equal(most, 3);
  controller.abort();
  assert.deepEqual(await run, []);
});

test("an add never starts a reconcile within the caller", async () => {
  const queue = new WorkQueue();
  const controller = new AbortController();
  let started = false;
  const run = runWorkers(queue, {
    workers: 1,
    signal: controller.signal,
    onError: () => {},
    reconcile: () => {
      started = true;
      return Promise.resolve();
    },
  });
  await turn();
  queue.add("a");
  assert.equal(started, false);
  await turn();
  assert.equal(started, true);
  controller.abort();
  await run;
});

test("a key that was deferred keeps its failures, and is not added again by itself", async () => {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock, random: () => 0, backoff: { baseMs: 100, maxMs: 1000, jitter: 0 } });
  const controller = new AbortController();
  const delays: number[] = [];
  let isTurn = true;
  const run = runWorkers(queue, {
    workers: 1,
    signal: controller.signal,
    onError: (_, { retryInMs }) => void delays.push(retryInMs),
    reconcile: async () => {
      if (isTurn) throw new Error("fails");
      return { deferred: true };
    },
  });
  queue.add("a");
  await turn();
  isTurn = false;
  clock.advance(100);
  await turn();
  assert.deepEqual([queue.stats.delayed, queue.stats.ready, queue.failures("a")], [0, 0, 1]);
  isTurn = true;
  queue.add("a");
  await turn();
  assert.deepEqual(delays, [100, 200]);
  controller.abort();
  await run;
});

test("a reconcile that throws, synchronously or not, is reported and tried again later", async () => {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock, random: () => 0, backoff: { baseMs: 100, maxMs: 1000, jitter: 0 } });
  const controller = new AbortController();
  const errors: string[] = [];
  let calls = 0;
  const run = runWorkers(queue, {
    workers: 1,
    signal: controller.signal,
    onError: (error, { key, failures, retryInMs }) => {
      errors.push(`${key} ${failures} ${retryInMs} ${error instanceof Error ? error.message : ""}`);
    },
    reconcile: () => {
      calls += 1;
      if (calls === 1) throw new Error("thrown");
      return calls === 2 ? Promise.reject(new Error("rejected")) : Promise.resolve({ requeueAfterMs: 5000 });
    },
  });
  queue.add("a");
  await turn();
  clock.advance(100);
  await turn();
  clock.advance(200);
  await turn();
  assert.deepEqual(errors, ["a 1 100 thrown", "a 2 200 rejected"]);
  assert.equal(calls, 3);
  assert.equal(queue.failures("a"), 0);
  clock.advance(5000);
  await turn();
  assert.equal(calls, 4);
  controller.abort();
  await run;
  assert.equal(clock.waiting, 0);
});

test("a reconcile beyond its time limit has its signal aborted", async () => {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock });
  const controller = new AbortController();
  const errors: unknown[] = [];
  const run = runWorkers(queue, {
    workers: 1,
    timeoutMs: 1000,
    signal: controller.signal,
    onError: (error) => errors.push(error),
    reconcile: (_key, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  queue.add("slow");
  await turn();
  clock.advance(1000);
  await turn();
  const [error] = errors;
  assert.ok(error instanceof Error && "code" in error);
  assert.equal(error.code, "KUBERNETES_RECONCILE_TIMEOUT");
  controller.abort();
  await run;
});

test("on stop running reconciles may finish, then are aborted, then are named", async () => {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock });
  const controller = new AbortController();
  const aborted: string[] = [];
  const finish = Promise.withResolvers<void>();
  const run = runWorkers(queue, {
    workers: 4,
    drainMs: 1000,
    signal: controller.signal,
    onError: () => {},
    reconcile: (key, signal) => {
      if (key === "quick") return finish.promise;
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          aborted.push(key);
          if (key === "obedient") reject(signal.reason);
        });
      });
    },
  });
  for (const key of ["quick", "obedient", "stubborn"]) queue.add(key);
  await turn();
  controller.abort();
  queue.add("late");
  finish.resolve();
  await turn();
  assert.deepEqual(aborted, []);
  clock.advance(1000);
  await turn();
  assert.deepEqual(aborted, ["obedient", "stubborn"]);
  clock.advance(1000);
  assert.deepEqual(await run, ["stubborn"]);
});

test("for any schedule no key runs twice at once, and each runs after its last add", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ key: fc.nat(4), afterMs: fc.constantFrom(0, 0, 3, 20), wait: fc.nat(10) }), {
        maxLength: 40,
      }),
      fc.integer({ min: 1, max: 3 }),
      fc.infiniteStream(fc.record({ turns: fc.nat(2), fail: fc.boolean() })),
      async (adds, workers, behaviour) => {
        const clock = new ManualClock();
        const queue = new WorkQueue({ clock, random: () => 0, backoff: { baseMs: 2, maxMs: 9, jitter: 0 } });
        const controller = new AbortController();
        const active = new Set<string>();
        const wanted = new Map<string, number>();
        const reached = new Map<string, number>();
        let failuresLeft = 30;
        const run = runWorkers(queue, {
          workers,
          signal: controller.signal,
          onError: () => {},
          reconcile: async (key) => {
            assert.ok(!active.has(key));
            active.add(key);
            const goal = wanted.get(key) ?? 0;
            const { turns, fail } = behaviour.next().value;
            for (let index = 0; index < turns; index++) await turn();
            active.delete(key);
            if (fail && failuresLeft-- > 0) throw new Error("planned");
            reached.set(key, goal);
          },
        });
        for (const [index, { key, afterMs, wait }] of adds.entries()) {
          wanted.set(`k${key}`, index + 1);
          queue.add(`k${key}`, { afterMs });
          await turn();
          clock.advance(wait);
        }
        for (let round = 0; round < 200 && !isIdle(queue); round++) {
          clock.advance(10);
          await turn();
        }
        assert.deepEqual(reached, wanted);
        controller.abort();
        await run;
        assert.equal(clock.waiting, 0);
      },
    ),
    { numRuns: 60 },
  );
});

function isIdle(queue: WorkQueue): boolean {
  const { ready, delayed, processing } = queue.stats;
  return ready + delayed + processing === 0;
}
