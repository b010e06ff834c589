import { GoneError, NotFoundError } from "../api-errors.ts";
import type { ApiRequest, Connection } from "./connection-options.ts";
import { UsageError } from "../errors.ts";
import {
  apiVersionOf,
  type KubernetesObject,
  type ObjectRef,
  type ResourceDefinition,
  type WritableMeta,
} from "../objects.ts";
import { type Query, resourcePath } from "./paths.ts";
import { formatLabelSelector } from "./selectors.ts";
import type {
  DeleteOptions,
  ListOptions,
  ObjectVerbs,
  Page,
  Patch,
  Resource,
  Selection,
  WatchOptions,
  WriteOptions,
} from "./verbs.ts";
import { watchBatches } from "./watch.ts";

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
    const patchRequest = (ref: ObjectRef, patch: Patch, options: WriteOptions): ApiRequest => ({
      method: "PATCH",
      path: pathOf(ref),
      body: patch.type === "json" ? patch.operations : patch.body,
      contentType: PATCH_TYPES[patch.type],
      verb: "patch",
      resource,
      ...writeOptions(options),
    });
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
      patch: (ref, patch, options = {}) => connection.request<S>(patchRequest(ref, patch, options)),
      patchUnread: async (ref, patch, options = {}) => {
        await connection.text(patchRequest(ref, patch, options));
      },
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
      sendInitialEvents: options.sendInitialEvents === true ? true : undefined,
      resourceVersionMatch: options.sendInitialEvents === true ? "NotOlderThan" : undefined,
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
