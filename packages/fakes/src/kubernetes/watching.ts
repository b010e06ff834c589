import type { ServerResponse } from "node:http";

import type { Clock } from "./clock.ts";
import { groupVersion, type Kind } from "./kind.ts";
import { inScope, type Scope, versionFault } from "./reading.ts";
import type { Random } from "./random.ts";
import type { Served } from "./registry.ts";
import { type Cause, cause, expired, invalid, unexpected } from "./status.ts";
import type { Change, ObjectStore } from "./store.ts";

/** One client's watch, for tests that look or meddle. */
export interface WatchPeer {
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly response: ServerResponse;
  /** Events go nowhere while it is set, the connection stays. */
  silent: boolean;
  /** Sends a BOOKMARK now. */
  bookmark(): void;
  /** Sends an ERROR event with a Status, and ends the watch. */
  error(code: number, reason: string, message: string): void;
  /** Ends it as the server does when its time is over. */
  end(): void;
  /** Breaks the connection. */
  reset(): void;
}

export interface WatchSettings {
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds between bookmarks. */
  readonly bookmarkMs: number;
  /** Bytes that a client may leave unread before its watch is ended. */
  readonly bufferBytes: number;
  readonly peers: Set<WatchPeer>;
}

/** Of the initial events so many bytes wait for the client to read at a time. */
const initialBytes = 1 << 20;
/** Between half an hour and an hour, when the client does not say. */
const defaultTimeoutMs = 1_800_000;

/** Serves one watch until it ends. @throws Failure before the first byte */
export function serveWatch(
  { kind, table }: Served,
  store: ObjectStore,
  scope: Scope,
  query: URLSearchParams,
  response: ServerResponse,
  settings: WatchSettings,
): void {
  const asked = query.get("resourceVersion") ?? "";
  const initial = isTrue(query.get("sendInitialEvents"));
  const bookmarks = isTrue(query.get("allowWatchBookmarks"));
  checkOptions(query);
  if (asked !== "" && !/^\d+$/.test(asked)) throw unexpected(versionFault(asked));
  const seconds = Number(query.get("timeoutSeconds") ?? 0);
  const timeoutMs = seconds > 0 ? seconds * 1000 : defaultTimeoutMs * (1 + settings.random());
  response.writeHead(200, { "Content-Type": "application/json" });
  response.flushHeaders();

  let over = false;
  // There is no bookmark as long as nothing at all has happened to the resource; of it all counts, the selection or not.
  let followedSince: number | undefined;
  let cancelBookmark: () => void = () => {};
  const write = (line: string): void => {
    if (over || peer.silent) return;
    response.write(`${line}\n`);
    if (response.writableLength > settings.bufferBytes) peer.reset();
  };
  const send = (change: Change): void => {
    const line = eventOf(change, scope, table);
    if (line !== undefined) write(line);
  };
  const stop = (): void => {
    over = true;
    table.listeners.delete(send, scope.selector.only);
    settings.peers.delete(peer);
    cancelBookmark();
    cancelTimeout();
  };
  const peer: WatchPeer = {
    plural: kind.plural,
    namespace: scope.namespace,
    response,
    silent: false,
    bookmark: () => {
      if (followedSince !== undefined && table.changed > followedSince) write(bookmarkOf(kind, store.revision));
    },
    error(code, reason, message) {
      write(JSON.stringify({ type: "ERROR", object: statusOf(code, reason, message) }));
      peer.end();
    },
    end() {
      stop();
      response.end();
    },
    reset() {
      stop();
      response.destroy();
    },
  };
  const cancelTimeout = settings.clock.schedule(timeoutMs, () => {
    if (bookmarks) peer.bookmark();
    peer.end();
  });
  response.on("close", stop);
  settings.peers.add(peer);

  const oldest = Math.max(store.compacted, table.forgotten);
  if (asked !== "" && asked !== "0" && !initial && Number(asked) < oldest) {
    const failure = expired(`too old resource version: ${asked} (${store.revision})`);
    write(JSON.stringify({ type: "ERROR", object: failure.body }));
    peer.end();
    return;
  }
  const follow = (since: number, changed: number): void => {
    followedSince = changed;
    for (const change of changesAfter(table.changes, since)) send(change);
    table.listeners.add(send, scope.selector.only);
    if (bookmarks) bookmarkRegularly();
  };
  const bookmarkRegularly = (): void => {
    const next = (): void => {
      cancelBookmark = settings.clock.schedule(settings.bookmarkMs, () => {
        peer.bookmark();
        next();
      });
    };
    next();
  };
  if (asked !== "" && asked !== "0" && !initial) {
    follow(Number(asked), table.changed);
    return;
  }
  const begin = store.revision;
  const changedBefore = table.changed;
  const pending = query.get("sendInitialEvents") === "false" ? [] : [...table.keys];
  let at = 0;
  /** As it was when the watch began; as much at a time as the client reads. */
  const sendInitial = (): void => {
    for (; at < pending.length; at += 1) {
      if (over) return;
      if (response.writableLength > initialBytes) {
        response.once("drain", sendInitial);
        return;
      }
      const key = pending[at] ?? "";
      const version = table.versionAt(key, begin);
      if (inScope(scope, table, key, version))
        write(`{"type":"ADDED","object":${table.textOf(version.rest ?? "", version.revision)}}`);
    }
    if (over) return;
    // Since 1.37 also for a watch without a version that does not ask for the initial events by name.
    if (bookmarks && (initial || asked === "")) write(bookmarkOf(kind, begin, { "k8s.io/initial-events-end": "true" }));
    follow(begin, changedBefore);
  };
  sendInitial();
}

function isTrue(value: string | null): boolean {
  return value === "true" || value === "1";
}

function checkOptions(query: URLSearchParams): void {
  const match = query.get("resourceVersionMatch") ?? "";
  const initial = query.has("sendInitialEvents");
  const faults: Cause[] = [];
  const refuse = (detail: string): void => void faults.push(cause.forbidden("resourceVersionMatch", detail));
  if (match !== "" && !initial)
    refuse("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
  if (initial && match !== "NotOlderThan")
    refuse("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  if (match !== "" && match !== "NotOlderThan")
    faults.push(cause.unsupported("resourceVersionMatch", match, ["NotOlderThan"]));
  if (faults.length > 0) throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, faults);
}

function changesAfter(changes: readonly Change[], revision: number): readonly Change[] {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((changes[middle]?.version.revision ?? 0) <= revision) low = middle + 1;
    else high = middle;
  }
  return changes.slice(low);
}

/** A change as this watch sees it: what leaves the selection is deleted, what enters it is added. */
function eventOf({ key, version }: Change, scope: Scope, table: Served["table"]): string | undefined {
  const { previous, revision } = version;
  const is = inScope(scope, table, key, version);
  const was = inScope(scope, table, key, previous);
  if (!is && !was) return undefined;
  const type = is ? (was ? "MODIFIED" : "ADDED") : "DELETED";
  const rest = is ? version.rest : previous?.rest;
  return `{"type":"${type}","object":${table.textOf(rest ?? "", revision)}}`;
}

function bookmarkOf(kind: Kind, revision: number, annotations?: Record<string, string>): string {
  const metadata = { resourceVersion: String(revision), ...(annotations === undefined ? {} : { annotations }) };
  const object = { kind: kind.kind, apiVersion: groupVersion(kind), metadata, ...kind.empty };
  return JSON.stringify({ type: "BOOKMARK", object });
}

function statusOf(code: number, reason: string, message: string): object {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
}
