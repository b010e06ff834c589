import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "./connection.ts";
import { AlreadyExistsError, ConflictError, GoneError, NotFoundError, UnknownResourceError } from "../api-errors.ts";
import { ProtocolError, UsageError } from "../errors.ts";
import type { KubernetesObject } from "../objects.ts";
import type { Resource } from "./verbs.ts";
import { ObjectServer, type Widget, WIDGETS } from "../testing/object-server.ts";

async function withWidgets(work: (server: ObjectServer, widgets: Resource<Widget>) => Promise<void>): Promise<void> {
  const server = await ObjectServer.start();
  const connection = connect({ server: server.url });
  try {
    await work(server, connection.resource<Widget>(WIDGETS));
  } finally {
    connection.close();
    await server.stop();
  }
}

test("an object is created, read, replaced, and deleted under its preconditions", async () => {
  await withWidgets(async (_server, widgets) => {
    const created = await widgets.create({ metadata: { namespace: "a", name: "w" }, spec: { size: 1 } });
    assert.equal(created.kind, "Widget");
    assert.equal(created.apiVersion, "example.org/v1");
    await assert.rejects(widgets.create({ metadata: { namespace: "a", name: "w" } }), AlreadyExistsError);
    const ref = { namespace: "a", name: "w" };
    assert.deepEqual(await widgets.get(ref), created);
    const replaced = await widgets.replace({ ...created, spec: { size: 2 } });
    await assert.rejects(widgets.replace({ ...created, spec: { size: 3 } }), ConflictError);
    await assert.rejects(widgets.delete(ref, { uid: "another" }), ConflictError);
    await assert.rejects(widgets.delete(ref, { resourceVersion: created.metadata.resourceVersion }), ConflictError);
    const { uid, resourceVersion } = replaced.metadata;
    assert.equal(await widgets.delete(ref, { uid, resourceVersion }), undefined);
    await assert.rejects(widgets.get(ref), NotFoundError);
    assert.equal(await widgets.find(ref), undefined);
    const { connection } = widgets;
    const unserved = connection.resource({ ...WIDGETS, plural: "gadgets" });
    await assert.rejects(unserved.find(ref), UnknownResourceError, "nothing is known about the object");
  });
});

test("each kind of patch goes out with its content type and options", async () => {
  await withWidgets(async (server, widgets) => {
    server.put("a", "w", { spec: { size: 1, color: "red" } });
    const ref = { namespace: "a", name: "w" };
    const last = (): unknown[] => {
      const request = server.requests.at(-1);
      return [request?.method, request?.path, request?.headers["content-type"], request?.query.toString()];
    };
    const path = "/apis/example.org/v1/namespaces/a/widgets/w";
    await widgets.patch(ref, { type: "json", operations: [{ op: "replace", path: "/spec/size", value: 5 }] });
    assert.deepEqual(last(), ["PATCH", path, "application/json-patch+json", ""]);
    await widgets.patch(ref, { type: "merge", body: { spec: { color: null } } }, { dryRun: true, fieldManager: "me" });
    assert.deepEqual(last(), ["PATCH", path, "application/merge-patch+json", "fieldManager=me&dryRun=All"]);
    assert.deepEqual((await widgets.get(ref)).spec, { size: 5 });
    await widgets.patch(ref, { type: "strategic", body: {} }, { fieldValidation: "Strict" });
    assert.deepEqual(last(), ["PATCH", path, "application/strategic-merge-patch+json", "fieldValidation=Strict"]);
    const wanted = { metadata: ref, spec: { size: 9 } };
    await widgets.apply(wanted, { fieldManager: "me", force: true });
    assert.deepEqual(last(), ["PATCH", path, "application/apply-patch+yaml", "force=true&fieldManager=me"]);
    assert.deepEqual(JSON.parse(server.requests.at(-1)?.body ?? ""), {
      apiVersion: "example.org/v1",
      kind: "Widget",
      ...wanted,
    });
    await widgets.status.patch(ref, { type: "merge", body: { status: { ready: true } } });
    assert.equal(last()[1], `${path}/status`);
    await widgets.status.apply({ metadata: ref, status: { ready: true } }, { fieldManager: "me" });
    assert.equal(last()[1], `${path}/status`);
    await widgets.status.get(ref);
    assert.equal(last()[1], `${path}/status`);
    await widgets.status.replace({ ...(await widgets.get(ref)), status: { ready: false } });
    assert.equal(last()[1], `${path}/status`);
  });
});

test("an answer that nobody reads is not parsed, and a refusal is an error all the same", async () => {
  await withWidgets(async (server, widgets) => {
    const ref = { namespace: "a", name: "w" };
    const patch = { type: "merge", body: { status: { ready: true } } } as const;
    await assert.rejects(widgets.status.patchUnread(ref, patch), NotFoundError);
    server.put("a", "w");
    await widgets.status.patchUnread(ref, patch);
    assert.deepEqual(server.object("a/w")?.status, { ready: true });
    server.fault = () => ({ kind: "answer", status: 200, body: "no JSON" });
    await assert.rejects(widgets.status.patch(ref, patch), ProtocolError);
    await widgets.status.patchUnread(ref, patch);
  });
});

test("a delete says how, and a collection is deleted by selector", async () => {
  await withWidgets(async (server, widgets) => {
    server.put("a", "w");
    await widgets.delete(
      { namespace: "a", name: "w" },
      { propagation: "Foreground", gracePeriodSeconds: 0, uid: "uid-1" },
    );
    assert.deepEqual(JSON.parse(server.requests.at(-1)?.body ?? ""), {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: "Foreground",
      gracePeriodSeconds: 0,
      preconditions: { uid: "uid-1" },
    });
    server.fault = () => ({ kind: "answer", status: 200, body: { kind: "WidgetList", items: [] } });
    await widgets.deleteCollection({ namespace: "a", labelSelector: { matchLabels: { app: "x" } } });
    const request = server.requests.at(-1);
    assert.equal(
      `${request?.method} ${request?.path}?${request?.query.toString()}`,
      "DELETE /apis/example.org/v1/namespaces/a/widgets?labelSelector=app%3Dx",
    );
  });
});

test("a list is read in pages and its items know what they are", async () => {
  await withWidgets(async (server, widgets) => {
    for (let index = 0; index < 5; index++) server.put(index % 2 === 0 ? "a" : "b", `w${index}`);
    const list = await widgets.list({ pageSize: 2 });
    assert.deepEqual(
      list.items.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`),
      [0, 1, 2, 3, 4].map((index) => `example.org/v1 Widget w${index}`),
    );
    assert.equal(list.resourceVersion, server.version);
    assert.equal(server.requests.length, 3);
    assert.equal(server.requests[0]?.query.toString(), "limit=2");
    assert.equal((await widgets.list({ namespace: "b" })).items.length, 2);
    assert.equal(server.requests.at(-1)?.query.get("limit"), "500");
  });
});

test("a list whose continue token expires starts again without pages", async () => {
  await withWidgets(async (server, widgets) => {
    for (let index = 0; index < 5; index++) server.put("a", `w${index}`);
    server.fault = (request) => {
      if (request.query.has("continue")) server.compact();
      return undefined;
    };
    assert.equal((await widgets.list({ pageSize: 2 })).items.length, 5);
    assert.equal(server.requests.at(-1)?.query.toString(), "");
  });
});

test("a watch yields events and bookmarks, throws ERROR events, and ends when the server ends it", async () => {
  await withWidgets(async (server, widgets) => {
    const coming = server.nextWatch();
    const watch = widgets.watch({ resourceVersion: server.version });
    const first = watch.next();
    const peer = await coming;
    server.put("a", "w");
    const event = (await first).value;
    assert.ok(event?.type === "ADDED");
    assert.equal(event.object.metadata.name, "w");
    peer.bookmark();
    assert.deepEqual((await watch.next()).value, {
      type: "BOOKMARK",
      resourceVersion: server.version,
      initialEventsEnd: false,
    });
    peer.error(410, "Expired");
    await assert.rejects(watch.next(), GoneError);

    const comingAgain = server.nextWatch();
    const another = widgets.watch({ resourceVersion: server.version });
    const end = another.next();
    (await comingAgain).end();
    assert.equal((await end).done, true);
  });
});

test("leaving a watch early closes its connection, and an abort ends it with the signal's reason", async () => {
  await withWidgets(async (server, widgets) => {
    server.put("a", "w");
    let closed: Promise<void> | undefined;
    const coming = server.nextWatch().then((peer) => {
      closed = new Promise((resolve) => peer.response.on("close", resolve));
    });
    for await (const event of widgets.watch({ resourceVersion: "1" })) {
      assert.equal(event.type, "ADDED");
      break;
    }
    await coming;
    await closed;
    const controller = new AbortController();
    const comingAgain = server.nextWatch();
    const next = widgets.watch({ resourceVersion: server.version, signal: controller.signal }).next();
    await comingAgain;
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(next, reason);
  });
});

test("names that would change the path, and missing or superfluous namespaces, never reach the server", async () => {
  await withWidgets(async (server, widgets) => {
    for (const name of ["", ".", "..", "a/b", "a%2Fb"]) {
      assert.throws(() => void widgets.get({ namespace: "a", name }), UsageError);
    }
    assert.throws(() => void widgets.get({ name: "w" }), UsageError);
    assert.throws(() => void widgets.create({ metadata: { name: "w" } }), UsageError);
    const nodes = widgets.connection.resource<KubernetesObject>({
      group: "",
      version: "v1",
      plural: "nodes",
      kind: "Node",
      namespaced: false,
    });
    assert.throws(() => void nodes.get({ namespace: "a", name: "n" }), UsageError);
    assert.equal(server.requests.length, 0);
    await assert.rejects(nodes.get({ name: "n:1" }), UnknownResourceError);
    assert.equal(server.requests[0]?.path, "/api/v1/nodes/n%3A1");
  });
});
