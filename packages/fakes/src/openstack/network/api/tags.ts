import type { FakeRequest, FakeResponse } from "../../../http/message.ts";
import type { Caller } from "../../identity/state.ts";
import { invalidInput, networkRefusal } from "../../refusal.ts";
import { parseBody, type JsonObject } from "./attributes.ts";
import type { AnyRow, Resource } from "./resource.ts";
import { disallowed } from "./rights.ts";
import type { NetworkState } from "../state/state.ts";
import { listOf, string } from "./values.ts";

type Tagged = AnyRow & { tags?: string[] };

const tagNotFound = (tag: string): Error => networkRefusal(404, "TagNotFound", `Tag ${tag} could not be found.`);
/** What 2026.2 makes of an unknown resource when it is asked for its tags. */
export const tagsFailed = (): Error =>
  networkRefusal(
    500,
    "HTTPInternalServerError",
    "Request Failed: internal server error while processing your request.",
  );

function readTags(body: JsonObject): string[] {
  const { tags } = body;
  if (tags === undefined) throw invalidInput("Invalid tags body");
  const why = listOf(string(255))(tags);
  if (why !== undefined) throw invalidInput(why);
  return Array.isArray(tags) ? tags.map(String) : [];
}

/** `/v2.0/<collection>/<id>/tags`. A change of tags is a new revision, but leaves `updated_at` as it was. */
export function handleTags<Row extends Tagged>(
  state: NetworkState,
  resource: Resource<Row>,
  request: FakeRequest,
  caller: Caller,
  id: string,
  tag: string | undefined,
): FakeResponse {
  const row = resource.table.get(id);
  const { rights, shape } = resource;
  const { method } = request;
  const body = method === "PUT" || method === "POST" ? parseBody(request.body) : {};
  if (method === "POST" && state.release === "zed") throw networkRefusal(404, "HTTPNotFound", "not supported");
  const isZed = state.release === "zed";
  if (row === undefined || (isZed && !rights.get(caller, resource.target(row)))) {
    const text = `Resource ${resource.path.replaceAll("-", "_")} ${id} could not be found.`;
    throw isZed ? networkRefusal(404, "TagResourceNotFound", text) : tagsFailed();
  }
  const action = { GET: "get", DELETE: "delete", POST: "create" }[method] ?? "update";
  const right = method === "GET" ? rights.get : (resource.tagRight ?? rights.update);
  if (!right(caller, resource.target(row))) throw disallowed(`rule:${action}_${shape.member}:tags`);
  const tags = row.tags ?? [];
  const write = (next: string[]): void => {
    resource.table.set({ ...row, tags: next, revision_number: row.revision_number + 1 });
  };
  if (tag === undefined) {
    if (method === "GET") return { status: 200, body: { tags } };
    if (method === "DELETE") {
      write([]);
      return { status: 204 };
    }
    const given = readTags(body);
    write(method === "POST" ? [...new Set([...tags, ...given])] : given);
    return { status: 200, body: { tags: given } };
  }
  if (method === "PUT") {
    if (!tags.includes(tag)) write([...tags, tag]);
    return { status: 201, body: null };
  }
  if (!tags.includes(tag)) throw tagNotFound(tag);
  if (method === "DELETE") write(tags.filter((one) => one !== tag));
  return { status: 204 };
}
