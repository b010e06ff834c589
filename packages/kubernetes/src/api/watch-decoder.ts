import { apiError } from "../api-errors.ts";
import { notJson, ProtocolError } from "../errors.ts";
import { LineSplitter } from "./lines.ts";
import type { KubernetesObject } from "../objects.ts";
import { readStatus } from "./status.ts";

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

/** What one chunk brought. */
export interface Decoded<T> {
  readonly events: WatchEvent<T>[];
  /** What came after them cannot be read, or says that the watch has failed. */
  readonly failure: Error | undefined;
}

/** etcd refuses objects above 1.5 MiB; the JSON of one, escapes included, stays far below this. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/** Turns the bytes of a watch, whatever the chunks, into events. Of no use after a failure. */
export class WatchDecoder<T extends KubernetesObject> {
  readonly #splitter = new LineSplitter(MAX_LINE_BYTES);
  readonly #request: { readonly method: string; readonly path: string };

  /** @param request for messages. */
  constructor(request: { readonly method: string; readonly path: string }) {
    this.#request = request;
  }

  /** Bytes of the unfinished event. */
  get pendingBytes(): number {
    return this.#splitter.pendingBytes;
  }

  /** The events that `chunk` completes, up to the first that is broken or an ERROR. Never throws. */
  push(chunk: Buffer): Decoded<T> {
    const events: WatchEvent<T>[] = [];
    try {
      for (const line of this.#splitter.push(chunk)) events.push(this.#decode(line));
    } catch (error) {
      // What came before a broken event is good, and moves the resourceVersion on.
      return { events, failure: error instanceof Error ? error : new ProtocolError(String(error)) };
    }
    return { events, failure: undefined };
  }

  #decode(line: string): WatchEvent<T> {
    const { method, path } = this.#request;
    let event: { readonly type?: string; readonly object?: T } | null;
    try {
      event = JSON.parse(line);
    } catch (error) {
      throw notJson(`watch ${path}`, line, error);
    }
    const object = event?.object;
    if (event?.type === "ERROR") {
      const status = readStatus(object) ?? {};
      throw apiError({ method, path, status: status.code ?? 500 }, status);
    }
    if (!hasVersion(object)) throw noEvent(path, line);
    switch (event?.type) {
      case "ADDED":
      case "MODIFIED":
      case "DELETED":
        if (typeof object.metadata.name !== "string") throw noEvent(path, line);
        return { type: event.type, object };
      case "BOOKMARK": {
        const { annotations, resourceVersion } = object.metadata;
        return {
          type: "BOOKMARK",
          resourceVersion,
          initialEventsEnd: annotations?.["k8s.io/initial-events-end"] === "true",
        };
      }
      default:
        throw noEvent(path, line);
    }
  }
}

/** Enough for the informer to stand on; the rest of an object is believed. */
function hasVersion<T extends KubernetesObject>(object: T | undefined): object is T {
  return typeof object?.metadata?.resourceVersion === "string";
}

function noEvent(path: string, line: string): ProtocolError {
  return new ProtocolError(`watch ${path}: not an event: ${line.slice(0, 100)}`);
}
