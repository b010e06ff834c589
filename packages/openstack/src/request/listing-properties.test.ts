import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { systemClock } from "../clock.ts";
import { createList } from "./listing.ts";
import type { Port } from "../network/network-resources.ts";
import { type Query, queryString, splitQuery } from "./query.ts";
import type { Requester } from "./request.ts";

const PORTS = { service: "network", path: "/v2.0/ports", singular: "port", plural: "ports" } as const;

/** Neutron's side of a list, in memory: filters, pages by marker, links that name another host, a limit of its own. */
function neutron(objects: readonly Record<string, string>[], ownLimit: number, urls: string[]): Requester {
  return {
    clock: systemClock,
    random: () => 0,
    async request(_service, method, path, { query = {} } = {}) {
      urls.push(`${method} ${path}${queryString(query)} HTTP/1.1`);
      const asked = new URLSearchParams(queryString(query));
      const fields = asked.getAll("fields");
      const marker = asked.get("marker");
      const limit = Math.min(Number(asked.get("limit") ?? ownLimit), ownLimit);
      const matching = objects.filter((object) =>
        ["id", "name", "device_id"].every((key) => !asked.has(key) || asked.getAll(key).includes(object[key] ?? "")),
      );
      const from = marker === null ? 0 : matching.findIndex(({ id }) => id === marker) + 1;
      const page = matching.slice(from, from + limit);
      const shown = page.map((object) =>
        fields.length === 0 ? object : Object.fromEntries(fields.map((field) => [field, object[field]])),
      );
      asked.set("marker", page.at(-1)?.["id"] ?? "");
      const links =
        page.length < limit ? {} : { ports_links: [{ rel: "next", href: `http://inside${path}?${asked.toString()}` }] };
      return { status: 200, headers: {}, body: { ports: shown, ...links } };
    },
  };
}

const text = fc.string({ unit: "binary", maxLength: 6 }).filter((one) => one.isWellFormed());

test("a list holds what matches, each once, whatever the pages and the length of its filters", async () => {
  const cases = fc.record({
    names: fc.array(text, { maxLength: 25 }),
    wanted: fc.option(fc.array(text, { maxLength: 10 }), { nil: undefined }),
    /** Lengthens the URL so that some need many requests. */
    padding: fc.integer({ min: 1, max: 3000 }),
    pageSize: fc.integer({ min: 1, max: 30 }),
    ownLimit: fc.integer({ min: 1, max: 30 }),
    fields: fc.option(fc.subarray(["id", "name", "device_id"] as const, { minLength: 1 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ names, wanted, padding, pageSize, ownLimit, fields }) => {
      const objects = names.map((name, index) => ({ id: `id-${index}`, name, device_id: `d${index % 3}` }));
      const urls: string[] = [];
      const list = createList<Port>(neutron(objects, ownLimit, urls), PORTS);
      const filter = wanted?.flatMap((name) => [name, `${"-".repeat(padding)}${name}`]);
      const filters = filter === undefined ? {} : { name: filter };
      const found: readonly Partial<Port>[] =
        fields === undefined ? await list(filters, { pageSize }) : await list(filters, { pageSize, fields });
      const expected = objects.filter(({ name }) => filter === undefined || filter.includes(name));
      if (fields === undefined || fields.includes("id")) {
        const ids = found.map(({ id }) => id ?? "");
        const wantedIds = expected.map(({ id }) => id);
        assert.deepEqual(ids.toSorted(), wantedIds.toSorted());
      } else assert.equal(found.length, expected.length);
      for (const url of urls) assert.ok(url.length <= 8192, `${url.length}`);
    }),
    { numRuns: 2000 },
  );
});

test("10,000 splits: every part fits, none is empty, and each value is asked for once", () => {
  const values = fc.array(fc.string({ maxLength: 20 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(values, values, fc.integer({ min: 100, max: 2000 }), (ids, names, maxBytes) => {
      const parts = splitQuery({ id: ids, name: names, limit: 1000 }, maxBytes);
      const pairs = new Map<string, number>();
      for (const part of parts) {
        const [partIds, partNames] = [listOf(part, "id"), listOf(part, "name")];
        const fits = queryString(part).length <= maxBytes || (partIds.length === 1 && partNames.length === 1);
        assert.ok(fits && partIds.length > 0 && partNames.length > 0 && part["limit"] === 1000);
        for (const id of partIds) {
          for (const name of partNames) {
            const pair = JSON.stringify([id, name]);
            pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
          }
        }
      }
      assert.equal(pairs.size, new Set(ids.flatMap((id) => names.map((name) => JSON.stringify([id, name])))).size);
      const asked = [...pairs.values()].reduce((sum, count) => sum + count, 0);
      assert.equal(asked, ids.length * names.length);
    }),
    { numRuns: 10_000 },
  );
});

function listOf(query: Query, key: string): string[] {
  const value = query[key];
  return typeof value === "object" ? value.map(String) : [];
}
