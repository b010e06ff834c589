import type { ServerResponse } from "node:http";

import type { Kind } from "./kind.ts";
import { aboutResource, groupVersion } from "./kind.ts";
import type { Served } from "./registry.ts";
import { parseSelector, type Selector } from "./selectors.ts";
import { badRequest, cause, expired, invalid, notFound, tooLargeVersion, type Cause, type Failure } from "./status.ts";
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
    selector: parseSelector(
      query.get("labelSelector"),
      query.get("fieldSelector"),
      [...everyField, ...kind.selectableFields],
      (field) =>
        kind.custom || kind.selectableFields.length > 0
          ? `field label not supported: ${field}`
          : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
    ),
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
  const byte = Buffer.from(token, "base64url")[0] ?? 0;
  const shown = byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\u${byte.toString(16).padStart(4, "0")}`;
  throw badRequest(
    `invalid continue token: continue key is not valid: invalid character '${shown}' looking for beginning of value`,
  );
}

const listOptions = { group: "meta.k8s.io", kind: "ListOptions" };

/** @throws Failure (400, 410, 422, 504) */
function positionOf(table: Table, store: ObjectStore, query: URLSearchParams): Position {
  const token = query.get("continue") ?? "";
  const asked = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  if (query.has("sendInitialEvents"))
    throw invalid(listOptions, [cause.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list")]);
  checkMatch(asked, match, token);
  if (token !== "") {
    if (asked !== "" && asked !== "0")
      throw badRequest("specifying resource version is not allowed when using continue");
    const position = readToken(token);
    if (position.revision < Math.max(store.compacted, table.forgotten)) throw expiredToken(store, position.start);
    return position;
  }
  if (asked === "" || asked === "0") return { revision: store.revision, start: "" };
  if (!/^\d+$/.test(asked)) throw badRequest(`invalid resource version: ${versionFault(asked)}`);
  const revision = Number(asked);
  if (revision > store.revision) throw tooLargeVersion(asked, store.revision);
  // Of old, a limit asks for exactly this version.
  const exact = match === "Exact" || (match === "" && limitOf(query) > 0);
  if (!exact) return { revision: store.revision, start: "" };
  if (revision < Math.max(store.compacted, table.forgotten))
    throw expired("The resourceVersion for the provided list is too old.");
  return { revision, start: "" };
}

/** Objects per page; 0 for all. @throws Failure (400) */
function limitOf(query: URLSearchParams): number {
  const given = query.get("limit") ?? "0";
  if (!/^-?\d+$/.test(given)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(given)}: invalid syntax`);
  return Math.max(Number(given), 0);
}

/** What the server says of a resourceVersion that is none. */
export function versionFault(asked: string): string {
  const quoted = JSON.stringify(asked);
  return `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`;
}

function expiredToken(store: ObjectStore, start: string): Failure {
  const failure = expired(
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
  );
  failure.body["metadata"] = { continue: continueToken({ revision: store.revision, start }) };
  return failure;
}

function checkMatch(asked: string, match: string, token: string): void {
  if (match === "") return;
  const faults: Cause[] = [];
  const refuse = (detail: string): void => void faults.push(cause.forbidden("resourceVersionMatch", detail));
  if (asked === "") refuse("resourceVersionMatch is forbidden unless resourceVersion is provided");
  if (token !== "") refuse("resourceVersionMatch is forbidden when continue is provided");
  if (match !== "Exact" && match !== "NotOlderThan")
    faults.push(cause.unsupported("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""]));
  if (match === "Exact" && asked === "0") refuse('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  if (faults.length > 0) throw invalid(listOptions, faults);
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
  const limit = limitOf(query);
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
  const changed = (table.changes.at(-1)?.version.revision ?? 0) > revision;
  if (prefix === "" && !changed && table.keys.length === table.size) return table.size - from;
  let count = 0;
  for (let index = from; index < table.keys.length; index++) {
    const key = table.keys[index] ?? "";
    if (prefix !== "" && !key.startsWith(prefix)) break;
    if (table.versionAt(key, revision) !== undefined) count += 1;
  }
  return count;
}
