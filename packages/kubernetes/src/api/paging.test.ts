import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GoneError } from "../api-errors.ts";
import type { ApiRequest, Connection } from "./connection-options.ts";
import { ManualClock } from "../manual-clock.ts";
import type { KubernetesObject } from "../objects.ts";
import { listInPages } from "./paged-list.ts";
import { createResource } from "./resource.ts";
import { WIDGETS } from "../testing/object-server.ts";

/** What the server does with the n-th continued page, by turns: answer it, or say that its token is too old. */
type Fate = "page" | "gone";

/** The list side of an API server without its HTTP: pages of one moment, and tokens that may be too old. */
function serverOf(
  names: readonly string[],
  fates: readonly Fate[],
): { connection: Connection; requests: ApiRequest[] } {
  const requests: ApiRequest[] = [];
  let continued = 0;
  const list = (request: ApiRequest): unknown => {
    requests.push(request);
    const limit = Number(request.query?.["limit"] ?? 0);
    const token = request.query?.["continue"];
    if (token !== undefined) {
      assert.equal(request.query?.["resourceVersion"], undefined, "the server refuses both");
      if (fates[continued++ % Math.max(1, fates.length)] === "gone") {
        const context = { method: "GET", path: request.path, status: 410 };
        throw new GoneError("KUBERNETES_EXPIRED", "Expired", {}, context, "");
      }
    }
    const start = Number(token ?? 0);
    const end = limit > 0 ? Math.min(names.length, start + limit) : names.length;
    const items = names.slice(start, end).map((name) => ({
      metadata: { name, namespace: "a", uid: name, resourceVersion: "1" },
    }));
    const rest = end < names.length ? { continue: String(end) } : { continue: "" };
    return { metadata: { resourceVersion: "7", ...rest }, items: items.length === 0 ? null : items };
  };
  const unused = (): never => assert.fail("only lists are asked for");
  const connection: Connection = {
    server: "http://server",
    clock: new ManualClock(),
    random: () => 0,
    resource: unused,
    async request<T>(request: ApiRequest): Promise<T> {
      await Promise.resolve();
      const answer: unknown = list(request);
      const believed: T = JSON.parse(JSON.stringify(answer));
      return believed;
    },
    text: unused,
    stream: unused,
    ready: unused,
    close: () => {},
  };
  return { connection, requests };
}

const fates = fc.array(fc.constantFrom<Fate>("page", "page", "page", "gone"), { maxLength: 8 });

test("for any size of list, of page, and any tokens that end: every object is listed once, in order, of one version", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(60), fc.nat(25), fates, async (count, pageSize, ends) => {
      const names = Array.from({ length: count }, (_, index) => `w${index}`);
      const { connection, requests } = serverOf(names, ends);
      const resource = createResource<KubernetesObject>(connection, WIDGETS);
      const seen: { names: string[] }[] = [];
      const begin = (): { names: string[]; see(object: KubernetesObject): void } => {
        const list = {
          names: [] as string[],
          see: ({ metadata }: KubernetesObject) => void list.names.push(metadata.name),
        };
        seen.push(list);
        return list;
      };
      const { list, resourceVersion } = await listInPages(resource, { pageSize }, begin);
      assert.deepEqual(list.names, names);
      assert.equal(resourceVersion, "7");
      // At most one start anew, and then in one request.
      assert.ok(seen.length <= 2);
      const pages = pageSize === 0 ? 1 : Math.max(1, Math.ceil(count / pageSize));
      assert.ok(requests.length <= (seen.length === 1 ? pages : pages + 1));
      if (seen.length === 1) assert.equal(requests.length, pages);
      for (const { query } of requests.slice(0, -1)) assert.equal(query?.["limit"], pageSize);
    }),
    { numRuns: 10_000 },
  );
});

test("list does the same for who wants it in one piece", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(30), fc.integer({ min: 1, max: 9 }), fates, async (count, pageSize, ends) => {
      const names = Array.from({ length: count }, (_, index) => `w${index}`);
      const { connection } = serverOf(names, ends);
      const { items, resourceVersion } = await createResource(connection, WIDGETS).list({ pageSize });
      assert.deepEqual(
        items.map(({ metadata }) => metadata.name),
        names,
      );
      assert.ok(items.every(({ kind, apiVersion }) => kind === "Widget" && apiVersion === "example.org/v1"));
      assert.equal(resourceVersion, "7");
    }),
    { numRuns: 1000 },
  );
});
