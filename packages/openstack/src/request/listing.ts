import type { Service } from "../catalog.ts";
import type { CallOptions, Requester } from "./request.ts";
import { protocolError } from "../errors.ts";
import { joinTagFilters, type Query, type QueryValue, singleValues, splitQuery } from "./query.ts";

/** What every resource has. */
export interface Resource {
  readonly id: string;
}

/** What the builder of a collection must know of a resource. */
export interface CollectionDefinition {
  readonly service: Service;
  /** With the version: `/v2.0/security-groups`. */
  readonly path: string;
  /** Key of one object in bodies: `security_group`. */
  readonly singular: string;
  /** Key of a list in bodies: `security_groups`. */
  readonly plural: string;
}

/** Filters by attribute, plus those that the API adds. A list means "one of these"; for `tags` "all of these". */
export type Filters<T> = Readonly<Partial<Record<keyof T & string, QueryValue>>> & {
  readonly tags?: QueryValue;
  readonly "tags-any"?: QueryValue;
  readonly "not-tags"?: QueryValue;
  readonly "not-tags-any"?: QueryValue;
};

/** What a list takes beside its filters. */
export interface ListOptions<K = string> extends CallOptions {
  /** Only these attributes: a port list is three times as fast with two. */
  readonly fields?: readonly K[] | undefined;
  /** Objects per page; default 1000. */
  readonly pageSize?: number | undefined;
}

/**
 * Lists all that match, page by page. Values that do not fit into one URL are split over several requests (with Octavia,
 * which knows no lists, one for each value); each object comes once.
 */
export interface List<T> {
  <K extends keyof T & string>(
    filters: Filters<T>,
    options: ListOptions<K> & { readonly fields: readonly K[] },
  ): Promise<Pick<T, K>[]>;
  (filters?: Filters<T>, options?: CallOptions & { readonly pageSize?: number | undefined }): Promise<T[]>;
}

/** Request lines end at 8192 bytes; the rest is for method, protocol and the endpoint's own path. */
const MAX_TARGET_BYTES = 7680;
const DEFAULT_PAGE_SIZE = 1000;

/** Builds the list verb of a resource. */
export function createList<T extends Resource>(requester: Requester, definition: CollectionDefinition): List<T> {
  const { path, service } = definition;

  async function list<K extends keyof T & string>(
    filters: Filters<T>,
    options: ListOptions<K> & { readonly fields: readonly K[] },
  ): Promise<Pick<T, K>[]>;
  async function list(filters?: Filters<T>, options?: ListOptions): Promise<T[]>;
  async function list(filters?: Filters<T>, options: ListOptions = {}): Promise<T[]> {
    const { fields, pageSize, ...call } = options;
    const query: Query = { ...joinTagFilters(filters ?? {}), limit: pageSize ?? DEFAULT_PAGE_SIZE };
    // Octavia hands a repeated key to its database as it is, and answers 500.
    const parts =
      service === "load-balancer"
        ? singleValues(query)
        : splitQuery(query, MAX_TARGET_BYTES - path.length - fieldsLength(fields));
    // Ids tell which objects two parts have in common.
    const wanted = fields === undefined || parts.length < 2 || fields.includes("id") ? fields : [...fields, "id"];
    const choice: Query = wanted === undefined ? {} : { fields: wanted };
    const merged = new Map<string, T>();
    for (const part of parts) {
      const found = await pages<T>(requester, definition, { ...part, ...choice }, call);
      if (parts.length === 1) return found;
      for (const object of found) merged.set(object.id, object);
    }
    return [...merged.values()];
  }
  return list;
}

/** Follows the links named next; only their query counts, for their host may be one that we cannot reach. */
async function pages<T>(
  requester: Requester,
  { service, path, plural }: CollectionDefinition,
  first: Query,
  call: CallOptions,
): Promise<T[]> {
  const facts = { service, path, method: "GET" };
  const objects: T[] = [];
  const seen = new Set<string>();
  for (let query = first; ; ) {
    const { body } = await requester.request(service, "GET", path, { ...call, query });
    const page: Readonly<Record<string, unknown>> = isRecord(body) ? body : {};
    const items: unknown = page[plural];
    if (!Array.isArray(items)) throw protocolError(`${service}: GET ${path}: the answer has no ${plural}`, facts);
    for (const item of items as readonly T[]) objects.push(item);
    const next = nextQuery(page[`${plural}_links`]);
    if (next === undefined) return objects;
    const marker = JSON.stringify(next);
    if (seen.has(marker)) throw protocolError(`${service}: GET ${path}: the pages go round in a circle`, facts);
    seen.add(marker);
    query = next;
  }
}

function fieldsLength(fields: readonly string[] | undefined): number {
  return (fields ?? []).reduce((sum, field) => sum + encodeURIComponent(field).length + "&fields=".length, 10);
}

/** The query of the link named next. */
function nextQuery(links: unknown): Query | undefined {
  if (!Array.isArray(links)) return undefined;
  for (const link of links as readonly unknown[]) {
    if (!isRecord(link) || link["rel"] !== "next" || typeof link["href"] !== "string") continue;
    const search = URL.parse(link["href"], "http://unused")?.searchParams;
    if (search === undefined) continue;
    const query: Record<string, string[]> = {};
    for (const key of new Set(search.keys())) query[key] = search.getAll(key);
    return query;
  }
  return undefined;
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
