import type { Reply, SeenRequest } from "./cloud-server.ts";

interface Stored {
  readonly id: string;
  readonly [attribute: string]: unknown;
}

/** Keys of the bodies by the last segment of a collection's path. */
const KEYS: Readonly<Record<string, readonly [singular: string, plural: string]>> = {
  ports: ["port", "ports"],
  networks: ["network", "networks"],
  subnets: ["subnet", "subnets"],
  routers: ["router", "routers"],
  "security-groups": ["security_group", "security_groups"],
  "security-group-rules": ["security_group_rule", "security_group_rules"],
  loadbalancers: ["loadbalancer", "loadbalancers"],
  listeners: ["listener", "listeners"],
  pools: ["pool", "pools"],
  members: ["member", "members"],
  users: ["user", "users"],
};

/** Any collection of objects, with filters, pages, revisions and tags. */
export class ObjectStore {
  readonly #collections = new Map<string, Map<string, Stored>>();
  #serial = 0;

  /** The objects at a path such as `/v2.0/ports`, in order of their creation. */
  objects(path: string): readonly Stored[] {
    return [...(this.#collections.get(path)?.values() ?? [])];
  }

  add(path: string, attributes: Readonly<Record<string, unknown>>): Stored {
    const serial = ++this.#serial;
    const id = `00000000-0000-4000-8000-${String(serial).padStart(12, "0")}`;
    const object: Stored = { revision_number: 1, tags: [], ...attributes, id: textOr(attributes["id"], id) };
    const collection = this.#collections.get(path) ?? new Map<string, Stored>();
    this.#collections.set(path, collection.set(object.id, object));
    return object;
  }

  answer(request: SeenRequest, url: string): Reply {
    const collection = KEYS[request.path.split("/").at(-1) ?? ""];
    if (collection !== undefined) return this.#onCollection(request, request.path, collection, url);
    const path = request.path.replace(/\/tags$/, "").replace(/\/[^/]+$/, "");
    const keys = KEYS[path.split("/").at(-1) ?? ""];
    if (keys === undefined) return neutronError(404, "HTTPNotFound", "The resource could not be found.");
    const id = decodeURIComponent(request.path.slice(path.length + 1).replace(/\/tags$/, ""));
    return this.#onObject(request, path, id, keys[0]);
  }

  #onCollection(request: SeenRequest, path: string, [singular, plural]: readonly [string, string], url: string): Reply {
    if (request.method === "POST") {
      const body: Record<string, unknown> = JSON.parse(request.body);
      const many = body[plural];
      if (Array.isArray(many)) {
        const wanted: readonly Record<string, unknown>[] = many;
        return { status: 201, body: { [plural]: wanted.map((one) => this.add(path, one)) } };
      }
      return { status: 201, body: { [singular]: this.add(path, { ...(body[singular] as object) }) } };
    }
    const { query } = request;
    const matching = this.objects(path).filter((object) => matches(object, query));
    const after = query.get("marker");
    const from = after === null ? 0 : matching.findIndex(({ id }) => id === after) + 1;
    const limit = Number(query.get("limit") ?? matching.length + 1);
    const page = matching.slice(from, from + limit);
    const fields = query.getAll("fields");
    const shown = page.map((object) =>
      fields.length === 0 ? object : Object.fromEntries(fields.map((field) => [field, object[field]])),
    );
    const next = new URLSearchParams(query);
    next.set("marker", page.at(-1)?.id ?? "");
    const links =
      page.length === limit ? { [`${plural}_links`]: [{ rel: "next", href: `${url}${path}?${next.toString()}` }] } : {};
    return { status: 200, body: { [plural]: shown, ...links } };
  }

  #onObject(request: SeenRequest, path: string, id: string, singular: string): Reply {
    const collection = this.#collections.get(path);
    const object = collection?.get(id);
    if (collection === undefined || object === undefined) {
      const type = `${singular[0]?.toUpperCase()}${singular.slice(1)}NotFound`;
      return neutronError(404, type, `${singular} ${id} could not be found.`);
    }
    const revision = request.headers["if-match"];
    if (revision !== undefined && revision !== `revision_number=${String(object["revision_number"])}`) {
      return neutronError(412, "RevisionNumberConstraintFailed", "Constrained to another revision");
    }
    if (request.method === "DELETE") {
      collection.delete(id);
      return { status: 204 };
    }
    if (request.method === "PUT") {
      const body: Record<string, unknown> = JSON.parse(request.body);
      const tags = request.path.endsWith("/tags");
      const patch = tags ? { tags: body["tags"] } : (body[singular] as object);
      const changed = { ...object, ...patch, id, revision_number: Number(object["revision_number"]) + 1 };
      collection.set(id, changed);
      return { status: 200, body: tags ? { tags: body["tags"] } : { [singular]: changed } };
    }
    return { status: 200, body: { [singular]: object } };
  }
}

export function neutronError(status: number, type: string, message: string): Reply {
  return { status, body: { NeutronError: { type, message, detail: "" } } };
}

function matches(object: Stored, query: URLSearchParams): boolean {
  for (const key of new Set(query.keys())) {
    if (["limit", "marker", "fields"].includes(key)) continue;
    const values = query.getAll(key);
    if (key === "tags") {
      const tags = object["tags"] as readonly string[];
      if (
        !values
          .join(",")
          .split(",")
          .every((tag) => tags.includes(tag))
      )
        return false;
    } else if (!values.includes(textOr(object[key], ""))) return false;
  }
  return true;
}

function textOr(value: unknown, other: string): string {
  return typeof value === "string" || typeof value === "boolean" || typeof value === "number" ? String(value) : other;
}
