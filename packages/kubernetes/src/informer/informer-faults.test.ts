import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { type Clock, systemClock } from "../clock.ts";
import { connect } from "../api/connection.ts";
import { createInformer } from "./informer.ts";
import { ObjectServer, type SeenRequest, type Widget, WIDGETS, type WatchPeer } from "../testing/object-server.ts";
import { seeded, seedOf } from "../testing/seed.ts";

const ROUNDS = 100;
/** The informer's time runs so much faster: a second of back-off takes ten milliseconds. */
const SPEED = 100;

const quickClock: Clock = {
  now: () => systemClock.now() * SPEED,
  wallTime: () => systemClock.wallTime(),
  schedule: (delayMs, callback) => systemClock.schedule(delayMs / SPEED, callback),
};

/** What a fault is given to do its work. */
interface Scene {
  readonly peer: WatchPeer;
  readonly server: ObjectServer;
  readonly churn: () => void;
  /** A whole number below `count`. */
  readonly pick: (count: number) => number;
}

const isList = ({ query }: SeenRequest): boolean => !query.has("watch") || query.has("sendInitialEvents");

/** The next request, or the next list of either kind, is answered with a failure. */
function refuseOnce({ server }: Scene, status: number, reason: string, of: (request: SeenRequest) => boolean): void {
  server.fault = (request) => {
    if (!of(request)) return undefined;
    server.fault = () => undefined;
    const headers = status === 429 ? { "Retry-After": "0" } : {};
    return { kind: "answer", status, headers, body: { kind: "Status", code: status, reason } };
  };
}

/** Something happens that this watch does not tell, and that the server forgets. */
function forget({ peer, server, churn }: Scene): void {
  peer.silent = true;
  churn();
  server.compact();
}

const FAULTS: Readonly<Record<string, (scene: Scene) => void>> = {
  "connection reset": ({ peer }) => peer.reset(),
  "end of the stream": ({ peer }) => peer.end(),
  "410 as an ERROR event": ({ peer, churn }) => {
    peer.silent = true;
    churn();
    peer.silent = false;
    peer.error(410, "Expired");
    peer.end();
  },
  "HTTP 410": (scene) => {
    forget(scene);
    scene.peer.reset();
  },
  "500 as an ERROR event": ({ peer }) => {
    peer.error(500, "InternalError");
    peer.end();
  },
  "HTTP 500 on watch": (scene) => {
    refuseOnce(scene, 500, "InternalError", () => true);
    scene.peer.reset();
  },
  "HTTP 500 on list": (scene) => {
    forget(scene);
    refuseOnce(scene, 500, "InternalError", isList);
    scene.peer.reset();
  },
  "429 on watch": (scene) => {
    refuseOnce(scene, 429, "TooManyRequests", () => true);
    scene.peer.reset();
  },
  "429 on list": (scene) => {
    forget(scene);
    refuseOnce(scene, 429, "TooManyRequests", isList);
    scene.peer.reset();
  },
  "half-open peer": ({ peer }) => {
    peer.silent = true;
  },
  "slow body": ({ peer, server, churn, pick }) => {
    server.paceMs = 1 + pick(3);
    churn();
    if (pick(2) === 0) server.compact();
    peer.reset();
  },
  "line that is no JSON": ({ peer }) => void peer.response.write('{"type":"ADDED","object":{]\n'),
  "end within an event": ({ peer }) => {
    peer.response.write('{"type":"ADDED","obj');
    peer.end();
  },
};

async function churnThroughFaults(t: TestContext, streamingList: boolean): Promise<void> {
  const random = seeded(seedOf(t));
  const pick = (count: number): number => Math.floor(random() * count);
  const server = await ObjectServer.start();
  server.streamingList = streamingList;
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
  const connection = connect({ server: server.url, random, clock: quickClock });
  const informer = createInformer(connection.resource<Widget>(WIDGETS), {
    project: (widget) => widget.metadata.resourceVersion,
    onError: () => {},
    pageSize: 4,
    stallMs: 15 * SPEED,
    backoff: { baseMs: SPEED / 2, maxMs: SPEED, jitter: 1 },
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
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const stop = new AbortController();
  let next = server.nextWatch();
  const run = informer.run(stop.signal);
  const order = Object.entries(FAULTS).flatMap((fault) => Array.from({ length: ROUNDS }, () => fault));
  for (let left = order.length; left > 0; left--) {
    const [fault] = order.splice(pick(left), 1);
    if (fault === undefined) break;
    const peer = await next;
    next = server.nextWatch();
    // Sometimes before the first event, sometimes well after it.
    for (let turns = pick(4); turns > 0; turns--) {
      churn();
      await turn();
    }
    server.paceMs = 0;
    fault[1]({ peer, server, churn, pick });
    churn();
    // Whole rounds must find the cache equal, not only the last.
    if (left % 50 === 0) await equal(`after ${fault[0]}`);
  }
  await next;
  await equal("at the end");
  stop.abort();
  await run;
  connection.close();
  await server.stop();

  async function equal(when: string): Promise<void> {
    server.paceMs = 0;
    const last = server.put("a", "last");
    while (informer.get("a/last") !== last.metadata.resourceVersion) await turn();
    const cached = new Map([...informer.keys()].map((key) => [key, informer.get(key)]));
    assert.deepEqual(cached, server.state(), when);
    assert.deepEqual(told, server.state(), when);
  }
}

describe("each failure 100 times while objects churn: the cache ends equal to the server", {
  concurrency: true,
}, () => {
  for (const [name, streaming] of [
    ["lists in pages", false],
    ["streaming lists", true],
  ] as const) {
    test(`${Object.keys(FAULTS).length} failures with ${name}`, { timeout: 120_000 }, (t) =>
      churnThroughFaults(t, streaming),
    );
  }
});
