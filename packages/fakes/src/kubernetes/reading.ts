import type { ServerResponse } from "node:http";

import type { Kind } from "./kind.ts";
import { aboutResource, groupVersion } from "./kind.ts";
import type { Served } from "./registry.ts";
import { parseSelector, type Selector } from "./selectors.ts";
import { badRequest, cause, expired, invalid, notFound, tooLargeVersion, type Failure } from "./status.ts";
import { keyOf, type ObjectStore, type Table, type Version } from "./store.ts";

/** Which objects of a table a list or watch is about. */
export interface Scope {
  readonly namespace: string | undefined;
  /** Only this one. */
  readonly name: string | undefined;
  readonly selector: Selector;
}

const everyField = ["metadata.name", "metadata.namespace"];

export function scopeOf(
  kind: Kind,
  namespace: string | undefined,
  name: string | undefined,
  query: URLSearchParams,
): Scope {
  return {
    namespace,
    name,
    selector: parseSelector(query.get("labelSelector"), query.get("fieldSelector"), [
      ...everyField,
      ...kind.selectableFields,
    ]),
  };
}

/** Whether a state of an object is in the scope. */
export function inScope(scope: Scope, table: Table, key: string, version: Version | undefined): version is Version {
  if (version?.rest === undefined) return false;
  if (scope.namespace !== undefined && !key.startsWith(`${scope.namespace}/`)) return false;
  const name = key.slice(key.indexOf("/") + 1);
  if (scope.name !== undefined && scope.name !== name) return false;
  return (
    scope.selector.all ||
    scope.selector.matches(version.labels, (field) => {
      if (field === "metadata.name") return name;
      if (field === "metadata.namespace") return key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
      return version.fields?.[table.kind.selectableFields.indexOf(field)] ?? "";
    })
  );
}

/** Reads one object. @throws Failure (404) */
export function readText({ kind, table }: Served, namespace: string | undefined, name: string): string {
  const version = table.latest.get(keyOf(namespace, name));
  if (version?.rest === undefined) throw notFound(aboutResource(kind, name));
  return table.textOf(version.rest, version.revision);
}

interface Position {
  readonly revision: number;
  /** First key that is still to come. */
  readonly start: string;
}

function continueToken(position: Position): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: position.revision, start: position.start })).toString(
    "base64url",
  );
}

function readToken(token: string): Position {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, "base64url").toString("utf8")) as {
      rv: unknown;
      start: unknown;
    };
    if (typeof rv === "number" && typeof start === "string") return { revision: rv, start };
  } catch {
    // What it is not is said below.
  }
  throw badRequest("continue key is not valid: encoded continue token is not valid");
}

const listOptions = { group: "meta.k8s.io", kind: "ListOptions" };

/** @throws Failure (400, 410, 422, 504) */
function positionOf(table: Table, store: ObjectStore, query: URLSearchParams): Position {
  const token = query.get("continue") ?? "";
  const asked = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  checkMatch(asked, match, token);
  if (token !== "") {
    if (asked !== "" && asked !== "0")
      throw badRequest("specifying resource version is not allowed when using continue");
    const position = readToken(token);
    if (position.revision < Math.max(store.compacted, table.forgotten)) throw expiredToken(store, position.start);
    return position;
  }
  if (asked === "" || asked === "0") return { revision: store.revision, start: "" };
  if (!/^\d+$/.test(asked)) throw invalidVersion(asked);
  const revision = Number(asked);
  if (revision > store.revision) throw tooLargeVersion(asked, store.revision);
  if (match !== "Exact" && !(query.get("limit") !== null && match === ""))
    return { revision: store.revision, start: "" };
  if (match === "Exact" && revision < Math.max(store.compacted, table.forgotten))
    throw expired("The resourceVersion for the provided list is too old.");
  return { revision: match === "Exact" ? revision : store.revision, start: "" };
}

function invalidVersion(asked: string): Failure {
  return badRequest(
    `resourceVersion: Invalid value: ${JSON.stringify(asked)}: strconv.ParseUint: parsing ${JSON.stringify(asked)}: invalid syntax`,
  );
}

function expiredToken(store: ObjectStore, start: string): Failure {
  const failure = expired(
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
  );
  failure.body["metadata"] = { continue: continueToken({ revision: store.revision, start }) };
  return failure;
}

function checkMatch(asked: string, match: string, token: string): void {
  const fault = (detail: string): Failure => invalid(listOptions, [cause.forbidden("resourceVersionMatch", detail)]);
  if (match === "") return;
  if (match !== "Exact" && match !== "NotOlderThan")
    throw invalid(listOptions, [cause.unsupported("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""])]);
  if (token !== "") throw fault("resourceVersionMatch is forbidden when continue is provided");
  if (asked === "") throw fault("resourceVersionMatch is forbidden unless resourceVersion is provided");
  if (match === "Exact" && asked === "0")
    throw fault('resourceVersionMatch "Exact" is forbidden for resourceVersion "0"');
}

/** Pieces of an answer of about this size are written one by one. */
const pieceSize = 1 << 18;

/** Writes a list; big ones piece by piece, as the client takes them. */
export async function writeList(
  served: Served,
  store: ObjectStore,
  scope: Scope,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const { kind, table } = served;
  const { revision, start } = positionOf(table, store, query);
  const limit = Number(query.get("limit") ?? 0);
  const prefix = scope.namespace === undefined ? "" : `${scope.namespace}/`;
  let index = table.indexOf(start === "" ? prefix : start);
  const found: { version: Version }[] = [];
  let next: string | undefined;
  // The table may change while a slow client reads: what the page holds is settled first.
  for (; index < table.keys.length; index++) {
    const key = table.keys[index] ?? "";
    if (prefix !== "" && !key.startsWith(prefix)) break;
    const version = table.versionAt(key, revision);
    if (!inScope(scope, table, key, version)) continue;
    if (limit > 0 && found.length === limit) {
      next = key;
      break;
    }
    found.push({ version });
  }
  const metadata: Record<string, unknown> = kind.custom
    ? { continue: "", resourceVersion: String(revision) }
    : { resourceVersion: String(revision) };
  if (next !== undefined) {
    metadata["continue"] = continueToken({ revision, start: next });
    if (scope.selector.all) metadata["remainingItemCount"] = countFrom(table, index, prefix, revision);
  }
  const head = `{"kind":"${kind.listKind}","apiVersion":"${groupVersion(kind)}","metadata":${JSON.stringify(metadata)},"items":[`;
  response.writeHead(200, { "Content-Type": "application/json" });
  let piece = head;
  for (const [place, { version }] of found.entries()) {
    piece += `${place === 0 ? "" : ","}${table.textOf(version.rest ?? "", version.revision, true)}`;
    if (piece.length < pieceSize) continue;
    if (!response.write(piece)) await drained(response);
    piece = "";
    if (response.destroyed) return;
  }
  response.end(`${piece}]}\n`);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}

function countFrom(table: Table, from: number, prefix: string, revision: number): number {
  let count = 0;
  for (let index = from; index < table.keys.length; index++) {
    const key = table.keys[index] ?? "";
    if (prefix !== "" && !key.startsWith(prefix)) break;
    if (table.versionAt(key, revision) !== undefined) count += 1;
  }
  return count;
}
