import type { Service } from "../catalog.ts";
import type { CallOptions, Method, Requester, RequestOptions } from "./request.ts";
import { isKind, OpenStackError, protocolError } from "../errors.ts";
import { type CollectionDefinition, createList, type Filters, isRecord, type List, type Resource } from "./listing.ts";
import { createMarked, type MarkedOptions } from "./marked.ts";

/** What a change and a deletion take. */
export interface UpdateOptions extends CallOptions {
  /** Fails with kind `precondition` unless the object has this `revision_number` (Neutron only). */
  readonly ifRevision?: number | undefined;
}

/** The verbs of one kind of resource. Types are believed, not checked. */
export interface Collection<T extends Resource, Create, Update> {
  readonly list: List<T>;
  /** @throws not-found */
  get(id: string, options?: CallOptions): Promise<T>;
  /** Like `get`, but undefined when it does not exist. */
  find(id: string, options?: CallOptions): Promise<T | undefined>;
  create(object: Create, options?: CallOptions): Promise<T>;
  /**
   * Creates an object that `mark` (its tags, its description) finds again; when the answer is lost it is looked for
   * before the creation is repeated. See {@link createMarked}.
   */
  createMarked(object: Create, mark: Filters<T>, options?: MarkedOptions): Promise<T>;
  update(id: string, patch: Update, options?: UpdateOptions): Promise<T>;
  /** Resolves true when it was there, false when it did not exist (any more). */
  delete(id: string, options?: UpdateOptions): Promise<boolean>;
}

/** Builds the verbs of a resource. */
export function createCollection<T extends Resource, Create, Update>(
  requester: Requester,
  definition: CollectionDefinition,
): Collection<T, Create, Update> {
  const { service, path, singular } = definition;
  const pathOf = (id: string): string => `${path}/${encodeURIComponent(id)}`;
  const one = (method: Method, id: string | undefined, options: RequestOptions): Promise<T> =>
    requestEnvelope<T>(requester, service, method, id === undefined ? path : pathOf(id), singular, options);

  const list = createList<T>(requester, definition);

  return {
    list,
    get: (id, options = {}) => one("GET", id, options),
    async find(id, options = {}) {
      try {
        return await one("GET", id, options);
      } catch (error) {
        if (isKind(error, "not-found")) return undefined;
        throw error;
      }
    },
    create: (object, options = {}) => one("POST", undefined, { ...options, body: { [singular]: object } }),
    async createMarked(object, mark, options = {}) {
      if (Object.values(mark).every((value) => value === undefined)) {
        throw new OpenStackError("a mark without a filter would find anything", {
          kind: "invalid",
          code: "OPENSTACK_MARK",
          hint: "Give the tags or the description that the object is created with.",
          sent: false,
        });
      }
      const { signal, timeoutMs } = options;
      return createMarked(
        {
          create: () => one("POST", undefined, { signal, timeoutMs, body: { [singular]: object } }),
          find: () => list(mark, { signal, timeoutMs }),
        },
        requester.clock,
        requester.random,
        options,
      );
    },
    update: (id, patch, options = {}) => one("PUT", id, { ...withRevision(options), body: { [singular]: patch } }),
    delete: (id, options = {}) => deleteAt(requester, service, pathOf(id), options),
  };
}

/** Adds creation of many objects by one request: all or none. */
export interface BulkCreate<T, Create> {
  /** In the order given. The answer comes when the last one is done; an empty list asks nothing. */
  createMany(objects: readonly Create[], options?: CallOptions): Promise<T[]>;
}

/** Builds `createMany`. */
export function createBulk<T, Create>(requester: Requester, definition: CollectionDefinition): BulkCreate<T, Create> {
  const { service, path, plural } = definition;
  return {
    async createMany(objects, options = {}) {
      if (objects.length === 0) return [];
      return requestEnvelope<T[]>(requester, service, "POST", path, plural, {
        ...options,
        operation: `POST ${path.replace(/^\/v[^/]*\//, "")} bulk`,
        objects: objects.length,
        body: { [plural]: objects },
      });
    },
  };
}

/** Tags as resources of their own, as Neutron has them. */
export interface Tagging {
  /** Replaces all tags; returns those that are there now. Bumps `revision_number`. */
  setTags(id: string, tags: readonly string[], options?: CallOptions): Promise<string[]>;
  addTag(id: string, tag: string, options?: CallOptions): Promise<void>;
  /** Resolves false when the tag was not there. */
  removeTag(id: string, tag: string, options?: CallOptions): Promise<boolean>;
}

/** Builds the verbs for tags. */
export function createTagging(requester: Requester, definition: CollectionDefinition): Tagging {
  const { service, path } = definition;
  const tagsOf = (id: string): string => `${path}/${encodeURIComponent(id)}/tags`;
  return {
    setTags: (id, tags, options = {}) =>
      requestEnvelope<string[]>(requester, service, "PUT", tagsOf(id), "tags", { ...options, body: { tags } }),
    async addTag(id, tag, options = {}) {
      await requester.request(service, "PUT", `${tagsOf(id)}/${encodeURIComponent(tag)}`, options);
    },
    removeTag: (id, tag, options = {}) =>
      deleteAt(requester, service, `${tagsOf(id)}/${encodeURIComponent(tag)}`, options),
  };
}

/** Sends a request and returns what its answer holds under `key`; believed to be an `R`. */
export async function requestEnvelope<R>(
  requester: Requester,
  service: Service,
  method: Method,
  path: string,
  key: string,
  options: RequestOptions,
): Promise<R> {
  const { body } = await requester.request(service, method, path, options);
  if (!isRecord(body) || body[key] === undefined) {
    throw protocolError(`${service}: ${method} ${path}: the answer has no ${key}`, { service, method, path });
  }
  return body[key] as R;
}

/** DELETE, for which an object that is gone is a success: the answer to an earlier try may have been lost. */
export async function deleteAt(
  requester: Requester,
  service: Service,
  path: string,
  options: RequestOptions & Pick<UpdateOptions, "ifRevision">,
): Promise<boolean> {
  try {
    await requester.request(service, "DELETE", path, withRevision(options));
    return true;
  } catch (error) {
    if (isKind(error, "not-found")) return false;
    throw error;
  }
}

function withRevision(options: RequestOptions & Pick<UpdateOptions, "ifRevision">): RequestOptions {
  const { ifRevision, ...rest } = options;
  return ifRevision === undefined ? rest : { ...rest, headers: { "If-Match": `revision_number=${ifRevision}` } };
}
