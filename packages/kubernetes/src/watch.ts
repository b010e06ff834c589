import type { Connection, ApiRequest } from "./connection-options.ts";
import { apiError, type Status } from "./api-errors.ts";
import { ConnectionError, notJson, WatchStalledError } from "./errors.ts";
import { LineSplitter } from "./lines.ts";
import type { KubernetesObject } from "./objects.ts";

/** A change of an object. */
export interface ObjectEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
}

/** Says that everything up to `resourceVersion` has been sent. */
export interface BookmarkEvent {
  readonly type: "BOOKMARK";
  readonly resourceVersion: string;
  /** True for the bookmark that ends the initial events of a streaming list. */
  readonly initialEventsEnd: boolean;
}

/** What a watch yields; ERROR events are thrown as {@link apiError}. */
export type WatchEvent<T> = ObjectEvent<T> | BookmarkEvent;

interface RawEvent<T> {
  readonly type: ObjectEvent<T>["type"] | "BOOKMARK" | "ERROR";
  readonly object: T;
}

/** etcd refuses objects above 1.5 MiB; the JSON of one, escapes included, stays far below this. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/**
 * One watch connection, its events in the batches in which they arrived, until the server ends it (return) or
 * something fails (throw). A stalled peer is noticed after `stallMs` without a byte.
 */
export async function* watchBatches<T extends KubernetesObject>(
  connection: Connection,
  request: ApiRequest,
  stallMs: number,
): AsyncGenerator<WatchEvent<T>[], void, undefined> {
  const { clock } = connection;
  const what = `watch ${request.path}`;
  const stalled = new AbortController();
  const signal = request.signal === undefined ? stalled.signal : AbortSignal.any([request.signal, stalled.signal]);
  const stream = await connection.stream({ ...request, signal });
  let lastByteAt = clock.now();
  let cancel = (): void => {};
  const arm = (delay: number): void => {
    cancel = clock.schedule(delay, () => {
      const silent = clock.now() - lastByteAt;
      if (silent >= stallMs) stalled.abort(new WatchStalledError(what, silent));
      else arm(stallMs - silent);
    });
  };
  arm(stallMs);
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  try {
    for await (const chunk of stream.chunks) {
      lastByteAt = clock.now();
      const batch: WatchEvent<T>[] = [];
      let failure: unknown;
      try {
        for (const line of splitter.push(chunk)) batch.push(decodeEvent<T>(line, request));
      } catch (error) {
        failure = error;
      }
      // What came before a broken event is good, and moves the resourceVersion on.
      if (batch.length > 0) yield batch;
      if (failure !== undefined) throw failure;
      lastByteAt = clock.now();
    }
    if (splitter.pendingBytes > 0) {
      throw new ConnectionError(`${what} ended within an event`, {});
    }
  } finally {
    cancel();
    stream.close();
  }
}

function decodeEvent<T extends KubernetesObject>(line: string, request: ApiRequest): WatchEvent<T> {
  let event: RawEvent<T>;
  try {
    event = JSON.parse(line);
  } catch (error) {
    throw notJson(`watch ${request.path}`, line, error);
  }
  if (event.type === "BOOKMARK") {
    const { metadata } = event.object;
    const mark = metadata.annotations?.["k8s.io/initial-events-end"];
    return { type: "BOOKMARK", resourceVersion: metadata.resourceVersion, initialEventsEnd: mark === "true" };
  }
  if (event.type === "ERROR") {
    const status = parseStatus(event.object);
    throw apiError({ method: request.method, path: request.path, status: status.code ?? 500 }, status);
  }
  return { type: event.type, object: event.object };
}

function parseStatus(value: unknown): Status {
  return typeof value === "object" && value !== null ? value : {};
}
