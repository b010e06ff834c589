import assert from "node:assert/strict";
import { test } from "node:test";

import { connect, createInformer, type KubernetesObject } from "@kuryr/kubernetes";

import type { Fault } from "./faults.ts";
import { seededRandom } from "./random.ts";
import { type Kubernetes, startKubernetes } from "./server.ts";
import type { WatchPeer } from "./watching.ts";

interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

const definition = { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", namespaced: true };
const failures = [
  "reset",
  "end",
  "410 event",
  "410 after compaction",
  "500 event",
  "500 answer",
  "lost list",
  "silence",
];

test("whatever fails while objects churn, an informer ends equal to the fake", { timeout: 120_000 }, async (t) => {
  const seed = Number(process.env["KUBERNETES_TEST_SEED"] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  const pick = (count: number): number => Math.floor(random() * count);
  const server = await startKubernetes({ seed });
  const connection = connect({ server: server.url, token: server.token, random });
  const api = connection.resource<ConfigMap>(definition);
  const churn = async (): Promise<void> => {
    const ref = { name: `m${pick(20)}`, namespace: "default" };
    const found = server.controls.object("configmaps", ref.namespace, ref.name);
    if (found !== undefined && random() < 0.3) await api.delete(ref);
    else if (found !== undefined) await api.patch(ref, { type: "merge", body: { data: { a: String(pick(1000)) } } });
    else await api.create({ metadata: ref, data: { a: "0" } });
  };
  const informer = createInformer(api, {
    project: (map) => map.metadata.resourceVersion,
    onError: () => {},
    pageSize: 4,
    stallMs: 25,
    backoff: { baseMs: 1, maxMs: 3, jitter: 1 },
  });
  const controller = new AbortController();
  let next = server.controls.nextWatch();
  const run = informer.run(controller.signal);
  for (let round = 0; round < failures.length * 20; round++) {
    const peer = await next;
    next = server.controls.nextWatch();
    for (let turns = pick(4); turns > 0; turns--) await churn();
    await fail(failures[round % failures.length] ?? "", peer, server, churn);
  }
  await next;
  const last = await api.create({ metadata: { name: "last", namespace: "default" } });
  while (informer.get("default/last") !== last.metadata.resourceVersion)
    await new Promise((resolve) => setImmediate(resolve));
  const cached = new Map([...informer.keys()].map((key) => [key, informer.get(key)]));
  assert.deepEqual(
    [...cached].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    [...server.controls.versions("configmaps")].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  controller.abort();
  await run;
  connection.close();
  await server.stop();
});

async function fail(what: string, peer: WatchPeer, server: Kubernetes, churn: () => Promise<void>): Promise<void> {
  const { controls } = server;
  const onReads = (fault: Fault): void => {
    controls.setFaults(({ verb }) => {
      if (verb !== "watch" && verb !== "list") return undefined;
      controls.setFaults(undefined);
      return fault;
    });
  };
  switch (what) {
    case "reset":
      peer.reset();
      break;
    case "end":
      peer.end();
      break;
    case "410 event":
      peer.silent = true;
      await churn();
      peer.silent = false;
      peer.error(410, "Expired", "too old resource version");
      break;
    case "410 after compaction":
      peer.silent = true;
      await churn();
      server.compact();
      peer.reset();
      break;
    case "500 event":
      peer.error(500, "InternalError", "etcdserver: leader changed");
      break;
    case "500 answer":
      onReads({ kind: "answer", status: 500, reason: "InternalError" });
      peer.reset();
      break;
    case "lost list":
      onReads({ kind: "truncate", bytes: 40 });
      server.compact();
      peer.reset();
      break;
    default:
      peer.silent = true;
      break;
  }
  await churn();
}
