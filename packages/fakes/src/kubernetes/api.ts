import type { ServerResponse } from "node:http";

import { authenticate, authorize, type User } from "./auth.ts";
import { builtinKinds } from "./builtin-kinds.ts";
import type { Clock } from "./clock.ts";
import { Controllers } from "./controllers.ts";
import { Deleting, readDeleteRequest } from "./deleting.ts";
import { discover } from "./discovery.ts";
import { shown, text, type Json, type JsonObject } from "./json.ts";
import { aboutResource, groupVersion, type Kind } from "./kind.ts";
import { metaOf, nameOf } from "./meta.ts";
import type { Random } from "./random.ts";
import { inScope, readText, scopeOf, writeList, type Scope } from "./reading.ts";
import { Registry, type Served } from "./registry.ts";
import type { ResourcePath } from "./request.ts";
import { Failure, methodNotAllowed, methodUnknown, notFound, unknownResource } from "./status.ts";
import { keyOf, ObjectStore } from "./store.ts";
import { serveWatch, type WatchPeer } from "./watching.ts";
import { type ApiCall, patchObject, writeRequest } from "./write-requests.ts";
import { Writing, type Written } from "./writing.ts";

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
    const byTable = Map.groupBy(objects, (object) => {
      const served = kinds.get(`${shown(object["apiVersion"])}/${shown(object["kind"])}`);
      if (served === undefined)
        throw new TypeError(`${shown(object["apiVersion"])} ${shown(object["kind"])} is not served`);
      return served;
    });
    for (const [{ kind, table }, list] of byTable) {
      this.#store.load(
        table,
        list.map((object) => {
          const namespace = kind.namespaced ? (text(metaOf(object)["namespace"]) ?? "default") : undefined;
          return [keyOf(namespace, nameOf(object)), object] as const;
        }),
      );
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
      const builtin =
        path.group === "" || this.#registry.all().some(({ kind }) => kind.group === path.group && !kind.custom);
      if (!builtin) return notFoundPage(response);
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
    if (!subresources(kind).includes(path.subresource ?? "")) throw unknownSubresource(kind, path);
    const about = aboutResource(kind);
    if (call.method === "DELETE") {
      if (path.subresource !== undefined) throw kind.custom ? methodNotAllowed(about, "delete") : methodUnknown();
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
      if (path.name !== undefined) throw kind.custom ? methodNotAllowed(about, "create") : methodUnknown();
      written = this.#writing.create(served, path.namespace, call.body, request);
    } else if (path.name === undefined) throw methodUnknown();
    else if (call.method === "PUT") {
      written = this.#writing.replace(served, path.namespace, path.name, path.subresource, call.body, request);
    } else written = patchObject(this.#writing, call, path, served, path.name, request);
    answer(written.created ? 201 : 200, written.object);
    return undefined;
  }

  #read(call: ApiCall, path: ResourcePath, served: Served, response: ServerResponse): void {
    const { kind } = served;
    const query = call.url.searchParams;
    if (path.name !== undefined) {
      if (!subresources(kind).includes(path.subresource ?? "")) throw unknownSubresource(kind, path);
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
    for (const key of table.keys.slice()) {
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
}

function unknownSubresource(kind: Kind, path: ResourcePath): Failure {
  return kind.custom ? notFound(aboutResource(kind, path.name)) : unknownResource();
}

function subresources(kind: Kind): string[] {
  return ["", ...(kind.hasStatus ? ["status"] : [])];
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
