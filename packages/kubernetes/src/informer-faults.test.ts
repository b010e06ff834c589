import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "./connection.ts";
import { createInformer } from "./informer.ts";
import { ObjectServer, type Widget, WIDGETS, type WatchPeer } from "./testing/object-server.ts";

/** A small generator (mulberry32), so that a failing run can be repeated by its seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const FAULTS = [
  "reset",
  "eof",
  "410 event",
  "410 answer",
  "500 event",
  "500 answer",
  "garbage",
  "half event",
  "silence",
];

test("whatever fails while objects churn, the cache ends equal to the server", { timeout: 180_000 }, async (t) => {
  const seed = Number(process.env["KUBERNETES_TEST_SEED"] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}`);
  const random = seeded(seed);
  const pick = (count: number): number => Math.floor(random() * count);
  const server = await ObjectServer.start();
  server.cut = (bytes) => {
    const at = pick(bytes.length);
    return [bytes.subarray(0, at), bytes.subarray(at)];
  };
  const churn = (): void => {
    const name = `w${pick(20)}`;
    if (random() < 0.3) server.remove("a", name);
    else server.put("a", name, { spec: { color: `farbe-${pick(1000)}-ü` } });
  };
  for (let index = 0; index < 20; index++) churn();
  const connection = connect({ server: server.url, random });
  const informer = createInformer(connection.resource<Widget>(WIDGETS), {
    project: (widget) => widget.metadata.resourceVersion,
    onError: () => {},
    pageSize: 4,
    stallMs: 15,
    backoff: { baseMs: 1, maxMs: 3, jitter: 1 },
  });
  // What handlers were told must add up to the same.
  const told = new Map<string, string>();
  informer.handle({
    add: (current, { key }) => {
      assert.ok(!told.has(key));
      told.set(key, current);
    },
    update: (old, current, { key }) => {
      assert.equal(told.get(key), old);
      told.set(key, current);
    },
    delete: (_last, { key }) => assert.ok(told.delete(key)),
  });
  const controller = new AbortController();
  let next = server.nextWatch();
  const run = informer.run(controller.signal);
  for (let round = 0; round < FAULTS.length * 100; round++) {
    const peer = await next;
    next = server.nextWatch();
    const turns = pick(4);
    for (let turn = 0; turn < turns; turn++) {
      churn();
      await new Promise((resolve) => setImmediate(resolve));
    }
    inject(FAULTS[round % FAULTS.length] ?? "", peer, server, churn);
  }
  await next;
  server.fault = () => undefined;
  const last = server.put("a", "last");
  while (informer.get("a/last") !== last.metadata.resourceVersion) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const cached = new Map([...informer.keys()].map((key) => [key, informer.get(key)]));
  assert.deepEqual(cached, server.state());
  assert.deepEqual(told, server.state());
  controller.abort();
  await run;
  connection.close();
  await server.stop();
});

function inject(fault: string, peer: WatchPeer, server: ObjectServer, churn: () => void): void {
  const refuseOnce = (status: number, reason: string): void => {
    server.fault = () => {
      server.fault = () => undefined;
      return { kind: "answer", status, body: { kind: "Status", code: status, reason } };
    };
  };
  switch (fault) {
    case "reset":
      peer.reset();
      break;
    case "eof":
      peer.end();
      break;
    case "410 event":
      peer.silent = true;
      churn();
      peer.silent = false;
      peer.error(410, "Expired");
      peer.end();
      break;
    case "410 answer":
      peer.silent = true;
      churn();
      server.compact();
      peer.reset();
      break;
    case "500 event":
      peer.error(500, "InternalError");
      peer.end();
      break;
    case "500 answer":
      refuseOnce(500, "InternalError");
      peer.reset();
      break;
    case "garbage":
      peer.response.write('{"type":"ADDED","object":{]\n');
      break;
    case "half event":
      peer.response.write('{"type":"ADDED","obj');
      peer.end();
      break;
    default:
      peer.silent = true;
      break;
  }
  churn();
}
