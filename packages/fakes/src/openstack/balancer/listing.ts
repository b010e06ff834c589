import { jsonText } from "../../http/message.ts";
import type { FakeRequest, FakeResponse, Json } from "../../http/message.ts";
import type { Caller } from "../identity/state.ts";
import type { JsonObject } from "../network/api/attributes.ts";
import type { Release } from "../network/state/state.ts";
import { pythonRepr } from "../python.ts";
import { balancerRefusal, Refusal } from "../refusal.ts";

/** One kind of resource as lists ask for it. */
export interface Listed {
  /** As the answer names the list. */
  readonly name: string;
  readonly filters: readonly string[];
}

const COMMON = [
  "id",
  "name",
  "project_id",
  "tenant_id",
  "admin_state_up",
  "provisioning_status",
  "operating_status",
  "created_at",
  "updated_at",
];
const TAGS = ["tags", "tags-any", "not-tags", "not-tags-any"];
const CONTROLS = ["fields", "limit", "marker", "sort", "page_reverse"];

export const LOAD_BALANCERS: Listed = {
  name: "loadbalancers",
  filters: [...COMMON, "description", "provider", "flavor_id", "availability_zone"].concat(
    ["address", "subnet_id", "network_id", "port_id", "qos_policy_id"].map((name) => `vip_${name}`),
  ),
};
export const LISTENERS: Listed = {
  name: "listeners",
  filters: [
    ...COMMON,
    "description",
    "protocol",
    "protocol_port",
    "connection_limit",
    "loadbalancer_id",
    "default_pool_id",
  ],
};
export const POOLS: Listed = {
  name: "pools",
  filters: [...COMMON, "description", "protocol", "lb_algorithm", "loadbalancer_id", "listener_id"],
};
export const MEMBERS: Listed = {
  name: "members",
  filters: [...COMMON, "address", "protocol_port", "subnet_id", "weight", "backup", "monitor_address", "monitor_port"],
};
export const MONITORS: Listed = {
  name: "healthmonitors",
  filters: [...COMMON, "pool_id", "type", "delay", "timeout", "max_retries", "max_retries_down"],
};

/** The form that Octavia's web framework has for what never came to Octavia. */
export const frameworkRefusal = (code: number, description: string, title: string): Refusal =>
  new Refusal(code, { code, description, title });

const values = (request: FakeRequest, name: string): string[] =>
  request.query.filter(([key]) => key === name).map(([, value]) => value);

/** `fields=` of a request. */
export function narrowed(request: FakeRequest, shown: JsonObject): JsonObject {
  const fields = values(request, "fields");
  if (fields.length === 0) return shown;
  return Object.fromEntries(Object.entries(shown).filter(([name]) => fields.includes(name)));
}

const COLUMNS = [
  "description",
  "provisioning_status",
  "operating_status",
  "topology",
  "enabled",
  "server_group_id",
  "provider",
  "flavor_id",
  "availability_zone",
  "id",
  "project_id",
  "created_at",
  "updated_at",
  "name",
];

/** Octavia hands two values of one filter to its database, which takes offence. */
function twice(release: Release, caller: Caller, name: string, given: readonly string[]): Error {
  const table = "load_balancer";
  const isZed = release === "zed";
  const order = isZed ? ["created_at", "updated_at", "id", "project_id", "name", ...COLUMNS.slice(0, 9)] : COLUMNS;
  const columns = order.map((column) => `${table}.${column} AS ${table}_${column}`).join(", ");
  const where =
    `WHERE ${table}.project_id = %(project_id_1)s AND ${table}.provisioning_status != %(provisioning_status_1)s AND ` +
    `${table}.${name} = %(${name}_1)s ORDER BY ${table}.created_at ASC, ${table}.id ASC `;
  const parameters = {
    project_id_1: caller.projectId ?? "",
    provisioning_status_1: "DELETED",
    [`${name}_1`]: [...given],
    param_1: 1000,
  };
  const message =
    `(pymysql.err.OperationalError) (4078, "Illegal parameter data types varchar and row for operation '='")\n` +
    `[SQL: SELECT ${columns} \nFROM ${table} \n${where}\n LIMIT %(param_1)s]\n[parameters: ${pythonRepr(parameters)}]\n` +
    `(Background on this error at: https://sqlalche.me/e/${isZed ? 14 : 21}/e3q8)`;
  return balancerRefusal(500, message);
}

function tagged(tags: readonly Json[], name: string, wanted: readonly string[]): boolean {
  const asked = wanted.flatMap((one) => one.split(","));
  const has = (tag: string): boolean => tags.includes(tag);
  if (name === "tags") return asked.every(has);
  if (name === "tags-any") return asked.some(has);
  return name === "not-tags" ? !asked.every(has) : !asked.some(has);
}

function matches(item: JsonObject, name: string, wanted: readonly string[]): boolean {
  if (TAGS.includes(name)) return tagged(Array.isArray(item["tags"]) ? item["tags"] : [], name, wanted);
  const value = item[name === "tenant_id" ? "project_id" : name];
  const [only = ""] = wanted;
  if (typeof value === "boolean") return String(value) === only.toLowerCase();
  return value !== null && value !== undefined && jsonText(value) === only;
}

/** Who asks for a list, and of what. */
export interface Asked {
  readonly caller: Caller;
  readonly release: Release;
  /** Of the service, without a version. */
  readonly url: string;
}

/**
 * Answers a list.
 * @param items what filters look at, with what is shown of it
 */
export function listOf(
  request: FakeRequest,
  asked: Asked,
  kind: Listed,
  items: readonly { readonly values: JsonObject; readonly shown: JsonObject }[],
): FakeResponse {
  const names = [...new Set(request.query.map(([name]) => name))].filter((name) => !CONTROLS.includes(name));
  if (names.some((name) => !kind.filters.includes(name) && !TAGS.includes(name)))
    throw balancerRefusal(400, "One or more arguments are either duplicate or invalid");
  const [limitText] = values(request, "limit");
  if (limitText !== undefined && !/^-?\d+$/.test(limitText))
    throw frameworkRefusal(400, `Supplied pagination limit '${limitText}' is not valid.`, "Bad Request");
  let found = [...items];
  for (const name of names) {
    const wanted = values(request, name);
    if (wanted.length > 1 && !TAGS.includes(name)) throw twice(asked.release, asked.caller, name, wanted);
    found = found.filter((item) => matches(item.values, name, wanted));
  }
  const [sort] = values(request, "sort");
  if (sort !== undefined) {
    const [key = "", direction] = sort.split(":");
    const sign = direction === "desc" ? -1 : 1;
    const text = (item: (typeof items)[number]): string => jsonText(item.values[key] ?? "");
    found.sort((a, b) => sign * (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
  }
  const [marker] = values(request, "marker");
  const at = marker === undefined ? -1 : found.findIndex((item) => item.values["id"] === marker);
  if (marker !== undefined && at === -1)
    throw balancerRefusal(400, `Supplied pagination marker '${marker}' is not valid.`);
  // In exactly this spelling, which is the one of its own links.
  const reverse = values(request, "page_reverse")[0] === "True";
  const limit = limitText === undefined ? undefined : Number(limitText);
  const rest = reverse ? found.slice(0, at === -1 ? found.length : at) : found.slice(at + 1);
  const page = limit === undefined ? rest : reverse ? rest.slice(-limit) : rest.slice(0, limit);
  const body = {
    [kind.name]: page.map((item) => narrowed(request, item.shown)),
    [`${kind.name}_links`]: links(request, asked.url, page, {
      limit,
      sort,
      marker,
    }),
  };
  return { status: 200, body };
}

interface Page {
  readonly limit: number | undefined;
  readonly sort: string | undefined;
  readonly marker: string | undefined;
}

function links(
  request: FakeRequest,
  url: string,
  page: readonly { readonly values: JsonObject }[],
  about: Page,
): Json[] {
  const { limit, sort } = about;
  if (limit === undefined) return [];
  const href = (marker: Json | undefined, more: string): string => {
    const parts = [`limit=${limit}`, ...(sort === undefined ? [] : [`sort=${sort}`]), `marker=${jsonText(marker)}`];
    return `${url}${request.path}?${parts.join("&")}${more}`;
  };
  const next = { rel: "next", href: href(page.at(-1)?.values["id"], "") };
  const previous = { rel: "previous", href: href(page[0]?.values["id"], "&page_reverse=True") };
  if (page.length === 0) return [];
  return [...(about.marker === undefined ? [] : [previous]), ...(page.length === limit ? [next] : [])];
}
