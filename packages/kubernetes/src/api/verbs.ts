import type { CallOptions, Connection } from "./connection-options.ts";
import type { KubernetesObject, ObjectRef, ResourceDefinition, Writable, WritableMeta } from "../objects.ts";
import type { LabelSelector } from "./selectors.ts";
import type { WatchEvent } from "./watch-decoder.ts";

/** Which objects of a resource. */
export interface Selection {
  /** All namespaces when left out. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | LabelSelector | undefined;
  /** As the query parameter wants it, see `formatFieldSelector`. */
  readonly fieldSelector?: string | undefined;
}

/** Options of a list. Paging goes on by itself. */
export interface ListOptions extends CallOptions, Selection {
  /** Objects per request; default 500; 0 asks for all at once. */
  readonly pageSize?: number | undefined;
  /** Left out: the newest state. "0": whatever the server's cache has, which may be older than what was seen before. */
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: "NotOlderThan" | "Exact" | undefined;
}

/** One answer to a list request. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Of the whole list, the same on every page. */
  readonly resourceVersion: string;
}

/** Options of a single watch connection. */
export interface WatchOptions extends CallOptions, Selection {
  /** Where to start: that of a list. Left out: the server sends the present objects first as ADDED. */
  readonly resourceVersion?: string | undefined;
  /**
   * A streaming list: the present objects come first, as ADDED, up to a bookmark with `initialEventsEnd`. A server that
   * does not offer it (Kubernetes before 1.34, unless told) answers with InvalidError.
   */
  readonly sendInitialEvents?: boolean | undefined;
  /** Ask for BOOKMARK events; default true. */
  readonly bookmarks?: boolean | undefined;
  /** The server ends the watch after so long. */
  readonly timeoutSeconds?: number | undefined;
  /** Silence after which the peer counts as gone; default 150,000 ms (bookmarks come about every minute). */
  readonly stallMs?: number | undefined;
}

/** Options of every write. */
export interface WriteOptions extends CallOptions {
  readonly fieldManager?: string | undefined;
  /** Validate and admit, store nothing. */
  readonly dryRun?: boolean | undefined;
  /** What happens to unknown fields; the server's default is Warn. */
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore" | undefined;
}

/** Options of a delete. */
export interface DeleteOptions extends CallOptions {
  /** Delete only the object with this uid, else Conflict. */
  readonly uid?: string | undefined;
  /** Delete only this version of it, else Conflict. */
  readonly resourceVersion?: string | undefined;
  readonly propagation?: "Foreground" | "Background" | "Orphan" | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly dryRun?: boolean | undefined;
}

/** RFC 6902. */
export type JsonPatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly path: string; readonly from: string };

/** A change of an object: RFC 6902, RFC 7386, or by the merge keys of built-in kinds (not for custom resources). */
export type Patch =
  | { readonly type: "json"; readonly operations: readonly JsonPatchOperation[] }
  | { readonly type: "merge"; readonly body: object }
  | { readonly type: "strategic"; readonly body: object };

/** The fields that this manager wants to own: any part of the object, lists whole. */
export type ApplyConfiguration<T extends KubernetesObject> = {
  readonly [K in Exclude<keyof T, "apiVersion" | "kind" | "metadata">]?: Fields<T[K]> | undefined;
} & {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata: WritableMeta & { readonly name: string };
};

type Fields<V> = V extends readonly unknown[]
  ? V
  : V extends object
    ? { readonly [K in keyof V]?: Fields<V[K]> | undefined }
    : V;

/** Options of a server-side apply. */
export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Take fields over from other managers instead of a Conflict. */
  readonly force?: boolean | undefined;
}

/** What can be done to an object, or to a subresource of it. */
export interface ObjectVerbs<T extends KubernetesObject> {
  /** @throws NotFoundError when there is none. */
  get(ref: ObjectRef, options?: CallOptions): Promise<T>;
  /** PUT; needs `metadata.resourceVersion` unless the last writer shall win. @throws ConflictError */
  replace(object: Writable<T>, options?: WriteOptions): Promise<T>;
  patch(ref: ObjectRef, patch: Patch, options?: WriteOptions): Promise<T>;
  /** The same for who does not read the answer, which is the whole object again: it is not parsed. */
  patchUnread(ref: ObjectRef, patch: Patch, options?: WriteOptions): Promise<void>;
  /** Server-side apply. @throws ConflictError naming the fields that other managers own */
  apply(object: ApplyConfiguration<T>, options: ApplyOptions): Promise<T>;
}

/** A typed handle on one resource. */
export interface Resource<T extends KubernetesObject> extends ObjectVerbs<T> {
  readonly definition: ResourceDefinition;
  readonly connection: Connection;
  /** Like get, but undefined when there is none. */
  find(ref: ObjectRef, options?: CallOptions): Promise<T | undefined>;
  /** All pages. */
  list(options?: ListOptions): Promise<Page<T>>;
  /** Page by page. @throws GoneError when the list took longer than the server keeps old state. */
  pages(options?: ListOptions): AsyncGenerator<Page<T>, void, undefined>;
  create(object: Writable<T>, options?: WriteOptions): Promise<T>;
  /** Returns the object's last state where the server sends it. @throws NotFoundError, ConflictError */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<T | undefined>;
  deleteCollection(selection: Selection, options?: DeleteOptions): Promise<void>;
  /** One connection; ends when the server ends it, throws when anything fails. For more, see the informer. */
  watch(options?: WatchOptions): AsyncGenerator<WatchEvent<T>, void, undefined>;
  /** The same, in the batches in which events arrive. */
  watchBatches(options?: WatchOptions): AsyncGenerator<WatchEvent<T>[], void, undefined>;
  readonly status: ObjectVerbs<T>;
  subresource<S extends KubernetesObject = T>(name: string): ObjectVerbs<S>;
}
