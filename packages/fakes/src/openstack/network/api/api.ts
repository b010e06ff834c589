import { jsonText } from "../../../http/message.ts";
import type { FakeRequest, FakeResponse, Handler, Json } from "../../../http/message.ts";
import type { Caller, IdentityState } from "../../identity/state.ts";
import { header } from "../../identity/tokens.ts";
import { networkRefusal, Refusal, unauthorized } from "../../refusal.ts";
import { parseBody, readCreate, readUpdate, type JsonObject, type Owner } from "./attributes.ts";
import { fieldsOf, filtered, narrowed, paged, pageLinks, readListQuery } from "./query.ts";
import type { QuotaKeeper } from "./quotas.ts";
import type { AnyRow, Resource } from "./resource.ts";
import { disallowed, refusalOf } from "./rights.ts";
import type { NetworkState, Release } from "../state/state.ts";
import { handleTags } from "./tags.ts";

const nowhere = (): Refusal => networkRefusal(404, "HTTPNotFound", "The resource could not be found.");
const MALFORMED = "The server could not comply with the request since it is either malformed or otherwise incorrect.";
const notAllowed = (): Refusal => networkRefusal(405, "HTTPMethodNotAllowed", MALFORMED);

/** A path outside of the resources: quotas, agents, extensions. `undefined` when it does not know it. */
export type Extra = (request: FakeRequest, parts: readonly string[], caller: Caller) => FakeResponse | undefined;

export interface ApiOptions {
  readonly state: NetworkState;
  readonly identity: IdentityState;
  readonly resources: readonly AnyResource[];
  readonly extras: readonly Extra[];
  readonly quotas: QuotaKeeper;
  readonly url: () => string;
}

/** A resource whose kind of row nobody outside needs to know. */
export interface AnyResource {
  readonly path: string;
  readonly serve: (request: FakeRequest, rest: readonly string[], caller: Caller, tools: Tools) => FakeResponse;
}

export interface Tools {
  readonly state: NetworkState;
  readonly quotas: QuotaKeeper;
  readonly url: () => string;
}

const plainText = (name: string): string => `rule:${name}`;
const ownerOf = (release: Release, caller: Caller): Owner => ({
  release,
  projectId: caller.projectId,
  isAdmin: caller.isAdmin,
});

/** `If-Match: revision_number=N`; anything else in it is passed over. */
function checkRevision(request: FakeRequest, row: AnyRow): void {
  const wanted = /^revision_number=(\d+)$/.exec(header(request, "if-match") ?? "")?.[1];
  if (wanted === undefined || Number(wanted) === row.revision_number) return;
  const message = `Constrained to ${wanted}, but current revision is ${row.revision_number}`;
  throw networkRefusal(412, "RevisionNumberConstraintFailed", message);
}

/** Rows are JSON: that is what they are kept for. */
const asJson = (row: object): JsonObject => row as JsonObject;

/** Serves one kind of resource: the part of the API that is the same for all. */
export function resourceApi<Row extends AnyRow>(resource: Resource<Row>): AnyResource {
  const { shape, table, rights, path } = resource;
  const asFilterable = resource.filterable ?? asJson;

  const visible = (row: Row, caller: Caller): boolean => rights.get(caller, resource.target(row));

  function rowOf(id: string, caller: Caller): Row {
    const row = table.get(id);
    if (row === undefined) throw resource.missing(id);
    if (!visible(row, caller)) throw (resource.hidden ?? resource.missing)(id);
    return row;
  }

  function list(request: FakeRequest, caller: Caller, { state, url }: Tools): FakeResponse {
    const query = readListQuery(request, shape.attributes, state.release === "zed");
    resource.beforeList?.(caller);
    const rows = [...table.values()].filter((row) => visible(row, caller));
    const found = filtered(rows, asFilterable, query);
    const always = resource.alwaysListed ?? [];
    const fields = query.fields.length === 0 ? [] : [...query.fields, ...always];
    if (query.limit === undefined && query.marker === undefined && query.sorts.length === 0) {
      const items = found.map((row) => narrowed(resource.show(row, caller), fields));
      return { status: 200, body: { [shape.collection]: items } };
    }
    const shown = (some: readonly Row[]): JsonObject[] => some.map((row) => resource.show(row, caller));
    // A page of many thousands of ports is not worth showing them all.
    const page =
      query.sorts.length === 0
        ? shown(paged(found, query, resource.missing))
        : paged(shown(found), query, resource.missing);
    const links = pageLinks(request, url(), page, query);
    const body: JsonObject = { [shape.collection]: page.map((one) => narrowed(one, fields)) };
    if (links.length > 0) body[`${shape.collection}_links`] = links;
    return { status: 200, body };
  }

  function create(request: FakeRequest, caller: Caller, { state, quotas }: Tools): FakeResponse {
    const { create: make } = resource;
    if (make === undefined) throw notAllowed();
    const { many, inputs } = readCreate(shape, parseBody(request.body, shape.old), ownerOf(state.release, caller));
    for (const given of inputs) {
      const target = resource.targetOf(given, caller);
      const refusal = refusalOf(
        rights,
        { action: "create", member: shape.member, attributes: shape.attributes, given },
        caller,
        target,
      );
      if (refusal !== undefined) throw refusal;
    }
    if (resource.quota !== undefined)
      quotas.check(
        resource.quota,
        inputs.map((given) => jsonText(given["project_id"])),
      );
    resource.checkAll?.(inputs);
    const begun: Row[] = [];
    const makeAll = (): Row[] =>
      inputs.map((given) => {
        const row = make(given, caller);
        begun.push(row);
        return row;
      });
    let rows: Row[];
    try {
      rows = state.transactions.run(makeAll);
    } catch (error) {
      if (many) resource.leak?.(begun, error);
      throw error;
    }
    const showMade = resource.showMade ?? resource.show;
    const shown = rows.map(
      (row): Json =>
        showMade(resource.answersAsMade === true ? row : (table.get(row.id) ?? row), caller, many ? rows : undefined),
    );
    return { status: 201, body: many ? { [shape.collection]: shown } : { [shape.member]: shown[0] ?? null } };
  }

  function update(request: FakeRequest, caller: Caller, id: string | undefined, { state }: Tools): FakeResponse {
    const changes = readUpdate(shape, parseBody(request.body, shape.old), ownerOf(state.release, caller));
    if (id === undefined) throw notAllowed();
    const row = rowOf(id, caller);
    const asked = { action: "update", member: shape.member, attributes: shape.attributes, given: changes } as const;
    const refusal = refusalOf(rights, asked, caller, resource.target(row));
    if (refusal !== undefined) throw refusal;
    checkRevision(request, row);
    const { update: change } = resource;
    if (change === undefined) throw notAllowed();
    const changed = state.transactions.run(() => change(row, changes, caller));
    const shown = (resource.showUpdated ?? resource.show)(changed, caller);
    return { status: 200, body: { [shape.member]: shown } };
  }

  function remove(request: FakeRequest, caller: Caller, id: string | undefined, { state }: Tools): FakeResponse {
    const row = rowOf(id ?? "None", caller);
    if (!rights.remove(caller, resource.target(row))) throw disallowed(`rule:delete_${shape.member}`);
    if (resource.deletesAnyRevision !== true) checkRevision(request, row);
    const { remove: take } = resource;
    if (take === undefined) throw notAllowed();
    state.transactions.run(() => take(row, caller));
    return { status: 204 };
  }

  function act(request: FakeRequest, caller: Caller, id: string, name: string, tools: Tools): FakeResponse {
    const action = resource.actions?.[name];
    if (action === undefined) throw nowhere();
    if (request.method !== "PUT" && request.method !== "GET") throw notAllowed();
    const body = request.method === "PUT" ? parseBody(request.body, shape.old) : {};
    const row = rowOf(id, caller);
    if (!rights.update(caller, resource.target(row))) throw disallowed((resource.actionText ?? plainText)(name, row));
    return tools.state.transactions.run(() => action(row, body, caller));
  }

  return {
    path,
    serve(request, rest, caller, tools) {
      const [id, sub, tag, ...more] = rest;
      if (more.length > 0) throw nowhere();
      if (id !== undefined && sub === "tags" && resource.taggable)
        return handleTags(tools.state, resource, request, caller, id, tag);
      if (id !== undefined && sub !== undefined) return act(request, caller, id, sub, tools);
      switch (request.method) {
        case "GET": {
          if (id === undefined) return list(request, caller, tools);
          const shown = resource.show(rowOf(id, caller), caller);
          return { status: 200, body: { [shape.member]: narrowed(shown, fieldsOf(request)) } };
        }
        case "POST":
          return create(request, caller, tools);
        case "PUT":
          return update(request, caller, id, tools);
        case "DELETE":
          return remove(request, caller, id, tools);
        default:
          throw notAllowed();
      }
    },
  };
}

const ROOTS = [
  ["network", "networks"],
  ["port", "ports"],
  ["subnetpool", "subnetpools"],
  ["subnet", "subnets"],
] as const;

/** Neutron's API. Source: Networking API v2.0 */
export function createNetworkApi(options: ApiOptions): Handler {
  const { identity } = options;
  const byPath = new Map(options.resources.map((resource) => [resource.path, resource]));

  function route(request: FakeRequest): FakeResponse {
    const parts = request.path.split("/").filter((part) => part !== "");
    const [version, kind, ...rest] = parts;
    const caller = identity.caller(header(request, "x-auth-token"));
    if (version === undefined) return { status: 200, body: versions(options.url()) };
    if (caller === undefined) throw unauthorized();
    if (version !== "v2.0") throw nowhere();
    if (kind === undefined) {
      const resources = ROOTS.map(([name, collection]) => ({
        name,
        collection,
        links: [{ rel: "self", href: `${options.url()}/v2.0/${collection}` }],
      }));
      return { status: 200, body: { resources } };
    }
    const resource = byPath.get(kind);
    if (resource !== undefined) return resource.serve(request, rest, caller, options);
    for (const extra of options.extras) {
      const answer = extra(request, [kind, ...rest], caller);
      if (answer !== undefined) return answer;
    }
    throw nowhere();
  }

  return (request) => {
    try {
      return route(request);
    } catch (error) {
      if (error instanceof Refusal) return error.response;
      throw error;
    }
  };
}

const versions = (url: string): Json => ({
  versions: [{ id: "v2.0", status: "CURRENT", links: [{ rel: "self", href: `${url}/v2.0/` }] }],
});
