import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../api/connection.ts";
import { createInformer, type Informer } from "./informer.ts";
import type { ListReason } from "./reflector.ts";
import { ObjectServer, type Widget, WIDGETS } from "../testing/object-server.ts";

interface Rig {
  readonly server: ObjectServer;
  readonly informer: Informer<string>;
  readonly listed: ListReason[];
  readonly stop: AbortController;
  readonly run: Promise<void>;
}

async function withInformer(streamingList: boolean, work: (rig: Rig) => Promise<void>): Promise<void> {
  const server = await ObjectServer.start();
  const connection = connect({ server: server.url });
  const listed: ListReason[] = [];
  const informer = createInformer<Widget, string>(connection.resource<Widget>(WIDGETS), {
    project: (widget) => widget.metadata.resourceVersion,
    onError: () => {},
    hooks: { listed: ({ reason }) => listed.push(reason) },
    streamingList,
    backoff: { baseMs: 1, maxMs: 4, jitter: 0.5 },
  });
  const stop = new AbortController();
  const run = informer.run(stop.signal);
  try {
    await informer.synced;
    await work({ server, informer, listed, stop, run });
  } finally {
    stop.abort();
    await run;
    connection.close();
    await server.stop();
  }
}

test("a refresh in pages asks for no stream, the next one does again", () =>
  withInformer(true, async ({ server, informer }) => {
    const asked: string[] = [];
    server.fault = ({ query }) => {
      asked.push(query.has("sendInitialEvents") ? "stream" : query.has("watch") ? "watch" : "list");
      return undefined;
    };
    await informer.refresh({ inPages: true });
    await informer.refresh();
    assert.deepEqual(
      asked.filter((what) => what !== "watch"),
      ["list", "stream"],
    );
  }));

for (const streamingList of [true, false]) {
  const how = streamingList ? "streaming lists" : "lists in pages";
  test(`with ${how} a refresh brings what a silent watch has missed, and the watch goes on from there`, () =>
    withInformer(streamingList, async ({ server, informer, listed }) => {
      const first = server.watches.size > 0 ? [...server.watches][0] : await server.nextWatch();
      assert.ok(first !== undefined);
      first.silent = true;
      server.put("a", "missed");
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(informer.size, 0);
      await informer.refresh();
      assert.equal(informer.size, 1);
      assert.deepEqual(listed, ["start", "refresh"]);
      const heard = Promise.withResolvers<void>();
      informer.handle({ add: (_, { key }) => (key === "a/later" ? heard.resolve() : undefined) });
      server.put("a", "later");
      await heard.promise;
      assert.deepEqual(listed, ["start", "refresh"]);
    }));

  test(`with ${how} those who ask while a list is under way get one that began after they asked`, () =>
    withInformer(streamingList, async ({ server, informer }) => {
      const asked = Promise.withResolvers<void>();
      server.fault = () => {
        asked.resolve();
        return undefined;
      };
      const waiting = [informer.refresh(), informer.refresh()];
      server.put("a", "x");
      await asked.promise;
      server.put("a", "y");
      const last = informer.refresh();
      await last;
      assert.equal(informer.size, 2);
      await Promise.all(waiting);
    }));

  test(`with ${how} a refresh outlives lists that fail, and rejects when the informer stops`, () =>
    withInformer(streamingList, async ({ server, informer, stop, run }) => {
      let faults = 0;
      server.fault = () => (faults++ < 3 ? { kind: "reset" } : undefined);
      await informer.refresh();
      assert.ok(faults > 3);
      server.fault = () => ({ kind: "hang" });
      const never = assert.rejects(informer.refresh(), /stopped/);
      stop.abort(new Error("stopped"));
      await never;
      await run;
      await assert.rejects(informer.refresh(), /stopped/);
    }));
}
