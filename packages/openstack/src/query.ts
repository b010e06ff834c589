/** What one key of a query may hold; undefined leaves the key out, a list repeats it. */
export type QueryValue = string | number | boolean | undefined | readonly (string | number | boolean)[];

/** A query by key, in the names of the API (`binding:host_id`, `tags-any`). */
export type Query = Readonly<Record<string, QueryValue>>;

/** `?key=value&...`, or an empty string when nothing is left. */
export function queryString(query: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue;
    if (typeof value === "object") for (const one of value) search.append(key, String(one));
    else search.append(key, String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

/** Filters whose list means "all of these": the API wants it joined by commas, and it cannot be split. */
const JOINED: ReadonlySet<string> = new Set(["tags", "not-tags", "tags-any", "not-tags-any"]);

/** Joins the values of tag filters, as the API wants them. */
export function joinTagFilters(query: Query): Query {
  return Object.fromEntries(
    Object.entries(query).map(([key, value]) => [
      key,
      JOINED.has(key) && typeof value === "object" ? value.join(",") : value,
    ]),
  );
}

/**
 * Splits a query into queries whose text is at most `maxBytes` long each, by halving the longest list; the union of
 * their results is the result of the whole, for a list means "one of these". A query that cannot get shorter is
 * returned as it is: the server decides. An empty list matches nothing, so it gives no query at all.
 */
export function splitQuery(query: Query, maxBytes: number): Query[] {
  if (Object.values(query).some((value) => typeof value === "object" && value.length === 0)) return [];
  if (queryString(query).length <= maxBytes) return [query];
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

function textLength(key: string, values: readonly (string | number | boolean)[]): number {
  return queryString({ [key]: values }).length;
}
