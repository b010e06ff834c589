import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ManualClock } from "../manual-clock.ts";
import { FRESH, QueueFullError, RESYNC, WorkQueue } from "./work-queue.ts";

const queueOf = (clock = new ManualClock()): WorkQueue => new WorkQueue({ clock, random: () => 0 });

test("a key that is added twice is taken once", () => {
  const queue = queueOf();
  queue.add("a");
  queue.add("a");
  assert.equal(queue.take(), "a");
  assert.equal(queue.take(), undefined);
});

test("a key that is added while it is processed runs again afterwards, not at the same time", () => {
  const queue = queueOf();
  queue.add("a");
  queue.take();
  queue.add("a");
  assert.equal(queue.take(), undefined);
  assert.equal(queue.stats.dirty, 1);
  queue.done("a");
  assert.equal(queue.take(), "a");
});

test("fresh keys overtake those of a resync, and a waiting key rises with a fresh event", () => {
  const queue = queueOf();
  queue.add("r1", { priority: RESYNC });
  queue.add("r2", { priority: RESYNC });
  queue.add("f1", { priority: FRESH });
  queue.add("r2");
  assert.deepEqual([queue.take(), queue.take(), queue.take()], ["f1", "r2", "r1"]);
});

test("failures delay one key, longer each time, until it is forgotten", () => {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock, random: () => 0, backoff: { baseMs: 100, maxMs: 350, jitter: 0.5 } });
  const delays: number[] = [];
  for (let index = 0; index < 4; index++) {
    queue.add("bad");
    queue.take();
    delays.push(queue.retry("bad"));
    queue.done("bad");
    queue.add("good");
    assert.equal(queue.take(), "good");
    queue.done("good");
    clock.advance(delays.at(-1) ?? 0);
    assert.equal(queue.take(), "bad");
    queue.done("bad");
  }
  assert.deepEqual(delays, [100, 200, 350, 350]);
  queue.forget("bad");
  assert.equal(queue.failures("bad"), 0);
  assert.equal(queue.retry("bad"), 100);
});

test("a fresh event ends the wait of a back-off", () => {
  const clock = new ManualClock();
  const queue = queueOf(clock);
  queue.add("a");
  queue.take();
  queue.retry("a");
  queue.done("a");
  assert.equal(queue.take(), undefined);
  queue.add("a");
  assert.equal(queue.take(), "a");
  queue.done("a");
  clock.advance(1_000_000);
  assert.equal(queue.take(), undefined);
  assert.equal(clock.waiting, 0);
});

test("of two delays of a key the shorter counts, and one timer serves all keys", () => {
  const clock = new ManualClock();
  const queue = queueOf(clock);
  queue.add("a", { afterMs: 500 });
  queue.add("a", { afterMs: 100 });
  queue.add("a", { afterMs: 900 });
  queue.add("b", { afterMs: 200 });
  assert.equal(clock.waiting, 1);
  clock.advance(99);
  assert.equal(queue.take(), undefined);
  clock.advance(1);
  assert.equal(queue.take(), "a");
  assert.equal(queue.take(), undefined);
  clock.advance(100);
  assert.equal(queue.take(), "b");
});

test("too many different keys are an error, more of the same are not", () => {
  const queue = new WorkQueue({ clock: new ManualClock(), maxKeys: 2 });
  queue.add("a");
  queue.add("b", { afterMs: 5 });
  queue.add("a");
  assert.throws(() => queue.add("c"), QueueFullError);
});

test("close drops what waits and stops the timer, and the queue can be used again", () => {
  const clock = new ManualClock();
  const queue = queueOf(clock);
  queue.add("a");
  queue.add("b");
  queue.take();
  queue.add("a");
  queue.add("c", { afterMs: 10 });
  queue.close();
  queue.done("a");
  assert.equal(clock.waiting, 0);
  assert.equal(queue.take(), undefined);
  queue.add("d");
  assert.equal(queue.take(), "d");
});

type Step =
  | { readonly do: "add"; readonly key: number; readonly priority: number; readonly afterMs: number }
  | { readonly do: "take" }
  | { readonly do: "done" | "fail"; readonly which: number }
  | { readonly do: "wait"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("add" as const),
    key: fc.nat(8),
    priority: fc.constantFrom(FRESH, RESYNC, 7),
    afterMs: fc.constantFrom(0, 0, 1, 10, 50),
  }),
  fc.record({ do: fc.constant("take" as const) }),
  fc.record({ do: fc.constantFrom("done" as const, "fail" as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.nat(60) }),
);

/** What the queue promises, written down the slow and obvious way. */
class Model {
  readonly ready = new Map<string, { priority: number; order: number }>();
  readonly delayed = new Map<string, { due: number; priority: number; order: number }>();
  readonly processing = new Map<string, { priority: number; again: number | undefined }>();
  #order = 0;

  add(key: string, priority: number, due: number, now: number): void {
    const running = this.processing.get(key);
    const waiting = this.ready.get(key);
    if (due > now) {
      if (waiting !== undefined) {
        this.#raise(key, priority);
      } else if (running?.again !== undefined) {
        running.again = Math.max(running.again, priority);
      } else {
        const old = this.delayed.get(key);
        if (old !== undefined && old.due <= due && old.priority >= priority) return;
        this.delayed.set(key, {
          due: Math.min(due, old?.due ?? due),
          priority: Math.max(priority, old?.priority ?? priority),
          order: this.#order++,
        });
      }
      return;
    }
    const best = Math.max(priority, this.delayed.get(key)?.priority ?? priority);
    this.delayed.delete(key);
    this.now(key, best);
  }

  now(key: string, priority: number): void {
    const running = this.processing.get(key);
    if (running !== undefined) running.again = Math.max(running.again ?? priority, priority);
    else if (this.ready.has(key)) this.#raise(key, priority);
    else this.ready.set(key, { priority, order: this.#order++ });
  }

  advance(now: number): void {
    const due = [...this.delayed].filter(([, entry]) => entry.due <= now);
    due.sort(([, a], [, b]) => a.due - b.due || a.order - b.order);
    for (const [key, { priority }] of due) {
      this.delayed.delete(key);
      this.now(key, priority);
    }
  }

  take(): string | undefined {
    const [first] = [...this.ready].sort(([, a], [, b]) => b.priority - a.priority || a.order - b.order);
    if (first === undefined) return undefined;
    const [key, { priority }] = first;
    this.ready.delete(key);
    this.processing.set(key, { priority, again: undefined });
    return key;
  }

  done(key: string): void {
    const running = this.processing.get(key);
    this.processing.delete(key);
    if (running?.again !== undefined) this.now(key, running.again);
  }

  #raise(key: string, priority: number): void {
    const waiting = this.ready.get(key);
    if (waiting === undefined || waiting.priority >= priority) return;
    this.ready.set(key, { priority, order: this.#order++ });
  }
}

test("for any of 10,000 sequences of calls the queue does what the model does: order, no key lost, none twice at once", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = new ManualClock();
      const queue = new WorkQueue({ clock, random: () => 0, backoff: { baseMs: 5, maxMs: 40, jitter: 0 } });
      const model = new Model();
      const failures = new Map<string, number>();
      const giveBack = (key: string, failed: boolean): void => {
        if (failed) {
          const count = (failures.get(key) ?? 0) + 1;
          failures.set(key, count);
          const delay = queue.retry(key);
          assert.equal(delay, Math.min(40, 5 * 2 ** (count - 1)));
          model.add(key, model.processing.get(key)?.priority ?? FRESH, clock.now() + delay, clock.now());
        } else {
          queue.forget(key);
          failures.delete(key);
        }
        queue.done(key);
        model.done(key);
      };
      for (const one of steps) {
        if (one.do === "add") {
          const key = `k${one.key}`;
          queue.add(key, { priority: one.priority, afterMs: one.afterMs });
          model.add(key, one.priority, clock.now() + one.afterMs, clock.now());
        } else if (one.do === "take") {
          const before = new Set(model.processing.keys());
          const key = queue.take();
          assert.equal(key, model.take());
          assert.ok(key === undefined || !before.has(key));
        } else if (one.do === "wait") {
          clock.advance(one.ms);
          model.advance(clock.now());
        } else {
          const running = [...model.processing.keys()];
          const key = running[one.which % Math.max(1, running.length)];
          if (key !== undefined) giveBack(key, one.do === "fail");
        }
        assert.equal(queue.stats.ready, model.ready.size);
        assert.equal(queue.stats.delayed, model.delayed.size);
        assert.equal(queue.stats.processing, model.processing.size);
      }
      // Run dry: all that was asked for is served, and nothing stays behind.
      for (const key of model.processing.keys()) giveBack(key, false);
      clock.advance(1000);
      model.advance(clock.now());
      for (let key = queue.take(); key !== undefined; key = queue.take()) {
        assert.equal(key, model.take());
        giveBack(key, false);
      }
      assert.equal(model.take(), undefined);
      assert.deepEqual(queue.stats, { ready: 0, delayed: 0, processing: 0, dirty: 0, failing: 0 });
      assert.equal(clock.waiting, 0);
    }),
    { numRuns: 10_000 },
  );
});
