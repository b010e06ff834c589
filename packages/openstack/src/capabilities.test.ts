import assert from "node:assert/strict";
import { test } from "node:test";
import { discover, newestVersion } from "./capabilities.ts";
import { createCounters } from "./request/counters.ts";
import { isKind } from "./errors.ts";
import type { Fault, SeenRequest } from "./testing/cloud-server.ts";
import { neutronError } from "./testing/object-store.ts";
import { withCloud } from "./testing/setup.ts";

function cloudWithLists({ method, path }: SeenRequest): Fault | undefined {
  if (path === "/") return { status: 200, body: { versions: [{ id: "v2.9" }, { id: "v2.27" }, { id: "v1" }] } };
  if (path.endsWith("/providers")) return { status: 200, body: { providers: [{ name: "ovn" }, { name: "amphora" }] } };
  if (path.endsWith("/extensions")) return { status: 200, body: { extensions: [{ alias: "trunk" }] } };
  if (method !== "POST" || path === "/v3/auth/tokens") return undefined;
  return path === "/v2.0/networks"
    ? neutronError(400, "HTTPBadRequest", "Attribute 'tags' not allowed in POST")
    : neutronError(400, "HTTPBadRequest", "Invalid input for name. Reason: 'xxx' exceeds maximum length of 255.");
}

test("extensions, Octavia's version, providers, and who takes tags at creation are found without creating", async () => {
  await withCloud({}, async (server, cloud) => {
    server.fault = cloudWithLists;
    const found = await discover(cloud);
    assert.deepEqual([...found.extensions], ["trunk"]);
    assert.deepEqual(found.loadBalancing?.version, [2, 27]);
    assert.deepEqual([...(found.loadBalancing?.providers ?? [])], ["ovn", "amphora"]);
    assert.deepEqual([...found.tagsOnCreate], ["port"]);
    const read = server.calls.length;
    await discover(cloud, []);
    assert.ok(server.calls.slice(read).every(({ method }) => method === "GET"));
  });
});

test("a cloud without Octavia is no error, one whose Neutron fails is", async () => {
  await withCloud({ retry: { attempts: 1 } }, async (server, cloud) => {
    server.suffixes = { identity: "/v3", network: "" };
    server.fault = cloudWithLists;
    assert.equal((await discover(cloud)).loadBalancing, undefined);
    server.fault = ({ path }) => (path === "/v2.0/networks" ? { status: 503 } : undefined);
    await assert.rejects(discover(cloud, ["network"]), (error) => isKind(error, "server", "unsupported"));
  });
});

test("an object that a probe makes all the same is deleted", async () => {
  await withCloud({}, async (server, cloud) => {
    server.fault = (request) => (request.path === "/v2.0/networks" ? undefined : cloudWithLists(request));
    const { tagsOnCreate } = await discover(cloud, ["network"]);
    assert.ok(tagsOnCreate.has("network"));
    assert.deepEqual(server.store.objects("/v2.0/networks"), []);
  });
});

test("the newest version is compared by number, and anything else is none", () => {
  assert.deepEqual(newestVersion({ versions: [{ id: "v2.10" }, { id: "v2.9" }] }), [2, 10]);
  for (const body of [undefined, null, {}, { versions: 7 }, { versions: [null, { id: 7 }, "v2"] }]) {
    assert.deepEqual(newestVersion(body), [0, 0]);
  }
});

test("counters tell how often each operation was asked and failed, and how long it took", async () => {
  const counters = createCounters();
  await withCloud({ onRequest: counters.onRequest }, async (_server, { network }) => {
    await network.ports.list();
    await network.ports.list();
    await network.ports.find("none");
    const seen = counters.counts().map(({ operation, requests, failures }) => [operation, requests, failures]);
    assert.deepEqual(seen, [
      ["POST auth/tokens", 1, 0],
      ["GET ports", 2, 0],
      ["GET ports/{}", 1, 1],
    ]);
    const [, list] = counters.counts();
    assert.ok(list !== undefined && list.totalMs >= list.maxMs && list.maxMs > 0);
    counters.reset();
    assert.deepEqual(counters.counts(), []);
  });
});
