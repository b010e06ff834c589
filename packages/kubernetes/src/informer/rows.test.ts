import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "../api/connection.ts";
import { createInformer } from "./informer.ts";
import { ManualClock } from "../manual-clock.ts";
import { ObjectServer, type Widget, WIDGETS } from "../testing/object-server.ts";
import { WorkQueue } from "../queue/work-queue.ts";
import { runWorkers } from "../queue/workers.ts";

test("[row 162] 1000 updates of one object are handled as few reconciles, and the mend of a bad spec is picked up at once", async () => {
  const server = await ObjectServer.start();
  const connection = connect({ server: server.url });
  const informer = createInformer(connection.resource<Widget>(WIDGETS), {
    project: ({ spec }) => spec?.["size"],
    onError: (error) => assert.fail(String(error)),
  });
  // The back-off of a failure is a minute at least, and this clock stands still: only an event can end it.
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock, backoff: { baseMs: 60_000, maxMs: 300_000, jitter: 0.5 } });
  informer.handle({
    add: (_current, { key }) => queue.add(key),
    update: (_old, _current, { key }) => queue.add(key),
  });
  let reconciles = 0;
  const until = new Map<unknown, () => void>();
  const failed = Promise.withResolvers<void>();
  const reached = (size: number): Promise<void> =>
    new Promise((resolve) => {
      until.set(size, resolve);
    });
  const stop = new AbortController();
  const working = runWorkers(queue, {
    workers: 4,
    signal: stop.signal,
    onError: () => failed.resolve(),
    reconcile: async (key) => {
      reconciles += 1;
      const wanted = informer.get(key);
      // As long as an exchange with a cloud takes.
      await connection.ready();
      if (wanted === "bad") throw new Error("a bad spec");
      until.get(wanted)?.();
    },
  });
  const running = informer.run(stop.signal);
  await informer.synced;

  const last = reached(1000);
  for (let size = 1; size <= 1000; size++) server.put("a", "w", { spec: { size } });
  await last;
  assert.ok(reconciles <= 100, `${reconciles} reconciles`);

  server.put("a", "w", { spec: { size: "bad" } });
  await failed.promise;
  assert.equal(queue.failures("a/w"), 1);
  const mended = reached(2000);
  server.put("a", "w", { spec: { size: 2000 } });
  await mended;
  stop.abort();
  await Promise.all([running, working]);
  assert.equal(queue.failures("a/w"), 0);
  queue.close();
  connection.close();
  await server.stop();
});

test("[row 163] the token file is replaced and the old token revoked: no request fails, and TLS is verified unless told", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kubernetes-token-"));
  const tokenFile = join(folder, "token");
  const server = await ObjectServer.start();
  server.put("a", "w");
  let good = "first";
  let refused = 0;
  server.fault = ({ headers }) => {
    if (headers.authorization === `Bearer ${good}`) return undefined;
    refused += 1;
    return { kind: "answer", status: 401, body: { kind: "Status", reason: "Unauthorized", code: 401 } };
  };
  try {
    await writeFile(tokenFile, good);
    const connection = connect({ server: server.url, tokenFile });
    const widgets = connection.resource<Widget>(WIDGETS);
    for (let turn = 0; turn < 20; turn++) {
      // As the kubelet does it: a new file takes the place of the old one; the old token ends at the same moment.
      const token = `token-${turn}`;
      await writeFile(`${tokenFile}.new`, token);
      await rename(`${tokenFile}.new`, tokenFile);
      good = token;
      await Promise.all(Array.from({ length: 10 }, () => widgets.get({ namespace: "a", name: "w" })));
    }
    assert.ok(refused > 0, "the old token was tried");
    connection.close();
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
});

test("[row 167] an event that was dropped is repaired by the next list, within the time asked for", async () => {
  const clock = new ManualClock();
  const server = await ObjectServer.start();
  server.put("a", "w", { spec: { size: 1 } });
  const connection = connect({ server: server.url, clock });
  const informer = createInformer(connection.resource<Widget>(WIDGETS), {
    project: ({ spec }) => spec?.["size"],
    onError: (error) => assert.fail(String(error)),
    relistMs: () => 120_000,
  });
  const repaired = Promise.withResolvers<unknown>();
  informer.handle({ update: (_old, current) => repaired.resolve(current) });
  const stop = new AbortController();
  const peerStarted = server.nextWatch();
  const running = informer.run(stop.signal);
  const peer = await peerStarted;
  await informer.synced;
  peer.silent = true;
  server.put("a", "w", { spec: { size: 2 } });
  // The informer ends the watch before the two minutes are over.
  clock.advance(108_000);
  assert.equal(await repaired.promise, 2);
  stop.abort();
  await running;
  connection.close();
  await server.stop();
});
