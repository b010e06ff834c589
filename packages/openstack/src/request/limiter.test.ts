import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isKind } from "../errors.ts";
import { AdaptiveLimit, Limiter, type Outcome } from "./limiter.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { withCloud } from "../testing/setup.ts";

const never = new AbortController().signal;

function outcome(startedAt: number, ms: number, overloaded = false): Outcome {
  return { operation: "GET ports", startedAt, endedAt: startedAt + ms, overloaded };
}

/** Rounds of `limit` requests at once to a server that serves `capacity` of them in 100 ms, the others after that. */
function rounds(limit: AdaptiveLimit, count: number, capacity: number): void {
  let now = 1000;
  for (let round = 0; round < count; round++) {
    const atOnce = limit.current;
    for (let index = 0; index < atOnce; index++) {
      limit.observe(outcome(now, 100 * (Math.floor(index / capacity) + 1)), true);
    }
    now += 100 * Math.ceil(atOnce / capacity) + 1;
  }
}

test("the limit grows by one a round while answers are quick, up to its bound", () => {
  const limit = new AdaptiveLimit({ initial: 4, max: 10 });
  rounds(limit, 1, 100);
  assert.ok(limit.current <= 5);
  rounds(limit, 20, 100);
  assert.equal(limit.current, 10);
});

test("the limit stays near what the server bears, and never leaves its bounds", () => {
  const limit = new AdaptiveLimit({ initial: 32, max: 32 });
  rounds(limit, 200, 2);
  assert.ok(limit.current >= 3 && limit.current <= 11, String(limit.current));
  rounds(limit, 200, 100);
  assert.equal(limit.current, 32);
});

test("a failing server is given a third less each round, however many failures a round has", () => {
  const limit = new AdaptiveLimit({ initial: 20 });
  for (let index = 0; index < 20; index++) limit.observe(outcome(0, 10, true), true);
  assert.equal(limit.current, 14);
  for (let round = 1; round < 20; round++) limit.observe(outcome(round * 100, 10, true), true);
  assert.equal(limit.current, 1);
});

test("a server that is slow whatever is asked of it gets as many requests as slowMin, also after an outage", () => {
  const limit = new AdaptiveLimit({ initial: 8, slowMin: 4 });
  let now = 0;
  const round = (ms: number, overloaded = false): number => {
    const atOnce = limit.current;
    for (let index = 0; index < atOnce; index++) limit.observe(outcome(now, ms, overloaded), true);
    now += ms + 1;
    return limit.current;
  };
  round(100);
  for (let i = 0; i < 20; i++) assert.ok(round(5000) >= 4);
  assert.equal(limit.current, 4);
  for (let i = 0; i < 10; i++) round(5000, true);
  assert.equal(limit.current, 1, "failures take it further down");
  const recovered = [round(5000), round(5000), round(5000), round(5000), round(5000)];
  assert.deepEqual(recovered, [2, 2, 3, 4, 4], "one more a round, no more than slowMin");
});

test("slow is relative to the same operation, and an idle client learns nothing upwards", () => {
  const limit = new AdaptiveLimit({ initial: 8 });
  limit.observe({ operation: "POST lbaas/loadbalancers", startedAt: 0, endedAt: 2000, overloaded: false }, true);
  limit.observe({ operation: "GET ports", startedAt: 0, endedAt: 20, overloaded: false }, true);
  limit.observe({ operation: "GET ports", startedAt: 0, endedAt: 49, overloaded: false }, false);
  assert.equal(limit.current, 8);
  for (let index = 0; index < 50; index++) limit.observe(outcome(100, 20), false);
  assert.equal(limit.current, 8);
});

test("a request for many objects is compared with those for as many: they take longer", async () => {
  const clock = new ManualClock();
  await withCloud({ clock, concurrency: { initial: 8, max: 8 } }, async (server, cloud) => {
    await cloud.scope();
    let msEach = 300;
    server.fault = (request) => (response) => {
      const { ports } = JSON.parse(request.body) as { ports: readonly object[] };
      clock.advance(ports.length * msEach);
      response.end(JSON.stringify({ ports }));
    };
    const make = async (count: number): Promise<number> => {
      await cloud.network.ports.createMany(Array.from({ length: count }, () => ({ network_id: "n" })));
      return cloud.load("network").limit;
    };
    assert.deepEqual([await make(1), await make(10), await make(3), await make(10)], [8, 8, 8, 8]);
    msEach = 2000;
    assert.equal(await make(10), 5, "slow among its like");
  });
});

test("whatever the server does, the limit keeps its bounds", () => {
  const outcomes = fc.array(
    fc.record({
      operation: fc.constantFrom("a", "b"),
      startedAt: fc.integer({ min: 0, max: 10_000 }),
      endedAt: fc.integer({ min: 0, max: 20_000 }),
      overloaded: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(outcomes, fc.boolean(), (seen, full) => {
      const limit = new AdaptiveLimit({ min: 2, max: 9 });
      for (const one of seen) {
        limit.observe(one, full);
        assert.ok(limit.current >= 2 && limit.current <= 9);
      }
    }),
  );
});

test("those who wait go in the order they came; an aborted one leaves the queue", async () => {
  const limiter = new Limiter({ initial: 1, max: 1 });
  const order: string[] = [];
  await limiter.acquire(never);
  const stop = new AbortController();
  const first = limiter.acquire(never).then(() => order.push("first"));
  const left = assert.rejects(limiter.acquire(stop.signal), /enough/);
  const second = limiter.acquire(never).then(() => order.push("second"));
  assert.deepEqual(limiter.load, { limit: 1, inFlight: 1, waiting: 3 });
  stop.abort(new Error("enough"));
  await left;
  limiter.release(undefined);
  await first;
  limiter.release(undefined);
  await second;
  limiter.release(undefined);
  assert.deepEqual(order, ["first", "second"]);
  assert.deepEqual(limiter.load, { limit: 1, inFlight: 0, waiting: 0 });
});

test("a full queue refuses at once", async () => {
  const limiter = new Limiter({ initial: 1, max: 1, maxWaiting: 1 });
  await limiter.acquire(never);
  const waiting = limiter.acquire(never);
  await assert.rejects(limiter.acquire(never), (error) => isKind(error, "rate-limit") && !error.sent);
  limiter.release(undefined);
  await waiting;
});

test("a cloud sends no more at once than the limit, and each service has its own", async () => {
  await withCloud({ concurrency: { initial: 3, max: 3 } }, async (server, cloud) => {
    await cloud.scope();
    let atOnce = 0;
    let most = 0;
    server.fault = () => (response) => {
      most = Math.max(most, ++atOnce);
      setImmediate(() => {
        atOnce--;
        response.end('{"ports": []}');
      });
    };
    const lists = Promise.all(Array.from({ length: 30 }, () => cloud.network.ports.list()));
    const { limit, waiting } = cloud.load("load-balancer");
    assert.deepEqual([limit, waiting], [3, 0]);
    await lists;
    assert.ok(most <= 3 && most >= 2, String(most));
    assert.deepEqual(cloud.load("network"), { limit: 3, inFlight: 0, waiting: 0 });
  });
});
