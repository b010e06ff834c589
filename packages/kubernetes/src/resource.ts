import type { ApiRequest, CallOptions, Connection } from "./connection.ts";
import { GoneError, NotFoundError, UsageError } from "./errors.ts";
import {
  apiVersionOf,
  type KubernetesObject,
  type ObjectRef,
  type ResourceDefinition,
  type Writable,
  type WritableMeta,
} from "./objects.ts";
import { type Query, resourcePath } from "./paths.ts";
import { formatLabelSelector, type LabelSelector } from "./selectors.ts";
import { watchBatches, type WatchEvent } from "./watch.ts";

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

/** The fields that this manager wants to own. */
export interface ApplyConfiguration {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata: WritableMeta & { readonly name: string };
}

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
  /** Server-side apply. `object` is a {@link ApplyConfiguration} and any fields of `T`. @throws ConflictError */
  apply(object: ApplyConfiguration, options: ApplyOptions): Promise<T>;
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

/** Objects per list request. */
export const DEFAULT_PAGE_SIZE = 500;
/** Two bookmark intervals and a half. */
export const DEFAULT_STALL_MS = 150_000;

const PATCH_TYPES = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const;
/** JSON is YAML; `application/apply-patch+json` exists only in newer servers. */
const APPLY_TYPE = "application/apply-patch+yaml";

interface ListAnswer<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: T[] | null;
}

/** See {@link Connection.resource}. */
export function createResource<T extends KubernetesObject>(
  connection: Connection,
  definition: ResourceDefinition,
): Resource<T> {
  const plural = definition.group === "" ? definition.plural : `${definition.plural}.${definition.group}`;
  const typed = { apiVersion: apiVersionOf(definition), kind: definition.kind };

  function verbsOf<S extends KubernetesObject>(subresource: string | undefined): ObjectVerbs<S> {
    const resource = subresource === undefined ? plural : `${plural}/${subresource}`;
    const pathOf = (ref: ObjectRef): string =>
      resourcePath(definition, { namespace: ref.namespace, name: ref.name, subresource });
    return {
      get: (ref, options = {}) =>
        connection.request<S>({ method: "GET", path: pathOf(ref), verb: "get", resource, ...options }),
      replace: (object, options = {}) =>
        connection.request<S>({
          method: "PUT",
          path: pathOf(refOf(object.metadata)),
          body: subresource === undefined || subresource === "status" ? { ...typed, ...object } : object,
          verb: "update",
          resource,
          ...writeOptions(options),
        }),
      patch: (ref, patch, options = {}) =>
        connection.request<S>({
          method: "PATCH",
          path: pathOf(ref),
          body: patch.type === "json" ? patch.operations : patch.body,
          contentType: PATCH_TYPES[patch.type],
          verb: "patch",
          resource,
          ...writeOptions(options),
        }),
      apply: (object, options) =>
        connection.request<S>({
          method: "PATCH",
          path: pathOf(refOf(object.metadata)),
          body: { ...typed, ...object },
          contentType: APPLY_TYPE,
          verb: "apply",
          resource,
          ...writeOptions(options, { force: options.force }),
        }),
    };
  }

  const objectVerbs = verbsOf<T>(undefined);

  async function* pages(options: ListOptions = {}): AsyncGenerator<Page<T>, void, undefined> {
    const pageSize = options.pageSize ?? DEFAULT_PAGE_SIZE;
    let token: string | undefined;
    do {
      const answer: ListAnswer<T> = await connection.request<ListAnswer<T>>({
        method: "GET",
        path: resourcePath(definition, { namespace: options.namespace }),
        query: {
          ...selectionQuery(options),
          limit: pageSize === 0 ? undefined : pageSize,
          continue: token,
          // A continue token carries its own version; the server refuses both.
          resourceVersion: token === undefined ? options.resourceVersion : undefined,
          resourceVersionMatch: token === undefined ? options.resourceVersionMatch : undefined,
        },
        verb: "list",
        resource: plural,
        signal: options.signal,
        timeoutMs: options.timeoutMs,
      });
      const items = answer.items ?? [];
      // Lists of built-in kinds leave both out of their items.
      const complete = items.map((item) => (item.kind === undefined ? { ...typed, ...item } : item));
      yield { items: complete, resourceVersion: answer.metadata.resourceVersion };
      token = answer.metadata.continue === "" ? undefined : answer.metadata.continue;
    } while (token !== undefined);
  }

  const watchRequest = (options: WatchOptions): ApiRequest => ({
    method: "GET",
    path: resourcePath(definition, { namespace: options.namespace }),
    query: {
      watch: true,
      ...selectionQuery(options),
      resourceVersion: options.resourceVersion,
      allowWatchBookmarks: (options.bookmarks ?? true) ? true : undefined,
      timeoutSeconds: options.timeoutSeconds,
    },
    verb: "watch",
    resource: plural,
    signal: options.signal,
    timeoutMs: options.timeoutMs,
  });

  const resource: Resource<T> = {
    definition,
    connection,
    ...objectVerbs,
    async find(ref, options = {}) {
      try {
        return await objectVerbs.get(ref, options);
      } catch (error) {
        if (error instanceof NotFoundError) return undefined;
        throw error;
      }
    },
    async list(options = {}) {
      let items: T[] = [];
      let resourceVersion = "";
      try {
        for await (const page of pages(options)) {
          items = items.concat(page.items);
          ({ resourceVersion } = page);
        }
      } catch (error) {
        if (!(error instanceof GoneError) || items.length === 0) throw error;
        // The continue token outlived the server's history: one request needs none.
        items = [];
        for await (const page of pages({ ...options, pageSize: 0 })) {
          items = items.concat(page.items);
          ({ resourceVersion } = page);
        }
      }
      return { items, resourceVersion };
    },
    pages,
    create: (object, options = {}) =>
      connection.request<T>({
        method: "POST",
        path: resourcePath(definition, { namespace: createNamespace(definition, object.metadata) }),
        body: { ...typed, ...object },
        verb: "create",
        resource: plural,
        ...writeOptions(options),
      }),
    async delete(ref, options = {}) {
      const answer = await connection.request<T>({
        method: "DELETE",
        path: resourcePath(definition, { namespace: ref.namespace, name: ref.name }),
        verb: "delete",
        resource: plural,
        ...deleteRequest(options),
      });
      return answer.kind === definition.kind ? answer : undefined;
    },
    async deleteCollection(selection, options = {}) {
      await connection.request<unknown>({
        method: "DELETE",
        path: resourcePath(definition, { namespace: selection.namespace }),
        query: selectionQuery(selection),
        verb: "deletecollection",
        resource: plural,
        ...deleteRequest(options),
      });
    },
    async *watch(options = {}) {
      for await (const batch of resource.watchBatches(options)) yield* batch;
    },
    watchBatches: (options = {}) =>
      watchBatches<T>(connection, watchRequest(options), options.stallMs ?? DEFAULT_STALL_MS),
    status: verbsOf<T>("status"),
    subresource: <S extends KubernetesObject>(name: string) => verbsOf<S>(name),
  };
  return resource;
}

function refOf(metadata: WritableMeta): ObjectRef {
  if (metadata.name === undefined) throw new UsageError("an object without a name", "Set metadata.name.");
  return { name: metadata.name, namespace: metadata.namespace };
}

function createNamespace(definition: ResourceDefinition, metadata: WritableMeta): string | undefined {
  if (definition.namespaced && metadata.namespace === undefined) {
    throw new UsageError(`a new ${definition.kind} without a namespace`, "Set metadata.namespace.");
  }
  return metadata.namespace;
}

function selectionQuery({ labelSelector, fieldSelector }: Selection): Query {
  const labels = typeof labelSelector === "object" ? formatLabelSelector(labelSelector) : labelSelector;
  return {
    labelSelector: labels === "" ? undefined : labels,
    fieldSelector: fieldSelector === "" ? undefined : fieldSelector,
  };
}

function writeOptions(options: WriteOptions, query: Query = {}): Pick<ApiRequest, "query" | "signal" | "timeoutMs"> {
  return {
    query: {
      ...query,
      fieldManager: options.fieldManager,
      dryRun: options.dryRun === true ? "All" : undefined,
      fieldValidation: options.fieldValidation,
    },
    signal: options.signal,
    timeoutMs: options.timeoutMs,
  };
}

function deleteRequest(options: DeleteOptions): Pick<ApiRequest, "body" | "signal" | "timeoutMs"> {
  const { uid, resourceVersion } = options;
  return {
    body: {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: options.propagation,
      gracePeriodSeconds: options.gracePeriodSeconds,
      preconditions: uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion },
      dryRun: options.dryRun === true ? ["All"] : undefined,
    },
    signal: options.signal,
    timeoutMs: options.timeoutMs,
  };
}
