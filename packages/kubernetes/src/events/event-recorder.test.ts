import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { connect } from "../api/connection.ts";
import { createEventRecorder, type EventRecorder, EVENTS } from "./event-recorder.ts";
import { EventSeriesTable, type ObjectReference } from "./event-series.ts";
import { ManualClock } from "../manual-clock.ts";
import { ObjectServer } from "../testing/object-server.ts";

const about: ObjectReference = { apiVersion: "v1", kind: "Pod", namespace: "a", name: "p", uid: "u" };
const note = { type: "Warning", reason: "NoPort", message: "no port" } as const;

interface Rig {
  readonly server: ObjectServer;
  readonly clock: ManualClock;
  readonly recorder: EventRecorder;
  readonly errors: unknown[];
  /** Resolves when the server has seen so many requests in all. */
  readonly seen: (count: number) => Promise<void>;
  readonly stored: () => Record<string, unknown>[];
  readonly stop: () => Promise<void>;
}

async function withRecorder(work: (rig: Rig) => Promise<void>): Promise<void> {
  const server = await ObjectServer.start(EVENTS);
  const clock = new ManualClock();
  const errors: unknown[] = [];
  let finished = 0;
  let wake = (): void => {};
  const connection = connect({
    server: server.url,
    clock,
    random: () => 0.5,
    onRequest: () => {
      finished += 1;
      wake();
    },
  });
  const recorder = createEventRecorder(connection, {
    component: "test",
    instance: "test-1",
    onError: (error) => errors.push(error),
  });
  const controller = new AbortController();
  const run = recorder.run(controller.signal);
  const stop = async (): Promise<void> => {
    controller.abort();
    await run;
  };
  try {
    await work({
      server,
      clock,
      recorder,
      errors,
      stop,
      seen: async (count) => {
        await new Promise<void>((resolve) => {
          wake = () => {
            if (finished >= count) resolve();
          };
          wake();
        });
        // The recorder's own bookkeeping follows in the same turn.
        await new Promise((resolve) => setImmediate(resolve));
      },
      stored: () => [...server.state().keys()].map((key) => ({ ...server.object(key) })),
    });
    await stop();
    assert.equal(clock.waiting, 0);
  } finally {
    connection.close();
    await server.stop();
  }
}

test("an event names its object, its times, its source, and stands in the object's namespace", async () => {
  await withRecorder(async ({ recorder, seen, stored, clock }) => {
    recorder.record(about, note);
    recorder.record({ ...about, kind: "Node", namespace: undefined, name: "n" }, { ...note, type: "Normal" });
    await seen(2);
    const [event, other] = stored();
    const time = new Date(clock.wallTime()).toISOString().replace(".000Z", "Z");
    assert.partialDeepStrictEqual(event, {
      apiVersion: "v1",
      kind: "Event",
      involvedObject: about,
      type: "Warning",
      reason: "NoPort",
      message: "no port",
      count: 1,
      firstTimestamp: time,
      lastTimestamp: time,
      source: { component: "test", host: "test-1" },
      reportingComponent: "test",
      reportingInstance: "test-1",
    });
    assert.partialDeepStrictEqual(other, { metadata: { namespace: "default" } });
  });
});

test("the same event again makes the count grow, and is written at most every five seconds", async () => {
  await withRecorder(async ({ recorder, server, seen, stored, clock }) => {
    recorder.record(about, note);
    await seen(1);
    for (let index = 0; index < 50; index++) recorder.record(about, note);
    clock.advance(4999);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(server.requests.length, 1);
    clock.advance(1);
    await seen(2);
    assert.equal(stored().length, 1);
    assert.partialDeepStrictEqual(stored()[0], { count: 51 });
    assert.equal(server.requests[1]?.method, "PATCH");
  });
});

test("one object has 25 writes at once and then one in five minutes; what waits is counted on, and others are not held up", async () => {
  await withRecorder(async ({ recorder, server, seen, stored, clock, stop }) => {
    for (let index = 0; index < 27; index++) recorder.record(about, { ...note, reason: `Reason${index}` });
    await seen(25);
    recorder.record({ ...about, name: "another", uid: "another" }, note);
    await seen(26);
    recorder.record(about, { ...note, reason: "Reason25" });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(server.requests.length, 26);
    clock.advance(300_000);
    await seen(27);
    assert.equal(stored().length, 27);
    // What is left when the recorder stops is written then.
    await stop();
    assert.equal(stored().length, 28);
    const held = stored().find(({ reason }) => reason === "Reason25");
    assert.partialDeepStrictEqual(held ?? {}, { count: 2 });
  });
});

test("an event that the server has forgotten meanwhile is created anew", async () => {
  await withRecorder(async ({ recorder, server, seen, stored, clock }) => {
    recorder.record(about, note);
    await seen(1);
    server.remove(
      "a",
      stored()
        .map(({ metadata }) => Object(metadata).name)
        .join(""),
    );
    recorder.record(about, note);
    clock.advance(5000);
    await seen(3);
    assert.partialDeepStrictEqual(stored()[0], { count: 2 });
  });
});

test("an event that is refused is given up at once, one that meets a failing server after five tries", async () => {
  await withRecorder(async ({ recorder, server, seen, errors, clock }) => {
    server.fault = () => ({ kind: "answer", status: 403, body: { kind: "Status", reason: "Forbidden" } });
    recorder.record(about, note);
    await seen(1);
    assert.equal(errors.length, 1);
    server.fault = () => ({ kind: "answer", status: 500, body: {} });
    recorder.record(about, { ...note, reason: "Other" });
    for (let tries = 2; tries <= 6; tries++) {
      await seen(tries);
      clock.advance(30_000);
    }
    assert.equal(errors.length, 2);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(server.requests.length, 6);
  });
});

test("what is not yet written when the recorder stops is written then", async () => {
  await withRecorder(async ({ recorder, stop, seen, stored }) => {
    recorder.record(about, note);
    await seen(1);
    recorder.record(about, note);
    recorder.record(about, { ...note, reason: "Stopping" });
    await stop();
    assert.equal(stored().length, 2);
    assert.partialDeepStrictEqual(stored()[0], { count: 2 });
  });
});

const limits = { quietMs: 1000, distinctMessages: 3, maxSeries: 20 };

test("messages that differ each time are combined after the first few", () => {
  const table = new EventSeriesTable(limits);
  const series = Array.from({ length: 10 }, (_, index) =>
    table.record(about, { ...note, message: `port ${index}` }, index),
  );
  assert.equal(table.size, 4);
  const last = series.at(-1);
  assert.equal(last?.count, 7);
  assert.equal(last?.message, "(combined from similar events): port 9");
});

test("a series that was quiet is over, and the next occurrence starts at one", () => {
  const table = new EventSeriesTable(limits);
  table.record(about, note, 0);
  assert.equal(table.record(about, note, 999).count, 2);
  assert.equal(table.record(about, note, 1999).count, 1);
});

test("however many events are recorded, the table stays within its limits and loses no count of a live series", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ name: fc.nat(12), reason: fc.nat(2), message: fc.nat(5), wait: fc.nat(80) })),
      (events) => {
        const table = new EventSeriesTable(limits);
        let now = 0;
        for (const { name, reason, message, wait } of events) {
          now += wait;
          const one = { type: "Normal", reason: `r${reason}`, message: `m${message}` } as const;
          const before = new Map([...table.values()].map((series) => [series.key, series.count]));
          const series = table.record({ ...about, name: `p${name}` }, one, now);
          assert.ok(table.size <= limits.maxSeries);
          assert.equal(table.get(series.key), series);
          assert.ok(series.count === 1 || series.count === (before.get(series.key) ?? 0) + 1);
          for (const other of table.values()) assert.ok(now - other.lastAt < limits.quietMs);
        }
      },
    ),
    { numRuns: 500 },
  );
});
