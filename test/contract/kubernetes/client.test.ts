import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { connect, createInformer, type KubernetesObject } from "@kuryr/kubernetes";

import { Exchange, type Sent } from "./exchange.ts";
import { openTarget, type OpenTarget } from "./target.ts";

/** The client in front of the server itself, with a relay between them that fails on demand. */
let target: OpenTarget;
let exchange: Exchange;
let relay: Relay;
const namespace = `contract-client-${randomBytes(4).toString("hex")}`;

interface Relay {
  readonly url: string;
  /** Asked before each request; a path instead of the right one, or undefined for no answer at all. */
  before: (url: URL) => Promise<string | undefined>;
  readonly seen: URL[];
  /** Breaks what is open. */
  cut(): void;
  close(): Promise<void>;
}

async function startRelay(): Promise<Relay> {
  const open = new Set<http.ServerResponse>();
  const straight = (url: URL): Promise<string> => Promise.resolve(`${url.pathname}${url.search}`);
  const server = http.createServer((request, response) => {
    open.add(response);
    response.on("close", () => open.delete(response));
    response.on("error", () => {});
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => void forward(request, Buffer.concat(parts).toString("utf8"), response));
  });
  async function forward(request: http.IncomingMessage, body: string, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://relay");
    one.seen.push(url);
    try {
      const path = await one.before(url);
      if (path === undefined) return void response.destroy();
      const sent = { method: request.method as Sent["method"], path, contentType: request.headers["content-type"] };
      const { response: answer, close } = await exchange.open({ ...sent, ...(body === "" ? {} : { body }) });
      response.on("close", close);
      response.writeHead(answer.statusCode ?? 502, { "Content-Type": answer.headers["content-type"] ?? "" });
      response.flushHeaders();
      answer.on("error", () => response.destroy());
      answer.pipe(response);
    } catch {
      response.destroy();
    }
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const one: Relay = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    before: straight,
    seen: [],
    cut: () => {
      for (const response of open) response.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return one;
}

before(async () => {
  target = await openTarget();
  await target.restart();
  exchange = new Exchange(target.endpoint);
  relay = await startRelay();
  await exchange.send({ method: "POST", path: "/api/v1/namespaces", body: { metadata: { name: namespace } } });
});
after(async () => {
  await exchange.send({ method: "DELETE", path: `/api/v1/namespaces/${namespace}` });
  await relay.close();
  exchange.close();
  await target.stop();
});

interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

const CONFIG_MAPS = { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", namespaced: true };
const OBJECTS = 60;
const ROUNDS = 6;

for (const streamingList of [true, false]) {
  test(`[row 161] etcd is compacted while ${streamingList ? "streamed lists" : "lists in pages"} and watches break: no event is missed, and none is replayed`, {
    timeout: 300_000,
  }, async () => {
    const connection = connect({ server: relay.url });
    const api = connection.resource<ConfigMap>(CONFIG_MAPS);
    const label = `run-${streamingList}`;
    const create = (name: string): Promise<ConfigMap> =>
      api.create({ metadata: { name: `${label}-${name}`, namespace, labels: { run: label } }, data: { n: "0" } });
    for (let index = 0; index < OBJECTS; index++) await create(`m${index}`);

    const errors: unknown[] = [];
    const informer = createInformer(api, {
      namespace,
      labelSelector: `run=${label}`,
      project: ({ metadata }) => metadata.resourceVersion,
      onError: (error) => errors.push(error),
      pageSize: 7,
      streamingList,
      backoff: { baseMs: 10, maxMs: 50, jitter: 0.5 },
    });
    // What handlers are told, by key, must be what happened.
    const told = new Map<string, string>();
    let calls = 0;
    informer.handle({
      add: (version, { key }) => {
        calls += 1;
        assert.ok(!told.has(key));
        told.set(key, version);
      },
      update: (old, version, { key }) => {
        calls += 1;
        assert.equal(told.get(key), old);
        told.set(key, version);
      },
      delete: (_last, { key }) => {
        calls += 1;
        assert.ok(told.delete(key));
      },
    });
    const stop = new AbortController();
    const running = informer.run(stop.signal);
    await informer.synced;

    for (let round = 0; round < ROUNDS; round++) {
      const callsBefore = calls;
      // The watch breaks, and nothing comes through while the world goes on without us.
      const open = Promise.withResolvers<void>();
      let stale = true;
      const lists = new Set<string>();
      relay.before = async (url) => {
        const { searchParams: query } = url;
        if (!url.pathname.endsWith("/configmaps")) return `${url.pathname}${url.search}`;
        if (query.has("watch") || query.has("limit")) await open.promise;
        const isWatch = query.has("watch") && !query.has("sendInitialEvents");
        // The server's cache of events outlives etcd's: a version from before it is what ends there, too.
        if (isWatch && stale) {
          stale = false;
          query.set("resourceVersion", "1");
        }
        // In the middle of the pages their version goes.
        if (query.has("continue") && round % 2 === 1) {
          // What is newest cannot be compacted away: something newer is needed.
          await quiet("POST", `other${round}-${relay.seen.length}-m0`, {});
          await target.compact();
        }
        if (!isWatch && !query.has("continue")) lists.add(`${query.get("limit")} ${lists.size}`);
        return `${url.pathname}?${query.toString()}`;
      };
      relay.cut();
      const name = (index: number): { name: string; namespace: string } => ({ name: `${label}-m${index}`, namespace });
      for (let index = 0; index < 10; index++)
        await quiet("PATCH", name(index).name, { data: { n: `${round}-${index}` } });
      await quiet("DELETE", name(round + 20).name);
      await quiet("DELETE", name(round + 30).name);
      await quiet("POST", name(round + 30).name, { data: {} });
      await target.compact();
      open.resolve();
      const wanted = await listed(label);
      for (const end = Date.now() + 60_000; !same(informer, wanted); await sleep(10))
        if (Date.now() > end) assert.deepEqual(cacheOf(informer), wanted);
      assert.deepEqual(told, wanted);
      // Ten updates, one deletion, one that came again: nothing of the fifty others.
      assert.equal(calls - callsBefore, 13, `round ${round}`);
      assert.ok(lists.size <= 2, `round ${round}: lists ${[...lists].join(", ")}`);
    }
    assert.ok(
      errors.some((error) => error instanceof Error && error.name === "GoneError"),
      "the server never said that it has forgotten",
    );
    stop.abort();
    await running;
    connection.close();
  });
}

function cacheOf(informer: { keys(): Iterable<string>; get(key: string): string | undefined }): Map<string, string> {
  return new Map([...informer.keys()].map((key) => [key, informer.get(key) ?? ""]));
}

function same(informer: Parameters<typeof cacheOf>[0], wanted: ReadonlyMap<string, string>): boolean {
  const cache = cacheOf(informer);
  return cache.size === wanted.size && [...wanted].every(([key, version]) => cache.get(key) === version);
}

/** Past the relay. */
async function quiet(method: Sent["method"], name: string, body?: object): Promise<void> {
  const all = `/api/v1/namespaces/${namespace}/configmaps`;
  const label = name.replace(/-m\d+$/, "");
  const sent: Sent =
    method === "POST"
      ? { method, path: all, body: { ...body, metadata: { name, labels: { run: label } } } }
      : { method, path: `${all}/${name}`, body, contentType: "application/merge-patch+json" };
  const { status } = await exchange.send(method === "DELETE" ? { method, path: sent.path } : sent);
  assert.ok(status < 300, `${method} ${name}: ${status}`);
}

async function listed(label: string): Promise<Map<string, string>> {
  const path = `/api/v1/namespaces/${namespace}/configmaps?labelSelector=run%3D${label}`;
  const { body } = await exchange.send({ method: "GET", path });
  const { items } = body as { items: { metadata: { name: string; resourceVersion: string } }[] };
  return new Map(items.map(({ metadata }) => [`${namespace}/${metadata.name}`, metadata.resourceVersion]));
}

interface Gadget extends KubernetesObject {
  readonly metadata: KubernetesObject["metadata"] & { readonly generation?: number };
  readonly spec?: { readonly size?: number; readonly color?: string };
  readonly status?: { readonly phase?: string };
}

test("[row 165] a status is written without a new generation of the spec, and applied fields are the applier's alone", async () => {
  const group = "contract.example.org";
  const definition = { group, version: "v1", plural: "gadgets", kind: "Gadget", namespaced: true };
  const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const schema = {
    type: "object",
    properties: {
      spec: { type: "object", properties: { size: { type: "integer" }, color: { type: "string" } } },
      status: { type: "object", properties: { phase: { type: "string" } } },
    },
  };
  const crd = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `gadgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "gadgets", singular: "gadget", kind: "Gadget", listKind: "GadgetList" },
      versions: [
        { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema }, subresources: { status: {} } },
      ],
    },
  };
  relay.before = (url) => Promise.resolve(`${url.pathname}${url.search}`);
  await exchange.send({ method: "POST", path: crds, body: crd });
  try {
    const path = `/apis/${group}/v1/gadgets`;
    for (
      const end = Date.now() + 60_000;
      (await exchange.send({ method: "GET", path })).status !== 200;
      await sleep(50)
    )
      assert.ok(Date.now() < end, "gadgets are not served");
    const connection = connect({ server: relay.url });
    const gadgets = connection.resource<Gadget>(definition);
    const metadata = { name: "g", namespace };
    const made = await gadgets.apply({ metadata, spec: { size: 1 } }, { fieldManager: "one" });
    assert.equal(made.metadata.generation, 1);
    const patched = await gadgets.status.patch(metadata, { type: "merge", body: { status: { phase: "A" } } });
    assert.deepEqual([patched.metadata.generation, patched.status, patched.spec], [1, { phase: "A" }, { size: 1 }]);
    const applied = await gadgets.status
      .apply({ metadata, status: { phase: "B" } }, { fieldManager: "two" })
      .catch((error: unknown) => error);
    // The merge patch made its own manager the owner of the phase.
    assert.ok(applied instanceof Error && applied.name === "ConflictError");
    const forced = await gadgets.status.apply(
      { metadata, status: { phase: "B" } },
      { fieldManager: "two", force: true },
    );
    assert.deepEqual([forced.metadata.generation, forced.status], [1, { phase: "B" }]);
    // A spec through the status changes nothing, and a status through the object neither.
    const merged = { type: "merge", body: { spec: { size: 5 }, status: { phase: "C" } } } as const;
    assert.deepEqual((await gadgets.status.patch(metadata, merged)).spec, { size: 1 });
    const changed = await gadgets.patch(metadata, merged);
    assert.deepEqual([changed.metadata.generation, changed.spec, changed.status], [2, { size: 5 }, { phase: "C" }]);
    const coloured = await gadgets.apply({ metadata, spec: { color: "red" } }, { fieldManager: "three" });
    assert.deepEqual([coloured.metadata.generation, coloured.spec], [3, { size: 5, color: "red" }]);
    connection.close();
  } finally {
    await exchange.send({ method: "DELETE", path: `${crds}/gadgets.${group}` });
  }
});
