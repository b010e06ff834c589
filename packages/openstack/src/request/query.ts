/** What one key of a query may hold; undefined leaves the key out, a list repeats it. */
export type QueryValue = string | number | boolean | undefined | readonly (string | number | boolean)[];

/** A query by key, in the names of the API (`binding:host_id`, `tags-any`). */
export type Query = Readonly<Record<string, QueryValue>>;

/** `?key=value&...`, or an empty string when nothing is left. */
export function queryString(query: Query): string {
  let text = "";
  for (const key of Object.keys(query)) {
    const value = query[key];
    if (value === undefined) continue;
    const name = encode(key);
    if (typeof value === "object") for (const one of value) text += `&${name}=${encode(String(one))}`;
    else text += `&${name}=${encode(String(value))}`;
  }
  return text === "" ? "" : `?${text.slice(1)}`;
}

/** Half as expensive as URLSearchParams; half a surrogate pair, which has no encoding, becomes U+FFFD. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** Filters whose list means "all of these": the API wants it joined by commas, and it cannot be split. */
const JOINED: ReadonlySet<string> = new Set(["tags", "not-tags", "tags-any", "not-tags-any"]);

/** Joins the values of tag filters, as the API wants them; without values only `tags-any` means something: nothing. */
export function joinTagFilters(query: Query): Query {
  const joined: Record<string, QueryValue> = {};
  for (const [key, value] of Object.entries(query)) {
    if (typeof value !== "object" || !JOINED.has(key)) joined[key] = value;
    else if (value.length > 0) joined[key] = value.join(",");
    else if (key === "tags-any") joined[key] = [];
  }
  return joined;
}

/**
 * Splits a query into queries whose text is at most `maxBytes` long each, by halving the longest list; the union of
 * their results is the result of the whole, for a list means "one of these". A query that cannot get shorter is
 * returned as it is: the server decides. An empty list matches nothing, so it gives no query at all.
 */
export function splitQuery(query: Query, maxBytes: number): Query[] {
  const lists = Object.values(query).filter((value) => typeof value === "object");
  if (lists.some((list) => list.length === 0)) return [];
  if (lists.length === 0 || queryString(query).length <= maxBytes) return [query];
  let longest: readonly [string, readonly (string | number | boolean)[]] | undefined;
  for (const [key, value] of Object.entries(query)) {
    // `fields` chooses attributes, not objects.
    if (typeof value !== "object" || value.length < 2 || key === "fields") continue;
    if (longest === undefined || textLength(key, value) > textLength(...longest)) longest = [key, value];
  }
  if (longest === undefined) return [query];
  const [key, values] = longest;
  const half = Math.ceil(values.length / 2);
  return [values.slice(0, half), values.slice(half)].flatMap((part) => splitQuery({ ...query, [key]: part }, maxBytes));
}

/**
 * Splits a query into queries with one value a key, for services that do not know lists. The union of their results is
 * the result of the whole.
 */
export function singleValues(query: Query): Query[] {
  let parts: Query[] = [{}];
  for (const [key, value] of Object.entries(query)) {
    const values = typeof value === "object" && key !== "fields" ? [...new Set(value)] : [value];
    parts = parts.flatMap((part) => values.map((one) => ({ ...part, [key]: one })));
  }
  return parts;
}

function textLength(key: string, values: readonly (string | number | boolean)[]): number {
  return queryString({ [key]: values }).length;
}
