import { jsonText } from "../../../http/message.ts";
import type { FakeRequest, Json } from "../../../http/message.ts";
import { pythonRepr } from "../../python.ts";
import { badRequest, networkRefusal } from "../../refusal.ts";
import { isObject, type Attributes, type JsonObject } from "./attributes.ts";

/** What a list was asked for. */
export interface ListQuery {
  readonly fields: readonly string[];
  readonly filters: ReadonlyMap<string, readonly Json[]>;
  readonly sorts: readonly { readonly key: string; readonly descending: boolean }[];
  readonly limit: number | undefined;
  readonly marker: string | undefined;
  readonly reverse: boolean;
}

/** Parameters of lists that are no filters. */
export const CONTROLS: ReadonlySet<string> = new Set([
  "fields",
  "sort_key",
  "sort_dir",
  "limit",
  "marker",
  "page_reverse",
]);
const TAG_FILTERS = ["tags", "tags-any", "not-tags", "not-tags-any"];

/** The owner has two names. */
const attributeName = (name: string): string => (name === "tenant_id" ? "project_id" : name);

function values(request: FakeRequest, name: string): string[] {
  return request.query.filter(([key]) => key === name).map(([, value]) => value);
}

/** `fields=` of a request. */
export const fieldsOf = (request: FakeRequest): string[] => values(request, "fields");

/** Reads the query of a list. @param skipEmpty passes over filters without a value. @throws Refusal */
export function readListQuery(request: FakeRequest, attributes: Attributes, skipEmpty = false): ListQuery {
  const filters = new Map<string, Json[]>();
  const unknown: string[] = [];
  for (const [name, text] of request.query) {
    if (CONTROLS.has(name)) continue;
    const attribute = attributes[attributeName(name)];
    if (attribute?.filter !== true && !(TAG_FILTERS.includes(name) && attributes["tags"]?.filter === true)) {
      if (!unknown.includes(name)) unknown.push(name);
      continue;
    }
    // Filtering by emptiness is an extension.
    if (skipEmpty && text === "") continue;
    const key = attributeName(name);
    const value = attribute?.fromText === undefined ? text : attribute.fromText(text);
    filters.set(key, [...(filters.get(key) ?? []), value]);
  }
  if (unknown.length > 0) throw badRequest(`${pythonRepr(unknown)} is invalid attribute for filtering`);
  const keys = values(request, "sort_key");
  const directions = values(request, "sort_dir");
  if (keys.length !== directions.length) throw badRequest("The number of sort_keys and sort_dirs must be same");
  const wrongKeys = keys.filter((key) => attributes[attributeName(key)]?.sort !== true);
  if (wrongKeys.length > 0) throw badRequest(`${pythonRepr(wrongKeys)} is invalid attribute for sort_keys`);
  const wrong = directions.filter((one) => one !== "asc" && one !== "desc");
  if (wrong.length > 0)
    throw badRequest(`${pythonRepr(wrong)} is invalid value for sort_dirs, valid value is 'asc' and 'desc'`);
  const [limit] = values(request, "limit");
  if (limit !== undefined && !/^\d+$/.test(limit)) {
    const message = `Bad limit request: Limit must be an integer 0 or greater and not '${limit}'.`;
    throw networkRefusal(400, "BadRequest", message);
  }
  const sorts = keys.map((key, at) => ({ key: attributeName(key), descending: directions[at] === "desc" }));
  return {
    fields: fieldsOf(request),
    filters,
    sorts,
    limit: limit === undefined || Number(limit) === 0 ? undefined : Number(limit),
    marker: values(request, "marker")[0],
    reverse: ["true", "1"].includes((values(request, "page_reverse")[0] ?? "").toLowerCase()),
  };
}

function split(wanted: readonly Json[]): string[] {
  return wanted.flatMap((one) => jsonText(one).split(","));
}

/** Whether a resource's attribute is what a filter wants. */
function matches(name: string, shown: JsonObject, wanted: readonly Json[]): boolean {
  const tags = Array.isArray(shown["tags"]) ? shown["tags"] : [];
  if (name === "tags") return split(wanted).every((tag) => tags.includes(tag));
  if (name === "tags-any") return split(wanted).some((tag) => tags.includes(tag));
  if (name === "not-tags") return !split(wanted).every((tag) => tags.includes(tag));
  if (name === "not-tags-any") return !split(wanted).some((tag) => tags.includes(tag));
  const value = shown[name];
  if (name === "fixed_ips" && Array.isArray(value)) return matchesFixedIps(value, wanted);
  if (Array.isArray(value)) return wanted.some((one) => value.includes(one));
  return wanted.some((one) => value === one || (value !== undefined && value !== null && jsonText(value) === one));
}

/** Of several keys each must hold, of several values of a key one. */
function matchesFixedIps(value: readonly Json[], wanted: readonly Json[]): boolean {
  const byKey = new Map<string, string[]>();
  for (const one of wanted) {
    if (!isObject(one)) continue;
    for (const [key, text] of Object.entries(one)) byKey.set(key, [...(byKey.get(key) ?? []), jsonText(text)]);
  }
  return [...byKey].every(([key, texts]) =>
    value.some((fixed) => {
      if (!isObject(fixed)) return false;
      if (key === "ip_address_substr") return texts.some((part) => jsonText(fixed["ip_address"]).includes(part));
      return texts.includes(jsonText(fixed[key]));
    }),
  );
}

export function filtered<Item>(items: readonly Item[], show: (item: Item) => JsonObject, query: ListQuery): Item[] {
  if (query.filters.size === 0) return [...items];
  return items.filter((item) => {
    const shown = show(item);
    return [...query.filters].every(([name, wanted]) => matches(name, shown, wanted));
  });
}

const text = (value: Json | undefined): string => (value === undefined || value === null ? "" : jsonText(value));

const valueOf = (item: object, key: string): Json | undefined => (item as JsonObject)[key];

/** The page that was asked for. @throws what `missing` makes of an unknown marker */
export function paged<Item extends { readonly id?: Json }>(
  items: readonly Item[],
  query: ListQuery,
  missing: (id: string) => Error,
): Item[] {
  const sorts = query.limit === undefined ? query.sorts : [...query.sorts, { key: "id", descending: false }];
  const sorted = [...items].sort((a, b) => {
    for (const { key, descending } of sorts) {
      const [left, right] = [text(valueOf(a, key)), text(valueOf(b, key))];
      if (left !== right) return left < right === descending ? 1 : -1;
    }
    return 0;
  });
  const { limit, marker, reverse } = query;
  if (marker !== undefined && !items.some(({ id }) => id === marker)) throw missing(marker);
  const at = marker === undefined ? -1 : sorted.findIndex(({ id }) => id === marker);
  if (reverse) {
    const before = at === -1 ? sorted : sorted.slice(0, at);
    return limit === undefined ? before : before.slice(Math.max(0, before.length - limit));
  }
  const rest = sorted.slice(at + 1);
  return limit === undefined ? rest : rest.slice(0, limit);
}

/** Links to the pages around one. */
export function pageLinks(request: FakeRequest, url: string, page: readonly JsonObject[], query: ListQuery): Json[] {
  const { limit, reverse } = query;
  if (limit === undefined) return [];
  const kept = request.query.filter(([name]) => name !== "marker" && name !== "page_reverse");
  const link = (rel: string, more: readonly (readonly [string, string])[]): Json => {
    const parts = [...kept, ...more].map((pair) => pair.map(encodeURIComponent).join("="));
    return { rel, href: `${url}${request.path}?${parts.join("&")}` };
  };
  const marked = (one: JsonObject | undefined): (readonly [string, string])[] =>
    one === undefined ? [] : [["marker", text(one["id"])]];
  const short = page.length < limit;
  return [
    ...(short && !reverse ? [] : [link("next", marked(page.at(-1)))]),
    ...(short && reverse ? [] : [link("previous", [...marked(page[0]), ["page_reverse", "True"]])]),
  ];
}

/** A resource with the fields that were asked for only. */
export function narrowed(shown: JsonObject, fields: readonly string[]): JsonObject {
  if (fields.length === 0) return shown;
  return Object.fromEntries(Object.entries(shown).filter(([name]) => fields.includes(name)));
}
