import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OpenStackError } from "../errors.ts";
import { type Query, queryString, singleValues, splitQuery } from "./query.ts";
import { withCloud } from "../testing/setup.ts";

test("a list follows its pages to the end, each object once", async () => {
  await withCloud({}, async (server, cloud) => {
    const ids = Array.from({ length: 23 }, (_, index) => server.store.add("/v2.0/ports", { name: `p${index}` }).id);
    for (const pageSize of [1, 5, 23, 24]) {
      const listed = await cloud.network.ports.list({}, { pageSize });
      assert.deepEqual(
        listed.map(({ id }) => id),
        ids,
      );
    }
    const names = await cloud.network.ports.list({}, { pageSize: 10, fields: ["name"] });
    assert.deepEqual(names[22], { name: "p22" });
    assert.deepEqual(server.calls.at(-1)?.query.getAll("fields"), ["name"]);
  });
});

test("a next link that leads back ends the list with an error", async () => {
  await withCloud({}, async (server, cloud) => {
    server.fault = ({ path }) =>
      path === "/v2.0/ports"
        ? { status: 200, body: { ports: [], ports_links: [{ rel: "next", href: "http://x/v2.0/ports?marker=a" }] } }
        : undefined;
    await assert.rejects(cloud.network.ports.list(), (error) => {
      assert.ok(error instanceof OpenStackError);
      return error.code === "OPENSTACK_PROTOCOL";
    });
  });
});

test("ids that do not fit into one request line are asked for in several, and the results merged", async () => {
  await withCloud({}, async (server, cloud) => {
    const ids = Array.from({ length: 500 }, () => server.store.add("/v2.0/ports", { network_id: "n" }).id);
    const listed = await cloud.network.ports.list({ id: ids }, { fields: ["network_id"] });
    assert.equal(listed.length, 500);
    assert.ok(server.calls.length >= 3 && server.calls.length <= 4);
    assert.ok(server.calls.every(({ lineBytes }) => lineBytes < 8192));
    const twice = await cloud.network.ports.list({ id: [...ids, ...ids] });
    assert.equal(twice.length, 500);
  });
});

test("filters keep the names of the API; a list repeats its key, tags are joined", async () => {
  await withCloud({}, async (server, cloud) => {
    await cloud.network.ports.list({
      "binding:host_id": ["a", "b"],
      admin_state_up: true,
      device_owner: undefined,
      tags: ["x", "y"],
    });
    const query = server.calls[0]?.query;
    assert.deepEqual(query?.getAll("binding:host_id"), ["a", "b"]);
    assert.deepEqual(query?.getAll("tags"), ["x,y"]);
    assert.equal(query?.get("admin_state_up"), "true");
    assert.equal(query?.has("device_owner"), false);
  });
});

test("Octavia is asked for one value at a time, for it fails on lists", async () => {
  await withCloud({}, async (server, { loadBalancer: { pools } }) => {
    const ids = ["a", "b"].map((name) => server.store.add("/v2/lbaas/pools", { name }).id);
    server.store.add("/v2/lbaas/pools", { name: "c" });
    const named = await pools.list({ id: [...ids, "unknown"] }, { fields: ["id", "name"] });
    assert.deepEqual(
      named.map(({ name }) => name),
      ["a", "b"],
    );
    assert.deepEqual(
      server.calls.map(({ query }) => query.getAll("id")),
      [...ids, "unknown"].map((id) => [id]),
    );
    assert.deepEqual(server.calls[0]?.query.getAll("fields"), ["id", "name"]);
  });
});

test("an empty list of values matches nothing and asks nothing", async () => {
  await withCloud({}, async (server, cloud) => {
    assert.deepEqual(await cloud.network.ports.list({ id: [] }), []);
    assert.deepEqual(await cloud.network.ports.list({ "tags-any": [] }), []);
    assert.deepEqual(await cloud.loadBalancer.pools.list({ id: [] }), []);
    assert.equal(server.requests.length, 0);
  });
});

const values = fc.array(fc.string({ maxLength: 40 }), { maxLength: 120 });
const queries = fc.dictionary(
  fc.constantFrom("id", "name", "device_id", "fixed_ips", "status"),
  fc.oneof(values, fc.string({ maxLength: 20 }), fc.boolean(), fc.constant(undefined)),
);

function sorted(query: Query): string {
  return queryString(Object.fromEntries(Object.entries(query).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

/** All single-valued queries that a query with lists stands for. */
function combinations(query: Query): Set<string> {
  let all: Query[] = [{}];
  for (const key of Object.keys(query).toSorted()) {
    const value = query[key];
    if (value === undefined) continue;
    const options = typeof value === "object" ? value : [value];
    all = all.flatMap((partial) => [...new Set(options)].map((option) => ({ ...partial, [key]: option })));
    if (all.length > 3000) return new Set(["too many to compare"]);
  }
  return new Set(all.map(queryString));
}

test("the parts of a split query fit, and together ask for exactly the same", () => {
  fc.assert(
    fc.property(queries, fc.integer({ min: 300, max: 3000 }), (query, maxBytes) => {
      const parts = splitQuery(query, maxBytes);
      for (const part of parts) {
        const splittable = Object.values(part).some((value) => typeof value === "object" && value.length > 1);
        assert.ok(queryString(part).length <= maxBytes || !splittable);
      }
      const whole = combinations(query);
      if (whole.has("too many to compare")) return;
      const together = new Set(parts.flatMap((part) => [...combinations(part)]));
      assert.deepEqual(together, whole);
      assert.deepEqual(new Set(singleValues(query).map(sorted)), whole);
    }),
    { numRuns: 300 },
  );
});
