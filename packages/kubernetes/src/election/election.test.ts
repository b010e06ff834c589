import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { connect } from "../api/connection.ts";
import { createElection, type Election, type ElectionOptions, type Term } from "./election.ts";
import { LeaseLostError, UsageError } from "../errors.ts";
import { LEASES, type LeaseSpec, microTime, observe } from "./lease-record.ts";
import { ManualClock } from "../manual-clock.ts";
import { type Fault, ObjectServer, type SeenRequest } from "../testing/object-server.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Requests that each server's contenders have under way: a token is fetched when one starts. */
const underWay = new WeakMap<ObjectServer, number>();

/** Waits until the network has nothing more to say at this time of the manual clock. */
async function settle(server: ObjectServer): Promise<void> {
  const giveUp = performance.now() + 5000;
  for (let quiet = 0; quiet < 3; quiet++) {
    await turn();
    if ((underWay.get(server) ?? 0) > server.hanging) quiet = 0;
    assert.ok(performance.now() < giveUp, "the network does not come to rest");
  }
}

interface Contender {
  readonly election: Election;
  readonly terms: Term[];
  readonly errors: string[];
  readonly leaders: (string | undefined)[];
  readonly stop: AbortController;
  readonly run: Promise<void>;
  /** Ends the current work. */
  finish: () => void;
}

type Extra = Partial<ElectionOptions> & { readonly obedient?: boolean; readonly random?: () => number };

function contend(server: ObjectServer, clock: ManualClock, identity: string, extra: Extra = {}): Contender {
  const { obedient = true, random = () => 0, ...options } = extra;
  const count = (change: number): void => {
    underWay.set(server, (underWay.get(server) ?? 0) + change);
  };
  const connection = connect({
    server: server.url,
    clock,
    random,
    tokenSource: {
      token: () => {
        count(1);
        return Promise.resolve("token");
      },
      refused: () => false,
    },
    onRequest: () => count(-1),
  });
  const terms: Term[] = [];
  const errors: string[] = [];
  const leaders: (string | undefined)[] = [];
  const election = createElection(connection, {
    namespace: "ns",
    name: "l",
    identity,
    onError: (error, phase) => errors.push(`${phase}: ${error instanceof Error ? error.name : String(error)}`),
    onLeader: (leader) => leaders.push(leader),
    ...options,
  });
  const stop = new AbortController();
  const contender: Contender = {
    election,
    terms,
    errors,
    leaders,
    stop,
    finish: () => {},
    run: election
      .run(stop.signal, (term) => {
        terms.push(term);
        return new Promise((resolve) => {
          contender.finish = resolve;
          if (obedient) term.signal.addEventListener("abort", () => resolve());
        });
      })
      .finally(() => connection.close()),
  };
  return contender;
}

/** Moves time in small steps, the network at rest between them, until the condition holds; returns how long it took. */
async function until(
  server: ObjectServer,
  clock: ManualClock,
  limitMs: number,
  condition: () => boolean,
): Promise<number> {
  const start = clock.now();
  for (;;) {
    await settle(server);
    if (condition()) return clock.now() - start;
    assert.ok(clock.now() - start < limitMs, `not within ${limitMs} ms`);
    clock.advance(100);
  }
}

async function withServer(work: (server: ObjectServer, clock: ManualClock) => Promise<void>): Promise<void> {
  const server = await ObjectServer.start(LEASES);
  try {
    await work(server, new ManualClock());
  } finally {
    await server.stop();
  }
}

const specOf = (server: ObjectServer): LeaseSpec | undefined => server.object("ns/l")?.spec;

test("the first contender creates the lease, leads, renews it, and gives it back when stopped", async () => {
  await withServer(async (server, clock) => {
    const one = contend(server, clock, "one");
    await until(server, clock, 1000, () => one.terms.length === 1);
    assert.equal(one.election.mayWrite(), true);
    assert.equal(one.election.leader, "one");
    assert.partialDeepStrictEqual(specOf(server), {
      holderIdentity: "one",
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
    });
    const first = specOf(server)?.renewTime;
    await until(server, clock, 5000, () => specOf(server)?.renewTime !== first);
    assert.notEqual(specOf(server)?.acquireTime, specOf(server)?.renewTime);
    one.stop.abort();
    await one.run;
    assert.equal(one.election.mayWrite(), false);
    assert.equal(one.terms[0]?.mayWrite(), false);
    assert.equal(specOf(server)?.holderIdentity, undefined);
    assert.deepEqual(one.errors, []);
    assert.equal(clock.waiting, 0);
  });
});

test("a standby takes over at its next try after a clean release, and counts a transition", async () => {
  await withServer(async (server, clock) => {
    const one = contend(server, clock, "one");
    await until(server, clock, 1000, () => one.terms.length === 1);
    const two = contend(server, clock, "two");
    await until(server, clock, 1000, () => two.leaders.length === 1);
    one.stop.abort();
    await one.run;
    const took = await until(server, clock, 10_000, () => two.terms.length === 1);
    assert.ok(took <= 2500, `${took} ms`);
    assert.equal(two.terms[0]?.transitions, 1);
    assert.deepEqual(two.leaders.at(-1), "two");
    two.stop.abort();
    await two.run;
  });
});

test("a standby waits a whole lease duration from its own sight of the last renewal, whatever times the lease holds", async () => {
  await withServer(async (server, clock) => {
    server.put("ns", "l", {
      spec: { holderIdentity: "dead", leaseDurationSeconds: 15, renewTime: microTime(0), leaseTransitions: 4 },
    });
    const one = contend(server, clock, "one");
    const took = await until(server, clock, 30_000, () => one.terms.length === 1);
    assert.ok(took >= 15_000 && took <= 18_000, `${took} ms`);
    assert.equal(one.terms[0]?.transitions, 5);
    one.stop.abort();
    await one.run;
  });
});

test("a holder that has certainly ended is not waited for, any other is", async () => {
  await withServer(async (server, clock) => {
    server.put("ns", "l", { spec: { holderIdentity: "pod_1", leaseDurationSeconds: 15, leaseTransitions: 4 } });
    const hasEnded = (holder: string): boolean => holder.startsWith("pod_");
    const other = contend(server, clock, "other");
    const same = contend(server, clock, "pod_2", { hasEnded });
    const took = await until(server, clock, 30_000, () => same.terms.length === 1);
    assert.ok(took <= 100, `${took} ms`);
    assert.equal(same.terms[0]?.transitions, 5);
    assert.equal(other.election.mayWrite(), false);
    for (const { stop } of [same, other]) stop.abort();
    await Promise.all([same.run, other.run]);
  });
});

test("a contender that defers leaves a free lease to others, and takes it when none does", async () => {
  await withServer(async (server, clock) => {
    let deferMs = 5000;
    const spec = { holderIdentity: "dead", leaseDurationSeconds: 15, renewTime: microTime(0), leaseTransitions: 4 };
    server.put("ns", "l", { spec });
    const late = contend(server, clock, "late", { lookPeriodMs: 100, deferMs: () => deferMs });
    const able = contend(server, clock, "able");
    await until(server, clock, 18_000, () => able.terms.length === 1);
    assert.equal(late.terms.length, 0);
    // Given back: nobody else contends now.
    able.stop.abort();
    await able.run;
    const took = await until(server, clock, 10_000, () => late.terms.length === 1);
    assert.ok(took >= 4900 && took <= 5500, `${took} ms`);
    late.finish();
    await late.run;
    // Who need not defer any more does not.
    const again = contend(server, clock, "again", { lookPeriodMs: 100, deferMs: () => deferMs });
    const begun = clock.now();
    await until(server, clock, 3000, () => clock.now() >= begun + 2000);
    assert.equal(again.terms.length, 0);
    deferMs = 0;
    await until(server, clock, 500, () => again.terms.length === 1);
    again.stop.abort();
    await again.run;
  });
});

test("a contender that defers waits neither for a lease that was never there nor for a holder that has ended", async () => {
  await withServer(async (server, clock) => {
    const deferMs = (): number => 5000;
    const one = contend(server, clock, "pod_1", { deferMs });
    await until(server, clock, 100, () => one.terms.length === 1);
    const spec = { holderIdentity: "pod_0", leaseDurationSeconds: 15, renewTime: microTime(0), leaseTransitions: 4 };
    one.stop.abort();
    await one.run;
    server.put("ns", "l", { spec });
    const two = contend(server, clock, "pod_2", { deferMs, hasEnded: (holder) => holder.startsWith("pod_") });
    await until(server, clock, 100, () => two.terms.length === 1);
    two.stop.abort();
    await two.run;
  });
});

test("a lease that ran out long ago by the server's clock is taken after three retry periods, one that may not have is waited out", async () => {
  const written = (secondsAgo: number): object => ({
    managedFields: [
      { manager: "kubectl", time: "2020-01-01T00:00:00Z" },
      { manager: "kuryr", time: new Date(Date.now() - secondsAgo * 1000).toISOString() },
    ],
  });
  const spec = { holderIdentity: "dead", leaseDurationSeconds: 15, renewTime: microTime(0), leaseTransitions: 4 };
  for (const [secondsAgo, atLeast, atMost] of [
    [120, 6000, 8000],
    // API servers whose clocks are not quite the same.
    [40, 15_000, 18_000],
  ] as const) {
    await withServer(async (server, clock) => {
      server.put("ns", "l", { spec, metadata: written(secondsAgo) });
      const one = contend(server, clock, "one");
      const took = await until(server, clock, 30_000, () => one.terms.length === 1);
      assert.ok(took >= atLeast && took <= atMost, `${took} ms`);
      one.stop.abort();
      await one.run;
    });
  }
});

test("a lease that is renewed is never taken, however far the clocks of the API servers are apart", async () => {
  await withServer(async (server, clock) => {
    const renew = (): void => {
      const spec = { holderIdentity: "alive", leaseDurationSeconds: 15, renewTime: microTime(clock.wallTime()) };
      server.put("ns", "l", { spec, metadata: { managedFields: [{ time: "2020-01-01T00:00:00Z" }] } });
    };
    renew();
    const one = contend(server, clock, "one");
    for (let i = 0; i < 20; i += 1) {
      for (let passed = 0; passed < 2000; passed += 500) {
        clock.advance(500);
        await settle(server);
      }
      renew();
    }
    assert.equal(one.terms.length, 0);
    one.stop.abort();
    await one.run;
  });
});

test("a standby that looks more often than a leader renews learns of a clean release sooner", async () => {
  await withServer(async (server, clock) => {
    const one = contend(server, clock, "one");
    await until(server, clock, 1000, () => one.terms.length === 1);
    const two = contend(server, clock, "two", { lookPeriodMs: 500, random: () => 0.99 });
    await until(server, clock, 1000, () => two.leaders.length === 1);
    one.stop.abort();
    await one.run;
    const took = await until(server, clock, 10_000, () => two.terms.length === 1);
    assert.ok(took <= 1200, `${took} ms`);
    two.stop.abort();
    await two.run;
  });
});

test("a leader that cannot renew loses its right to write at the deadline, before any standby can lead", async () => {
  await withServer(async (server, clock) => {
    const one = contend(server, clock, "one");
    await until(server, clock, 1000, () => one.terms.length === 1);
    server.fault = ({ headers }) => (headers["user-agent"] === "cut off" ? undefined : { kind: "hang" });
    const [term] = one.terms;
    assert.ok(term !== undefined);
    const took = await until(server, clock, 20_000, () => term.signal.aborted);
    assert.ok(took <= 10_000, `${took} ms`);
    assert.ok(term.signal.reason instanceof LeaseLostError);
    assert.equal(term.mayWrite(), false);
    assert.equal(one.election.remainingMs(), 0);
    server.fault = () => undefined;
    await until(server, clock, 20_000, () => one.terms.length === 2);
    one.stop.abort();
    await one.run;
  });
});

test("the right to write ends by the clock alone, even when no timer has had a chance to run", async () => {
  await withServer(async (server, clock) => {
    const one = contend(server, clock, "one");
    await until(server, clock, 1000, () => one.terms.length === 1);
    assert.ok(one.election.remainingMs() <= 10_000 && one.election.remainingMs() > 9000);
    assert.equal(one.election.writeLimitMs(), one.election.remainingMs() + 5000, "the end of the lease");
    clock.jumpWallTime(60_000);
    assert.equal(one.election.mayWrite(), false, "a machine that was suspended");
    assert.equal(one.election.writeLimitMs(), 0);
    const [term] = one.terms;
    await until(server, clock, 5000, () => one.election.mayWrite());
    assert.equal(term?.signal.aborted, false, "nobody took over, so the next renewal restores it");
    one.stop.abort();
    await one.run;
  });
});

test("a leader that finds somebody else in the lease stops at once", async () => {
  await withServer(async (server, clock) => {
    const one = contend(server, clock, "one");
    await until(server, clock, 1000, () => one.terms.length === 1);
    server.put("ns", "l", { spec: { holderIdentity: "usurper", leaseDurationSeconds: 15, leaseTransitions: 1 } });
    const took = await until(server, clock, 5000, () => one.terms[0]?.signal.aborted === true);
    assert.ok(took <= 2200, `${took} ms`);
    assert.equal(one.election.leader, "usurper");
    one.stop.abort();
    await one.run;
    assert.equal(specOf(server)?.holderIdentity, "usurper");
  });
});

test("a leader that finds the lease free, because another led and left, does not go on as if nothing had been", async () => {
  await withServer(async (server, clock) => {
    const one = contend(server, clock, "one");
    await until(server, clock, 1000, () => one.terms.length === 1);
    server.put("ns", "l", { spec: { leaseDurationSeconds: 1, leaseTransitions: 1 } });
    await until(server, clock, 10_000, () => one.terms.length === 2);
    assert.equal(one.terms[0]?.signal.aborted, true);
    assert.equal(one.terms[1]?.transitions, 2);
    one.stop.abort();
    await one.run;
  });
});

for (const fault of ["lost-answer", "reset"] as const) {
  test(`a renewal with a ${fault} is repaired by the next try without losing the lease`, async () => {
    await withServer(async (server, clock) => {
      const one = contend(server, clock, "one");
      await until(server, clock, 1000, () => one.terms.length === 1);
      let faults = 0;
      server.fault = ({ method }) => (method === "PUT" && faults++ === 0 ? { kind: fault } : undefined);
      await until(server, clock, 8000, () => one.errors.length > 0);
      const renewed = specOf(server)?.renewTime;
      await until(server, clock, 8000, () => specOf(server)?.renewTime !== renewed);
      assert.equal(one.terms[0]?.signal.aborted, false);
      assert.equal(one.election.mayWrite(), true);
      one.stop.abort();
      await one.run;
    });
  });
}

test("the lease is renewed while the work drains, and the work may write until it has ended", async () => {
  await withServer(async (server, clock) => {
    const one = contend(server, clock, "one", { obedient: false });
    await until(server, clock, 1000, () => one.terms.length === 1);
    one.stop.abort();
    const before = specOf(server)?.renewTime;
    await until(server, clock, 15_000, () => specOf(server)?.renewTime !== before && clock.now() > 12_000);
    assert.equal(one.terms[0]?.mayWrite(), true);
    assert.equal(specOf(server)?.holderIdentity, "one");
    one.finish();
    await one.run;
    assert.equal(specOf(server)?.holderIdentity, undefined);
  });
});

test("work that does not stop costs the lease its clean release, and run rejects", async () => {
  await withServer(async (server, clock) => {
    const one = contend(server, clock, "one", { obedient: false, drainMs: 3000 });
    await until(server, clock, 1000, () => one.terms.length === 1);
    one.stop.abort();
    let rejected: unknown;
    one.run.catch((error: unknown) => {
      rejected = error;
    });
    await until(server, clock, 10_000, () => rejected !== undefined);
    assert.ok(rejected instanceof LeaseLostError);
    assert.equal(one.terms[0]?.mayWrite(), false);
    assert.equal(specOf(server)?.holderIdentity, "one");
  });
});

test("work that ends of itself gives the lease back; work that fails does too, and run rejects with its error", async () => {
  await withServer(async (server, clock) => {
    const connection = connect({ server: server.url, clock });
    const options = { namespace: "ns", name: "l", identity: "one", onError: () => assert.fail() };
    await createElection(connection, options).run(new AbortController().signal, () => Promise.resolve());
    assert.equal(specOf(server)?.holderIdentity, undefined);
    const failure = new Error("work failed");
    await assert.rejects(
      createElection(connection, { ...options, identity: "two" }).run(new AbortController().signal, () =>
        Promise.reject(failure),
      ),
      failure,
    );
    assert.equal(specOf(server)?.holderIdentity, undefined);
    connection.close();
  });
});

test("times that would let two lead at once are refused", () => {
  const connection = connect({ server: "http://127.0.0.1:1" });
  const options = { namespace: "ns", name: "l", identity: "one", onError: () => {} };
  assert.throws(() => createElection(connection, { ...options, renewDeadlineMs: 15_000 }), UsageError);
  assert.throws(() => createElection(connection, { ...options, retryPeriodMs: 10_000 }), UsageError);
});

test("an unchanged lease keeps the time of its first sight, any change renews it", () => {
  const spec = { holderIdentity: "a", leaseDurationSeconds: 15, renewTime: microTime(5) };
  const first = observe(undefined, spec, 100);
  assert.equal(observe(first, { ...spec }, 900), first);
  assert.equal(observe(first, { ...spec, renewTime: microTime(6) }, 900).since, 900);
});

test("a time of the API has six decimals", () => {
  assert.equal(microTime(Date.UTC(2026, 0, 2, 3, 4, 5, 6)), "2026-01-02T03:04:05.006000Z");
});

test("whatever the network does, two contenders never may write at the same time, and one leads when it is well again", async () => {
  const kinds = fc.constantFrom<"none" | Fault["kind"]>("none", "none", "hang", "reset", "lost-answer", "answer");
  const step = fc.record({
    ms: fc.integer({ min: 100, max: 6000 }),
    faults: fc.array(kinds, { minLength: 1, maxLength: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20 }), async (steps) => {
      await withServer(async (server, clock) => {
        let faults: readonly ("none" | Fault["kind"])[] = ["none"];
        server.fault = (request: SeenRequest) => {
          const kind = faults[server.requests.indexOf(request) % faults.length];
          if (kind === "answer") return { kind, status: 503, body: {} };
          return kind === "hang" || kind === "reset" || kind === "lost-answer" ? { kind } : undefined;
        };
        const contenders = ["one", "two", "three"].map((identity, index) =>
          contend(server, clock, identity, { random: () => index / 3 }),
        );
        const check = (): void => {
          const writers = contenders.filter(({ election }) => election.mayWrite());
          assert.ok(writers.length <= 1, "two may write");
        };
        for (const { ms, faults: next } of steps) {
          faults = next;
          for (let passed = 0; passed < ms; passed += 500) {
            clock.advance(500);
            await settle(server);
            check();
          }
        }
        faults = ["none"];
        await until(server, clock, 60_000, () => {
          check();
          return contenders.some(({ election }) => election.mayWrite());
        });
        for (const { stop } of contenders) stop.abort();
        let stopped = false;
        const all = Promise.all(contenders.map(({ run }) => run)).then(() => {
          stopped = true;
        });
        await until(server, clock, 60_000, () => stopped);
        await all;
      });
    }),
    { numRuns: 15 },
  );
});
