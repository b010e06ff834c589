import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../api/connection.ts";
import { ConflictError } from "../api-errors.ts";
import { addFinalizer, hasFinalizer, isDeleting, removeFinalizer } from "./finalizers.ts";
import type { Resource } from "../api/verbs.ts";
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

const finalizersOf = (server: ObjectServer): unknown => server.object("a/w")?.metadata.finalizers;
const put = (server: ObjectServer, ...finalizers: string[]): Widget =>
  server.put("a", "w", { metadata: { finalizers } });

test("a finalizer is added and removed in one request each when the cache is current", async () => {
  await withWidgets(async (server, widgets) => {
    const object = server.put("a", "w");
    assert.equal(await addFinalizer(widgets, object, "x/y"), true);
    const added = await widgets.get({ namespace: "a", name: "w" });
    assert.ok(hasFinalizer(added, "x/y"));
    assert.equal(isDeleting(added), false);
    assert.equal(await removeFinalizer(widgets, added, "x/y"), true);
    assert.deepEqual(finalizersOf(server), []);
    assert.equal(server.requests.length, 3);
  });
});

test("nothing is sent when there is nothing to do", async () => {
  await withWidgets(async (server, widgets) => {
    const object = put(server, "x/y");
    assert.equal(await addFinalizer(widgets, object, "x/y"), true);
    assert.equal(await removeFinalizer(widgets, object, "other"), true);
    const deleting = { metadata: { ...object.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
    assert.equal(await addFinalizer(widgets, deleting, "new"), false);
    assert.equal(server.requests.length, 0);
  });
});

test("finalizers that others added or removed meanwhile stay as they are", async () => {
  await withWidgets(async (server, widgets) => {
    const stale = put(server, "mine", "theirs");
    put(server, "theirs", "mine", "more");
    await removeFinalizer(widgets, stale, "mine");
    assert.deepEqual(finalizersOf(server), ["theirs", "more"]);
    await addFinalizer(widgets, { metadata: { ...stale.metadata, finalizers: [] } }, "new");
    assert.deepEqual(finalizersOf(server), ["theirs", "more", "new"]);
  });
});

test("a change of other fields does not disturb a removal", async () => {
  await withWidgets(async (server, widgets) => {
    const stale = put(server, "mine");
    server.put("a", "w", { metadata: { finalizers: ["mine"] }, status: { ready: true } });
    await removeFinalizer(widgets, stale, "mine");
    assert.equal(server.requests.length, 1);
  });
});

test("an object that is gone, or another of the same name, is left alone", async () => {
  await withWidgets(async (server, widgets) => {
    const old = put(server, "mine");
    server.remove("a", "w");
    assert.equal(await removeFinalizer(widgets, old, "mine"), true);
    put(server, "mine");
    assert.equal(await removeFinalizer(widgets, old, "mine"), true);
    assert.deepEqual(finalizersOf(server), ["mine"]);
    assert.equal(await addFinalizer(widgets, old, "more"), false);
    assert.deepEqual(finalizersOf(server), ["mine"]);
  });
});

test("a fight over the object ends in a conflict, not in an endless loop", async () => {
  await withWidgets(async (server, widgets) => {
    const object = server.put("a", "w");
    server.fault = ({ method }) => {
      if (method === "PATCH") server.put("a", "w");
      return undefined;
    };
    await assert.rejects(addFinalizer(widgets, object, "x/y"), ConflictError);
    assert.ok(server.requests.length <= 10);
  });
});
