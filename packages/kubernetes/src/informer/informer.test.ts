import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connection } from "../api/connection-options.ts";
import { connect } from "../api/connection.ts";
import { createInformer, type Informer, type InformerOptions } from "./informer.ts";
import type { InformerErrorContext } from "./reflector.ts";
import type { Clock, Random } from "../clock.ts";
import { KubernetesError, WatchStalledError } from "../errors.ts";
import { ManualClock } from "../manual-clock.ts";
import { ObjectServer, type Widget, WIDGETS } from "../testing/object-server.ts";

interface Projected {
  readonly name: string;
  readonly version: string;
  readonly color: string;
}

function project(widget: Widget): Projected {
  const color = widget.spec?.["color"];
  return {
    name: widget.metadata.name,
    version: widget.metadata.resourceVersion,
    color: typeof color === "string" ? color : "none",
  };
}

interface Rig {
  readonly server: ObjectServer;
  readonly connection: Connection;
  readonly informer: Informer<Projected, "color">;
  readonly log: string[];
  readonly errors: { error: unknown; context: InformerErrorContext }[];
  readonly run: Promise<void>;
  /** Resolves when the log has this entry, now or later. */
  logged(entry: string): Promise<void>;
  stop(): Promise<void>;
}

type Overrides = Partial<InformerOptions<Widget, Projected, "color">> & {
  readonly prepare?: (server: ObjectServer) => void;
  readonly random?: Random;
  readonly clock?: Clock;
};

async function rig(overrides: Overrides = {}): Promise<Rig> {
  const { prepare, random, clock, ...options } = overrides;
  const server = await ObjectServer.start();
  prepare?.(server);
  const connection = connect({ server: server.url, random, clock });
  const errors: Rig["errors"] = [];
  const informer = createInformer(connection.resource<Widget>(WIDGETS), {
    project,
    indexes: { color: (value: Projected) => [value.color] },
    onError: (error, context) => errors.push({ error, context }),
    // In pages here; informer-streaming.test.ts has the other way.
    streamingList: false,
    backoff: { baseMs: 1, maxMs: 4, jitter: 0.5 },
    ...options,
  });
  const log: string[] = [];
  const waiting: { entry: string; resolve: () => void }[] = [];
  const say = (entry: string): void => {
    log.push(entry);
    for (const waiter of waiting) if (waiter.entry === entry) waiter.resolve();
  };
  informer.handle({
    add: (current) => say(`add ${current.name} ${current.color}`),
    update: (old, current) => say(`update ${current.name} ${old.color}->${current.color}`),
    delete: (last) => say(`delete ${last.name} ${last.color}`),
  });
  const controller = new AbortController();
  const run = informer.run(controller.signal);
  return {
    server,
    connection,
    informer,
    log,
    errors,
    run,
    logged: (entry) =>
      log.includes(entry)
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push({ entry, resolve });
          }),
    stop: async () => {
      controller.abort();
      await run;
      connection.close();
      await server.stop();
    },
  };
}

test("the first list is in the cache when synced resolves, and changes follow as add, update and delete", async () => {
  const it = await rig({
    prepare: (server) => {
      for (let index = 0; index < 7; index++) server.put("a", `w${index}`, { spec: { color: "red" } });
    },
    pageSize: 3,
  });
  await it.informer.synced;
  assert.equal(it.informer.size, 7);
  assert.deepEqual([...it.informer.indexKeys("color", "red")].length, 7);
  it.server.put("a", "w0", { spec: { color: "blue" } });
  await it.logged("update w0 red->blue");
  assert.deepEqual(
    it.informer.byIndex("color", "blue").map((value) => value.name),
    ["w0"],
  );
  it.server.remove("a", "w0");
  await it.logged("delete w0 blue");
  assert.deepEqual(it.informer.indexValues("color"), ["red"]);
  assert.equal(it.errors.length, 0);
  await it.stop();
});

test("a connection reset is survived without a new list, and nothing is missed", async () => {
  const it = await rig();
  const first = await it.server.nextWatch();
  const again = it.server.nextWatch();
  first.reset();
  it.server.put("a", "missed", { spec: { color: "red" } });
  await again;
  await it.logged("add missed red");
  assert.equal(it.server.requests.filter((request) => request.query.get("watch") === null).length, 1);
  assert.equal(it.errors.length, 1);
  assert.equal(it.errors[0]?.context.phase, "watch");
  await it.stop();
});

test("HTTP 500 on watch and on list is retried with back-off", async () => {
  let failures = 6;
  const it = await rig({
    prepare: (server) => {
      server.put("a", "w", { spec: { color: "red" } });
      server.fault = () =>
        failures-- > 3 || (failures >= 0 && server.requests.length > 4)
          ? { kind: "answer", status: 500, body: { kind: "Status", code: 500, reason: "InternalError" } }
          : undefined;
    },
  });
  await it.informer.synced;
  assert.ok(it.errors.length >= 3);
  assert.ok(it.errors.every(({ context }) => context.retryInMs !== undefined && context.retryInMs > 0));
  await it.stop();
});

test("a server that keeps answering the watch with errors is asked for a new list", async () => {
  const it = await rig({
    prepare: (server) => {
      let watches = 0;
      server.fault = (request) =>
        request.query.get("watch") === "true" && watches++ < 5
          ? { kind: "answer", status: 500, body: "etcdserver: mvcc: required revision is a future revision" }
          : undefined;
    },
  });
  await it.server.nextWatch();
  assert.equal(it.server.requests.filter((request) => request.query.get("watch") === null).length, 2);
  await it.stop();
});

for (const way of ["an HTTP 410", "an ERROR event"] as const) {
  test(`${way} makes a new list, whose difference is delivered, missed deletions included`, async () => {
    const it = await rig({
      prepare: (server) => {
        server.put("a", "kept", { spec: { color: "red" } });
        server.put("a", "changed", { spec: { color: "red" } });
        server.put("a", "deleted", { spec: { color: "red" } });
        server.put("a", "recreated", { spec: { color: "red" } });
      },
    });
    const peer = await it.server.nextWatch();
    peer.silent = true;
    it.server.put("a", "changed", { spec: { color: "blue" } });
    it.server.remove("a", "deleted");
    it.server.remove("a", "recreated");
    it.server.put("a", "recreated", { spec: { color: "green" } });
    it.server.put("a", "added", { spec: { color: "blue" } });
    const again = it.server.nextWatch();
    if (way === "an HTTP 410") {
      it.server.compact();
      peer.reset();
    } else {
      peer.silent = false;
      peer.error(410, "Expired");
    }
    await again;
    assert.deepEqual(it.log.slice(4), [
      "delete deleted red",
      "delete recreated red",
      "update changed red->blue",
      "add recreated green",
      "add added blue",
    ]);
    assert.equal(it.informer.size, 4);
    await it.stop();
  });
}

test("a continue token that expires in the middle of a list is answered by one list without pages", async () => {
  const it = await rig({
    pageSize: 2,
    prepare: (server) => {
      for (let index = 0; index < 5; index++) server.put("a", `w${index}`);
      server.fault = (request) => {
        if (request.query.has("continue")) server.compact();
        return undefined;
      };
    },
  });
  await it.informer.synced;
  assert.equal(it.informer.size, 5);
  assert.equal(it.errors.length, 0);
  await it.stop();
});

test("a half-open peer is noticed by its silence, and bookmarks are signs of life", async () => {
  const clock = new ManualClock();
  let heard = (): void => {};
  const it = await rig({ clock, stallMs: 150_000, hooks: { event: () => heard() } });
  const first = await it.server.nextWatch();
  // The watchdog runs once the answer's headers are here; the request's own limit is gone then.
  const bookmark = new Promise<void>((resolve) => {
    heard = resolve;
  });
  first.bookmark();
  await bookmark;
  clock.advance(149_999);
  assert.equal(it.errors.length, 0);
  const second = new Promise<void>((resolve) => {
    heard = resolve;
  });
  first.bookmark();
  await second;
  clock.advance(149_999);
  assert.equal(it.errors.length, 0);
  const again = it.server.nextWatch();
  clock.advance(1);
  await clock.untilWaiting(1);
  clock.advance(10_000);
  assert.notEqual(await again, first);
  const [stall] = it.errors;
  assert.ok(stall?.error instanceof WatchStalledError);
  assert.equal(stall.error.silentMs, 150_000);
  await it.stop();
});

test("a bookmark moves the version from which the next watch starts", async () => {
  const it = await rig();
  const first = await it.server.nextWatch();
  first.silent = true;
  it.server.put("b", "elsewhere");
  first.silent = false;
  const expected = it.server.version;
  first.bookmark();
  const again = it.server.nextWatch();
  first.end();
  const peer = await again;
  assert.equal(peer.request.query.get("resourceVersion"), expected);
  assert.equal(peer.request.query.get("allowWatchBookmarks"), "true");
  await it.stop();
});

test("a bookmark from the past, as after a restored backup, makes a new list", async () => {
  const it = await rig({ prepare: (server) => void server.put("a", "w", { spec: { color: "red" } }) });
  const peer = await it.server.nextWatch();
  const again = it.server.nextWatch();
  peer.response.write('{"type":"BOOKMARK","object":{"kind":"Widget","metadata":{"resourceVersion":"99"}}}\n');
  await again;
  assert.equal(it.server.requests.filter((request) => request.query.get("watch") === null).length, 2);
  const [first] = it.errors;
  assert.ok(first?.error instanceof KubernetesError);
  assert.equal(first.error.code, "KUBERNETES_SERVER_WENT_BACK");
  await it.stop();
});

test("the server is asked to end each watch after a random time between the limits", async () => {
  const it = await rig({ random: () => 0.5, watchMs: { min: 300_000, max: 600_000 } });
  const peer = await it.server.nextWatch();
  assert.equal(peer.request.query.get("timeoutSeconds"), "450");
  await it.stop();
});

test("with relistMs a lost event is made up for by a list, for which the watch ends in time", async () => {
  const clock = new ManualClock();
  const it = await rig({ clock, random: () => 0, relistMs: () => 10_000 });
  const lost = await it.server.nextWatch();
  assert.equal(lost.request.query.get("timeoutSeconds"), "5");
  lost.silent = true;
  it.server.put("a", "w", { spec: { color: "red" } });
  clock.advance(5000);
  lost.end();
  await it.logged("add w red");
  assert.deepEqual(it.errors, []);
  await it.stop();
});

test("each watch has a connection of its own and lists share a kept-alive one", async () => {
  const it = await rig({ pageSize: 1, prepare: (server) => void [server.put("a", "x"), server.put("a", "y")] });
  const first = await it.server.nextWatch();
  const again = it.server.nextWatch();
  first.end();
  const second = await again;
  const lists = it.server.requests.filter((request) => request.query.get("watch") === null);
  assert.equal(new Set(lists.map((request) => request.remotePort)).size, 1);
  assert.notEqual(first.request.remotePort, second.request.remotePort);
  assert.notEqual(first.request.remotePort, lists[0]?.remotePort);
  await it.stop();
});

test("events cut anywhere, within characters too, arrive whole", async () => {
  const it = await rig({
    prepare: (server) => {
      server.cut = (bytes) => Array.from(bytes, (byte) => Buffer.from([byte]));
    },
  });
  await it.server.nextWatch();
  const color = "größer 🎨 赤";
  it.server.put("a", "w", { spec: { color } });
  await it.logged(`add w ${color}`);
  assert.equal(it.errors.length, 0);
  await it.stop();
});

test("an event of several megabytes arrives whole", async () => {
  const it = await rig();
  await it.server.nextWatch();
  const color = "ü".repeat(4_000_000);
  it.server.put("a", "w", { spec: { color } });
  await it.logged(`add w ${color}`);
  await it.stop();
});

test("a line that is not JSON is reported, the connection replaced, and the event before it kept", async () => {
  const it = await rig();
  const peer = await it.server.nextWatch();
  const again = it.server.nextWatch();
  it.server.put("a", "before", { spec: { color: "red" } });
  peer.response.write('{"type":"MODIF\n');
  await again;
  assert.ok(it.log.includes("add before red"));
  it.server.put("a", "after", { spec: { color: "red" } });
  await it.logged("add after red");
  assert.equal(it.errors.length, 1);
  await it.stop();
});

test("a handler that throws or rejects is reported and the others still hear of the change", async () => {
  const it = await rig();
  const reject = (): unknown => Promise.reject(new Error("rejected"));
  it.informer.handle({
    add: () => {
      throw new Error("thrown");
    },
    update: reject,
  });
  await it.server.nextWatch();
  it.server.put("a", "w", { spec: { color: "red" } });
  await it.logged("add w red");
  it.server.put("a", "w", { spec: { color: "blue" } });
  await it.logged("update w red->blue");
  it.server.remove("a", "w");
  await it.logged("delete w blue");
  assert.deepEqual(
    it.errors.map(({ error, context }) => [error instanceof Error ? error.message : "", context.phase, context.key]),
    [
      ["thrown", "handler", "a/w"],
      ["rejected", "handler", "a/w"],
    ],
  );
  await it.stop();
});

test("a projection that throws leaves the object as it was; one that returns undefined keeps it out", async () => {
  const it = await rig({
    project: (widget) => {
      const projected = project(widget);
      if (projected.color === "bad") throw new Error("bad");
      return projected.color === "hidden" ? undefined : projected;
    },
  });
  await it.server.nextWatch();
  it.server.put("a", "w", { spec: { color: "red" } });
  it.server.put("a", "w", { spec: { color: "bad" } });
  it.server.put("a", "w", { spec: { color: "hidden" } });
  it.server.put("a", "w", { spec: { color: "green" } });
  await it.logged("add w green");
  assert.deepEqual(it.log, ["add w red", "delete w red", "add w green"]);
  assert.equal(it.errors[0]?.context.phase, "project");
  await it.stop();
});

test("a handler that comes late is given everything cached", async () => {
  const it = await rig({ prepare: (server) => void server.put("a", "w", { spec: { color: "red" } }) });
  await it.informer.synced;
  const seen: string[] = [];
  const remove = it.informer.handle({
    add: (current, info) => seen.push(`${info.origin} ${info.key} ${current.color}`),
  });
  assert.deepEqual(seen, ["list a/w red"]);
  remove();
  it.server.put("a", "x", { spec: { color: "red" } });
  await it.logged("add x red");
  assert.equal(seen.length, 1);
  await it.stop();
});

test("selectors and namespace go out with list and watch alike", async () => {
  const it = await rig({
    namespace: "a",
    labelSelector: { matchLabels: { app: "web" }, matchExpressions: [{ key: "canary", operator: "DoesNotExist" }] },
    fieldSelector: "spec.nodeName=n1",
  });
  await it.server.nextWatch();
  assert.equal(it.server.requests.length, 2);
  for (const request of it.server.requests) {
    assert.equal(request.path, "/apis/example.org/v1/namespaces/a/widgets");
    assert.equal(request.query.get("labelSelector"), "app=web,!canary");
    assert.equal(request.query.get("fieldSelector"), "spec.nodeName=n1");
  }
  await it.stop();
});

test("synced rejects when the informer is stopped before its first list", async () => {
  const it = await rig({
    prepare: (server) => {
      server.fault = () => ({ kind: "hang" });
    },
  });
  const outcome = assert.rejects(it.informer.synced, { name: "AbortError" });
  await it.stop();
  await outcome;
});
