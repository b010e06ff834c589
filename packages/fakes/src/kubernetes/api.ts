import type { IncomingHttpHeaders, ServerResponse } from "node:http";

import { authenticate, authorize, type User } from "./auth.ts";
import { builtinKinds } from "./builtin-kinds.ts";
import type { Clock } from "./clock.ts";
import { Controllers } from "./controllers.ts";
import { parseJson, type FieldValidation } from "./decode.ts";
import { Deleting, readDeleteRequest } from "./deleting.ts";
import { discover } from "./discovery.ts";
import { field, isObject, text, type Json, type JsonObject } from "./json.ts";
import { aboutResource, groupVersion, type Kind } from "./kind.ts";
import { metaOf, nameOf } from "./meta.ts";
import { jsonPatch, mergePatch, strategicMergePatch } from "./patches.ts";
import type { Random } from "./random.ts";
import { inScope, readText, scopeOf, writeList, type Scope } from "./reading.ts";
import { Registry, type Served } from "./registry.ts";
import type { ResourcePath } from "./request.ts";
import {
  badRequest,
  cause,
  Failure,
  invalid,
  methodNotAllowed,
  methodUnknown,
  unknownResource,
  unsupportedMediaType,
} from "./status.ts";
import { keyOf, ObjectStore } from "./store.ts";
import { serveWatch, type WatchPeer } from "./watching.ts";
import { Writing, type WriteRequest, type Written } from "./writing.ts";

/** Settings of the API below HTTP. */
export interface ApiOptions {
  /** Who may ask; one administrator with a token of its own when left out. */
  readonly users: readonly User[];
  readonly clock: Clock;
  readonly random: Random;
  /** Changes that each resource remembers for watches and exact lists; default 100,000. */
  readonly historyLimit: number;
  /** Milliseconds between bookmarks; default 60,000. */
  readonly bookmarkMs: number;
  /** Bytes that a client may leave unread before its watch is ended; default 64 MiB. */
  readonly watchBufferBytes: number;
}

/** A request as HTTP brought it. */
export interface ApiCall {
  readonly method: string;
  readonly url: URL;
  readonly path: ResourcePath | undefined;
  readonly verb: string;
  readonly watch: boolean;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const administrator: User = { token: "administrator", name: "kubernetes-admin", groups: ["system:masters"] };

/** The API server without its sockets. */
export class Api {
  readonly peers = new Set<WatchPeer>();
  readonly #users: readonly User[];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #store: ObjectStore;
  readonly #registry: Registry;
  readonly #writing: Writing;
  readonly #deleting: Deleting;
  readonly #controllers: Controllers;
  readonly #bookmarkMs: number;
  readonly #bufferBytes: number;
  #onWatch: ((peer: WatchPeer) => void)[] = [];

  constructor(options: Partial<ApiOptions> & Pick<ApiOptions, "clock" | "random">) {
    this.#users = options.users ?? [administrator];
    this.#clock = options.clock;
    this.#random = options.random;
    this.#bookmarkMs = options.bookmarkMs ?? 60_000;
    this.#bufferBytes = options.watchBufferBytes ?? 64 << 20;
    this.#store = new ObjectStore(options.historyLimit ?? 100_000);
    this.#registry = new Registry(this.#store);
    for (const kind of builtinKinds()) this.#registry.add(kind);
    this.#writing = new Writing(this.#registry, this.#clock, this.#random);
    this.#deleting = new Deleting(this.#store, this.#writing, this.#clock);
    this.#controllers = new Controllers(this.#registry, this.#writing, this.#deleting, this.#clock);
    this.#writing.onStored = (served, object, old) => this.#controllers.seen(served, object, old);
    this.#controllers.bootstrap();
  }

  get token(): string {
    return this.#users.find((user) => user.rules === undefined)?.token ?? "";
  }

  get revision(): number {
    return this.#store.revision;
  }

  compact(): void {
    this.#store.compact();
  }

  nextWatch(): Promise<WatchPeer> {
    return new Promise((resolve) => {
      this.#onWatch.push(resolve);
    });
  }

  stop(): void {
    for (const peer of this.peers) peer.reset();
  }

  object(plural: string, namespace: string | undefined, name: string): JsonObject | undefined {
    return this.#byPlural(plural)?.table.object(keyOf(namespace, name));
  }

  versions(plural: string): Map<string, string> {
    const found = new Map<string, string>();
    for (const [key, version] of this.#byPlural(plural)?.table.latest ?? [])
      if (version.rest !== undefined) found.set(key, String(version.revision));
    return found;
  }

  /** See `KubernetesControls.load`. */
  load(objects: Iterable<JsonObject>): void {
    const kinds = new Map(
      this.#registry.all().map((served) => [`${groupVersion(served.kind)}/${served.kind.kind}`, served]),
    );
    for (const object of objects) {
      const served = kinds.get(`${String(object["apiVersion"])}/${String(object["kind"])}`);
      if (served === undefined)
        throw new TypeError(`${String(object["apiVersion"])} ${String(object["kind"])} is not served`);
      const meta = metaOf(object);
      const namespace = served.kind.namespaced ? (text(meta["namespace"]) ?? "default") : undefined;
      this.#store.put(served.table, keyOf(namespace, nameOf(object)), object);
    }
  }

  #byPlural(plural: string): Served | undefined {
    return this.#registry.all().find(({ kind }) => kind.plural === plural);
  }

  serve(call: ApiCall, response: ServerResponse): void {
    const warnings: string[] = [];
    try {
      this.#serve(call, response, warnings);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      setWarnings(response, warnings);
      response.writeHead(error.code, { "Content-Type": "application/json", ...error.headers });
      response.end(`${JSON.stringify(error.body)}\n`);
    }
  }

  #serve(call: ApiCall, response: ServerResponse, warnings: string[]): void {
    const user = authenticate(this.#users, call.headers.authorization);
    const { path } = call;
    if (path === undefined) {
      discover(this.#registry, call.url.pathname, user.rules === undefined, response);
      return;
    }
    authorize(user, call.verb, path);
    const served = this.#registry.find(path.version, path.plural);
    if (served === undefined || (!served.kind.namespaced && path.namespace !== undefined)) {
      if (path.group !== "" && !this.#registry.hasVersion(path.version)) return notFoundPage(response);
      throw unknownResource();
    }
    if (served.kind.namespaced && path.namespace === undefined) {
      if (path.name !== undefined) throw unknownResource();
      if (call.method !== "GET") throw methodUnknown();
    }
    if (call.method === "GET") return this.#read(call, path, served, response);
    const answer = (code: number, object: JsonObject): void => {
      setWarnings(response, warnings);
      response.writeHead(code, { "Content-Type": "application/json" });
      response.end(`${JSON.stringify(object)}\n`);
    };
    const { kind } = served;
    if (!subresources(kind).includes(path.subresource ?? "")) throw unknownResource();
    const about = aboutResource(kind);
    if (call.method === "DELETE") {
      if (path.subresource !== undefined) throw methodNotAllowed(about, "delete");
      const request = readDeleteRequest(call.body, call.url.searchParams);
      if (path.name === undefined) answer(200, this.#deleteCollection(served, path, call.url.searchParams, request));
      else {
        answer(200, this.#deleting.delete(served, path.namespace, path.name, request));
      }
      return undefined;
    }
    const request = writeRequest(call, warnings);
    let written: Written;
    if (call.method === "POST") {
      if (path.name !== undefined) throw methodNotAllowed(about, "create");
      written = this.#writing.create(served, path.namespace, call.body, request);
    } else if (path.name === undefined) throw methodNotAllowed(about, call.method === "PUT" ? "update" : "patch");
    else if (call.method === "PUT") {
      written = this.#writing.replace(served, path.namespace, path.name, path.subresource, call.body, request);
    } else written = this.#patch(call, path, served, path.name, request);
    answer(written.created ? 201 : 200, written.object);
    return undefined;
  }

  #read(call: ApiCall, path: ResourcePath, served: Served, response: ServerResponse): void {
    const { kind } = served;
    const query = call.url.searchParams;
    if (path.name !== undefined && !call.watch) {
      if (!subresources(kind).includes(path.subresource ?? "")) throw unknownResource();
      const text = readText(served, path.namespace, path.name);
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(`${text}\n`);
      return;
    }
    const scope = scopeOf(kind, path.namespace, path.name, query);
    if (!call.watch) {
      void writeList(served, this.#store, scope, query, response).catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error;
        response.writeHead(error.code, { "Content-Type": "application/json", ...error.headers });
        response.end(`${JSON.stringify(error.body)}\n`);
      });
      return;
    }
    const before = new Set(this.peers);
    serveWatch(served, this.#store, scope, query, response, {
      clock: this.#clock,
      random: this.#random,
      bookmarkMs: this.#bookmarkMs,
      bufferBytes: this.#bufferBytes,
      peers: this.peers,
    });
    const peer = [...this.peers].find((one) => !before.has(one));
    if (peer === undefined) return;
    const waiting = this.#onWatch;
    this.#onWatch = [];
    for (const resolve of waiting) resolve(peer);
  }

  #deleteCollection(
    served: Served,
    path: ResourcePath,
    query: URLSearchParams,
    request: ReturnType<typeof readDeleteRequest>,
  ): JsonObject {
    const { kind, table } = served;
    const scope: Scope = scopeOf(kind, path.namespace, undefined, query);
    const revision = String(this.#store.revision);
    const items: Json[] = [];
    for (const key of [...table.keys]) {
      const version = table.latest.get(key);
      if (!inScope(scope, table, key, version)) continue;
      const object = table.object(key);
      if (object === undefined) continue;
      this.#deleting.delete(served, path.namespace ?? text(metaOf(object)["namespace"]), nameOf(object), request);
      if (!kind.custom) {
        delete object["apiVersion"];
        delete object["kind"];
      }
      items.push(object);
    }
    const metadata = kind.custom ? { continue: "", resourceVersion: revision } : { resourceVersion: revision };
    return { apiVersion: groupVersion(kind), kind: kind.listKind, metadata, items };
  }

  #patch(call: ApiCall, path: ResourcePath, served: Served, name: string, request: WriteRequest): Written {
    const { kind } = served;
    const type = (call.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
    const accepted = [
      "application/json-patch+json",
      "application/merge-patch+json",
      ...(kind.custom ? [] : ["application/strategic-merge-patch+json"]),
      "application/apply-patch+yaml",
    ];
    if (!accepted.includes(type)) throw unsupportedMediaType(accepted);
    if (type === "application/apply-patch+yaml") return this.#apply(call, path, served, name, request);
    return this.#writing.patch(served, path.namespace, name, path.subresource, request, (old) => {
      let patch: Json;
      try {
        patch = JSON.parse(call.body) as Json;
      } catch {
        throw type === "application/json-patch+json"
          ? badRequest(`error decoding patch: ${decodeWords(call.body)}`)
          : badRequest(
              kind.custom || type === "application/merge-patch+json" ? "invalid JSON document" : decodeWords(call.body),
            );
      }
      switch (type) {
        case "application/json-patch+json":
          return jsonPatch(old, patch);
        case "application/merge-patch+json":
          if (!isObject(patch)) throw badRequest("invalid JSON patch");
          return mergePatch(old, patch);
        default:
          return strategicMergePatch(old, patch, kind.schema);
      }
    });
  }

  #apply(call: ApiCall, path: ResourcePath, served: Served, name: string, request: WriteRequest): Written {
    const { kind } = served;
    const query = call.url.searchParams;
    const manager = query.get("fieldManager") ?? "";
    if (manager === "")
      throw invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, [
        cause.required("fieldManager", "is required for apply patch"),
      ]);
    const config = parseJson(call.body, kind);
    if (!isObject(config)) throw badRequest("error decoding YAML: not an object");
    const version = text(config["apiVersion"]) ?? "";
    if (text(config["kind"]) === undefined || version === "")
      throw badRequest(
        `couldn't get version/kind; json parse error: Object 'Kind' is missing in '${JSON.stringify(config)}'`,
      );
    if (version !== groupVersion(kind))
      throw badRequest(
        `Incorrect version specified in apply patch. Specified patch version: ${version}, expected: ${groupVersion(kind)}`,
      );
    const given = text(field(config["metadata"], "name"));
    if (given === undefined) metaOf(config)["name"] = name;
    else if (given !== name)
      throw badRequest(`name in apply configuration (${given}) does not match the name on the URL (${name})`);
    return this.#writing.apply(served, path.namespace, name, path.subresource, config, {
      ...request,
      manager,
      force: query.get("force") === "true",
    });
  }
}

function decodeWords(body: string): string {
  return body.trim() === ""
    ? "unexpected end of JSON input"
    : `invalid character '${body.trim()[1] ?? ""}' looking for beginning of object key string`;
}

function subresources(kind: Kind): string[] {
  return ["", ...(kind.hasStatus ? ["status"] : [])];
}

function writeRequest(call: ApiCall, warnings: string[]): WriteRequest {
  const query = call.url.searchParams;
  const validation = query.get("fieldValidation") ?? "Warn";
  const dryRun = query.getAll("dryRun");
  const about = {
    group: "meta.k8s.io",
    kind: call.method === "POST" ? "CreateOptions" : call.method === "PUT" ? "UpdateOptions" : "PatchOptions",
  };
  if (dryRun.some((one) => one !== "All")) throw invalid(about, [cause.unsupported("dryRun", dryRun, ["All"])]);
  if (!["Strict", "Warn", "Ignore", ""].includes(validation))
    throw invalid(about, [cause.unsupported("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"])]);
  const agent = (call.headers["user-agent"] ?? "unknown").split("/")[0] ?? "unknown";
  return {
    manager: query.get("fieldManager") ?? agent,
    dryRun: dryRun.length > 0,
    fieldValidation: validation === "" ? "Warn" : (validation as FieldValidation),
    warnings,
  };
}

function setWarnings(response: ServerResponse, warnings: readonly string[]): void {
  if (warnings.length > 0)
    response.setHeader(
      "Warning",
      warnings.map((text) => `299 - ${JSON.stringify(text)}`),
    );
}

function notFoundPage(response: ServerResponse): void {
  response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" });
  response.end("404 page not found\n");
}
