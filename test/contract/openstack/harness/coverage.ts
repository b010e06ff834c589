import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { operationOf } from "@kuryr/openstack";

import type { Exchange } from "./expectations.ts";
import type { Json } from "./http.ts";

const directory = join(import.meta.dirname, "..", "expected");

/** Statuses with which the real service answered an operation, by the name that the client counts it under. */
export type Coverage = ReadonlyMap<string, ReadonlySet<number>>;

/** Whether one call made several: the answer then holds a list, by the name of the collection. */
function isBulk(path: string, body: Json | undefined): boolean {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return false;
  const collection = path.slice(path.lastIndexOf("/") + 1).replaceAll("-", "_");
  return Array.isArray((body as { readonly [key: string]: Json })[collection]);
}

/** The client's names of the operation of one exchange, the general one first. */
export function operationsOf({ request, body }: Pick<Exchange, "request" | "body">): string[] {
  // Names of things may have blanks in the expectations.
  const [method = "", target = ""] = request.replaceAll(/<[^>]*>/g, "x").split(" ");
  const [path = "", query = ""] = target.split("?");
  const operation = operationOf(method, path);
  if (method === "DELETE" && query.includes("cascade=true")) return [operation, `${operation} cascade`];
  if (method === "POST" && isBulk(path, body)) return [operation, `${operation} bulk`];
  return [operation];
}

/** What the real service answered in each case of each file, `file: case`. */
export function recorded(release: "2026.2" | "zed"): ReadonlyMap<string, readonly Exchange[]> {
  const cases = new Map<string, readonly Exchange[]>();
  for (const name of readdirSync(join(directory, release)).filter((file) => file.endsWith(".json"))) {
    const text = readFileSync(join(directory, release, name), "utf8");
    const book = JSON.parse(text) as Readonly<Record<string, readonly Exchange[]>>;
    for (const [one, exchanges] of Object.entries(book)) cases.set(`${name.slice(0, -5)}: ${one}`, exchanges);
  }
  return cases;
}

/** What the cases of one release hold the services to. */
export function coverage(release: "2026.2" | "zed" = "2026.2"): Coverage {
  const covered = new Map<string, Set<number>>();
  for (const exchanges of recorded(release).values()) {
    for (const exchange of exchanges) {
      for (const operation of operationsOf(exchange)) {
        const statuses = covered.get(operation) ?? new Set();
        covered.set(operation, statuses.add(exchange.status));
      }
    }
  }
  return covered;
}
