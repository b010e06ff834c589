import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../api/connection.ts";
import { createInformer, type Informer } from "./informer.ts";
import { ManualClock } from "../manual-clock.ts";
import type { InformerOptions } from "./informer.ts";
import { ObjectServer, type SeenRequest, type Widget, WIDGETS } from "../testing/object-server.ts";

interface Rig {
  readonly server: ObjectServer;
  readonly informer: Informer<string>;
  readonly errors: unknown[];
  readonly log: string[];
  /** Resolves when the log has this entry, now or later. */
  logged(entry: string): Promise<void>;
  stop(): Promise<void>;
}

async function rig(
  prepare: (server: ObjectServer) => void,
  options: Partial<InformerOptions<Widget, string>> = {},
  clock?: ManualClock,
): Promise<Rig> {
  const server = await ObjectServer.start();
  prepare(server);
  const connection = connect({ server: server.url, clock });
  const errors: unknown[] = [];
  const informer = createInformer(connection.resource<Widget>(WIDGETS), {
    project: (widget) => widget.metadata.resourceVersion,
    onError: (error) => errors.push(error),
    backoff: { baseMs: 1, maxMs: 2, jitter: 1 },
    ...options,
  });
  const log: string[] = [];
  let wake = (): void => {};
  const say = (entry: string): void => {
    log.push(entry);
    wake();
  };
  informer.handle({
    add: (_current, { key, origin }) => say(`add ${key} ${origin}`),
    update: (_old, _current, { key, origin }) => say(`update ${key} ${origin}`),
    delete: (_last, { key, origin }) => say(`delete ${key} ${origin}`),
  });
  const stop = new AbortController();
  const run = informer.run(stop.signal);
  return {
    server,
    informer,
    errors,
    log,
    async logged(entry) {
      while (!log.includes(entry)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async stop() {
      stop.abort();
      await run;
      connection.close();
      await server.stop();
    },
  };
}

const isWatch = ({ query }: SeenRequest): boolean => query.get("watch") === "true";

test("a server that offers it is asked for a streaming list, which goes over into the watch: one request", async () => {
  const it = await rig((server) => {
    for (let index = 0; index < 5; index++) server.put("a", `w${index}`);
  });
  await it.informer.synced;
  assert.equal(it.informer.size, 5);
  it.server.put("a", "w5");
  await it.logged("add a/w5 watch");
  assert.deepEqual(it.log.slice(0, 5), [
    "add a/w0 list",
    "add a/w1 list",
    "add a/w2 list",
    "add a/w3 list",
    "add a/w4 list",
  ]);
  const [request, ...others] = it.server.requests;
  assert.equal(others.length, 0);
  assert.deepEqual(
    ["sendInitialEvents", "resourceVersionMatch", "resourceVersion", "allowWatchBookmarks"].map((name) =>
      request?.query.get(name),
    ),
    ["true", "NotOlderThan", null, "true"],
  );
  assert.deepEqual(it.errors, []);
  await it.stop();
});

test("a server that refuses streaming lists is asked once, silently, and then listed in pages", async () => {
  const it = await rig(
    (server) => {
      server.streamingList = false;
      for (let index = 0; index < 5; index++) server.put("a", `w${index}`);
    },
    { pageSize: 2 },
  );
  const peer = await it.server.nextWatch();
  peer.error(410, "Expired");
  await it.server.nextWatch();
  assert.equal(it.informer.size, 5);
  assert.equal(it.server.requests.filter(({ query }) => query.has("sendInitialEvents")).length, 1);
  assert.equal(it.server.requests.filter((request) => !isWatch(request)).length, 6);
  assert.equal(it.errors.length, 1);
  await it.stop();
});

test("a server that ignores the question is noticed by its ordinary bookmark, and listed in pages", async () => {
  const it = await rig((server) => {
    server.put("a", "w");
    server.fault = ({ query }) =>
      query.has("sendInitialEvents")
        ? {
            kind: "raw",
            respond: (response) => {
              const object = { kind: "Widget", metadata: { resourceVersion: "1" } };
              response.write(`${JSON.stringify({ type: "BOOKMARK", object })}\n`);
            },
          }
        : undefined;
  });
  await it.informer.synced;
  assert.equal(it.informer.size, 1);
  assert.deepEqual(it.errors, []);
  await it.stop();
});

test("objects that change or go while the list streams are in the cache as they ended", async () => {
  const widget = (name: string, version: string): object => ({
    apiVersion: "example.org/v1",
    kind: "Widget",
    metadata: { namespace: "a", name, uid: `uid-${name}`, resourceVersion: version },
  });
  const it = await rig((server) => {
    server.fault = ({ query }) =>
      query.has("sendInitialEvents")
        ? {
            kind: "raw",
            respond: (response) => {
              const annotations = { "k8s.io/initial-events-end": "true" };
              for (const [type, object] of [
                ["ADDED", widget("kept", "1")],
                ["ADDED", widget("changed", "2")],
                ["ADDED", widget("deleted", "3")],
                ["MODIFIED", widget("changed", "4")],
                ["DELETED", widget("deleted", "5")],
                ["BOOKMARK", { metadata: { resourceVersion: "5", annotations } }],
              ])
                response.write(`${JSON.stringify({ type, object })}\n`);
            },
          }
        : undefined;
  });
  await it.informer.synced;
  assert.deepEqual(Object.fromEntries([...it.informer.keys()].map((key) => [key, it.informer.get(key)])), {
    "a/kept": "1",
    "a/changed": "4",
  });
  assert.equal(it.informer.resourceVersion, "5");
  await it.stop();
});

test("a streaming list that breaks or ends early changes nothing; the next comes in pages, later ones stream again", async () => {
  const it = await rig((server) => {
    server.put("a", "kept");
    server.put("a", "deleted");
  });
  const peer = await it.server.nextWatch();
  await it.informer.synced;
  peer.silent = true;
  it.server.remove("a", "deleted");
  let broken = 0;
  it.server.fault = ({ query }) =>
    query.has("sendInitialEvents") && broken++ === 0
      ? { kind: "raw", respond: (response) => response.end() }
      : undefined;
  peer.silent = false;
  peer.error(410, "Expired");
  await it.logged("delete a/deleted list");
  assert.equal(it.informer.size, 1);
  assert.match(String(it.errors[1]), /ended before its last object/);
  const again = await it.server.nextWatch();
  again.error(410, "Expired");
  const last = await it.server.nextWatch();
  assert.deepEqual(
    it.server.requests.map(({ query }) =>
      query.has("sendInitialEvents") ? "stream" : query.has("watch") ? "watch" : "list",
    ),
    ["stream", "stream", "list", "watch", "stream"],
  );
  assert.equal(last.request.query.get("sendInitialEvents"), "true");
  await it.stop();
});

test("with relistMs a streaming list is repeated too: it may take longer than that, and its watch ends in time", async () => {
  const clock = new ManualClock();
  const it = await rig((server) => void server.put("a", "w"), { relistMs: () => 10_000 }, clock);
  const lost = await it.server.nextWatch();
  await it.informer.synced;
  const seconds = Number(lost.request.query.get("timeoutSeconds"));
  assert.ok(seconds >= 300 && seconds <= 600, String(seconds));
  lost.silent = true;
  it.server.put("a", "w");
  clock.advance(9000);
  await it.logged("update a/w list");
  assert.deepEqual(it.errors, []);
  await it.stop();
});
