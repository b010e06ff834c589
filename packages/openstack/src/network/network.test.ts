import assert from "node:assert/strict";
import { test } from "node:test";
import { isKind } from "../errors.ts";
import { withCloud } from "../testing/setup.ts";

test("a port is created, read, changed and deleted", async () => {
  await withCloud({}, async (_server, { network: { ports } }) => {
    const { id } = await ports.create({ network_id: "n", "binding:host_id": "node1", tags: ["a"] });
    const port = await ports.get(id);
    assert.deepEqual([port.network_id, port["binding:host_id"], port.tags], ["n", "node1", ["a"]]);
    assert.equal((await ports.update(id, { name: "web" })).name, "web");
    assert.equal(await ports.delete(id), true);
    assert.equal(await ports.delete(id), false);
    assert.equal(await ports.find(id), undefined);
    await assert.rejects(ports.get(id), (error) => isKind(error, "not-found"));
  });
});

test("many ports are created by one request, in order; none by no request", async () => {
  await withCloud({}, async (server, { network: { ports } }) => {
    assert.deepEqual(await ports.createMany([]), []);
    assert.equal(server.requests.length, 0);
    const made = await ports.createMany(["a", "b", "c"].map((name) => ({ network_id: "n", name })));
    assert.deepEqual(
      made.map(({ name }) => name),
      ["a", "b", "c"],
    );
    assert.equal(server.calls.length, 1);
  });
});

test("many security groups are created by one request", async () => {
  await withCloud({}, async (server, { network: { securityGroups } }) => {
    const made = await securityGroups.createMany([{ name: "a" }, { name: "b" }]);
    assert.deepEqual(
      made.map(({ name }) => name),
      ["a", "b"],
    );
    assert.deepEqual(JSON.parse(server.calls[0]?.body ?? ""), { security_groups: [{ name: "a" }, { name: "b" }] });
  });
});

test("a revision that is no longer the newest refuses the change and the deletion", async () => {
  await withCloud({}, async (server, { network: { ports } }) => {
    const { id, revision_number: revision } = await ports.create({ network_id: "n" });
    await ports.update(id, { name: "b" }, { ifRevision: revision });
    assert.equal(server.calls.at(-1)?.headers["if-match"], "revision_number=1");
    const stale = { ifRevision: revision };
    await assert.rejects(ports.update(id, { name: "c" }, stale), (error) => isKind(error, "precondition"));
    await assert.rejects(ports.delete(id, stale), (error) => isKind(error, "precondition"));
    assert.equal(await ports.delete(id, { ifRevision: revision + 1 }), true);
  });
});

test("tags are set as a whole, added and removed one by one, and encoded in the path", async () => {
  await withCloud({}, async (server, { network: { networks } }) => {
    const { id } = await networks.create({ name: "n" });
    assert.deepEqual(await networks.setTags(id, ["a", "b"]), ["a", "b"]);
    server.fault = ({ path }) => (path.includes("/tags/") ? { status: 204 } : undefined);
    await networks.addTag(id, "demo/x y");
    assert.equal(server.calls.at(-1)?.path, `/v2.0/networks/${id}/tags/demo%2Fx%20y`);
    assert.equal(await networks.removeTag(id, "a"), true);
    assert.equal(server.calls.at(-1)?.method, "DELETE");
  });
});

test("routers take interfaces and a gateway, quotas and extensions have their own shapes", async () => {
  await withCloud({}, async (server, { network }) => {
    const { id } = await network.routers.create({ name: "r" });
    assert.deepEqual(
      (await network.routers.setGateway(id, { network_id: "ext" })).external_gateway_info?.network_id,
      "ext",
    );
    server.fault = ({ path, method }) => {
      if (path.endsWith("_router_interface")) return { status: 200, body: { id, port_id: "p", subnet_id: "s" } };
      if (path.endsWith("/details.json")) {
        return { status: 200, body: { quota: { port: { limit: 5, used: 1, reserved: 0 } } } };
      }
      if (path.startsWith("/v2.0/quotas")) {
        return method === "DELETE" ? { status: 204 } : { status: 200, body: { quota: { port: 5 } } };
      }
      if (path === "/v2.0/extensions") return { status: 200, body: { extensions: [{ alias: "trunk" }] } };
      return undefined;
    };
    assert.equal((await network.routers.addInterface(id, { subnet_id: "s" })).port_id, "p");
    assert.equal((await network.routers.removeInterface(id, { port_id: "p" })).subnet_id, "s");
    assert.equal((await network.quotas.get("p1"))["port"], 5);
    assert.equal((await network.quotas.details("p1"))["port"]?.used, 1);
    assert.equal((await network.quotas.update("p1", { port: 5 }))["port"], 5);
    await network.quotas.reset("p1");
    assert.ok((await network.extensions.aliases()).has("trunk"));
  });
});
