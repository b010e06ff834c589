import * as http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { apiVersionOf, type KubernetesObject, type ResourceDefinition } from "../objects.ts";

/** The resource that this server serves; clients may use any fields beside metadata. */
export interface Widget extends KubernetesObject {
  readonly spec?: Record<string, unknown>;
  readonly status?: unknown;
}

export const WIDGETS: ResourceDefinition = {
  group: "example.org",
  version: "v1",
  plural: "widgets",
  kind: "Widget",
  namespaced: true,
};

/** How one request goes wrong. */
export type Fault =
  /** An answer instead of the right one; text when `body` is text. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly body: unknown;
      readonly headers?: http.OutgoingHttpHeaders;
    }
  /** The connection breaks before any answer. */
  | { readonly kind: "reset" }
  /** Nothing comes back, the connection stays. */
  | { readonly kind: "hang" }
  /** The effect happens, the answer is lost. */
  | { readonly kind: "lost-answer" }
  /** For a watch: it starts well; see the methods of {@link WatchPeer}. */
  | { readonly kind: "raw"; readonly respond: (response: http.ServerResponse) => void };

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  readonly remotePort: number;
}

/** One client's watch, seen from the server. */
export interface WatchPeer {
  readonly request: SeenRequest;
  readonly response: http.ServerResponse;
  readonly namespace: string | undefined;
  /** Events go nowhere from now on, the connection stays. */
  silent: boolean;
  reset(): void;
  end(): void;
  error(code: number, reason: string): void;
  bookmark(): void;
}

interface HistoryEvent {
  readonly version: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: Widget;
}

/** A small API server for one resource, with honest list, watch and writes, that misbehaves when told. */
export class ObjectServer {
  readonly requests: SeenRequest[] = [];
  readonly watches = new Set<WatchPeer>();
  /** Requests that hang now by a fault. */
  hanging = 0;
  /** Asked for every request; what it returns happens instead of the right answer. */
  fault: (request: SeenRequest) => Fault | undefined = () => undefined;
  /** Whether streaming lists are offered, as Kubernetes does from 1.34 on. */
  streamingList = true;
  /** Cuts what watches send; the default sends it whole. */
  cut: (bytes: Buffer) => Buffer[] = (bytes) => [bytes];
  /** Milliseconds before each piece of a list or of an event. */
  paceMs = 0;
  /** What is still to be sent on a slow answer. */
  readonly #sending = new WeakMap<http.ServerResponse, Promise<void>>();
  readonly #objects = new Map<string, Widget>();
  #history: HistoryEvent[] = [];
  readonly #continues = new Map<string, { rest: Widget[]; version: number }>();
  #version = 100;
  #compacted = 0;
  #uid = 0;
  #onWatch: ((peer: WatchPeer) => void)[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: http.Server;

  readonly #definition: ResourceDefinition;
  readonly #path: RegExp;

  private constructor(definition: ResourceDefinition) {
    this.#definition = definition;
    const base = definition.group === "" ? `/api/${definition.version}` : `/apis/${apiVersionOf(definition)}`;
    this.#path = new RegExp(`^${base}(?:/namespaces/([^/]+))?/${definition.plural}(?:/([^/]+))?(?:/(status))?$`);
    this.#server = http.createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => this.#serve(request, response, Buffer.concat(parts).toString("utf8")));
    });
    this.#server.keepAliveTimeout = 0;
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => {});
    });
  }

  /** Starts one on a free port of the loopback. */
  static async start(definition = WIDGETS): Promise<ObjectServer> {
    const server = new ObjectServer(definition);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    const address = this.#server.address();
    return isAddressInfo(address) ? address.port : 0;
  }

  get version(): string {
    return String(this.#version);
  }

  /** What is stored, as key to resourceVersion. */
  state(): Map<string, string> {
    return new Map([...this.#objects].map(([key, object]) => [key, object.metadata.resourceVersion]));
  }

  object(key: string): Widget | undefined {
    return this.#objects.get(key);
  }

  /** Creates or changes an object, as another client would. */
  put(namespace: string, name: string, fields: Record<string, unknown> = {}): Widget {
    const key = `${namespace}/${name}`;
    const old = this.#objects.get(key);
    this.#version += 1;
    const object: Widget = {
      ...fields,
      apiVersion: apiVersionOf(this.#definition),
      kind: this.#definition.kind,
      metadata: {
        ...(isRecord(fields["metadata"]) ? fields["metadata"] : {}),
        namespace,
        name,
        uid: old?.metadata.uid ?? `uid-${++this.#uid}`,
        resourceVersion: String(this.#version),
      },
    };
    this.#objects.set(key, object);
    this.#record({ version: this.#version, type: old === undefined ? "ADDED" : "MODIFIED", object });
    return object;
  }

  remove(namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    const old = this.#objects.get(key);
    if (old === undefined) return;
    this.#version += 1;
    this.#objects.delete(key);
    const object = { ...old, metadata: { ...old.metadata, resourceVersion: String(this.#version) } };
    this.#record({ version: this.#version, type: "DELETED", object });
  }

  /** Forgets the history: watches and continue tokens from before are answered with 410. */
  compact(): void {
    this.#history = [];
    this.#continues.clear();
    this.#compacted = this.#version;
  }

  /** Resolves with the next watch that starts. */
  nextWatch(): Promise<WatchPeer> {
    return new Promise((resolve) => {
      this.#onWatch.push(resolve);
    });
  }

  /** Closes kept-alive connections as a server does that goes away. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #record(event: HistoryEvent): void {
    this.#history.push(event);
    for (const peer of this.watches) this.#sendEvent(peer, event);
  }

  #serve(incoming: http.IncomingMessage, response: http.ServerResponse, body: string): void {
    const url = new URL(incoming.url ?? "/", "http://server");
    const request: SeenRequest = {
      method: incoming.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body,
      remotePort: incoming.socket.remotePort ?? 0,
    };
    this.requests.push(request);
    const fault = this.fault(request);
    switch (fault?.kind) {
      case "answer":
        answer(response, fault.status, fault.body, fault.headers);
        return;
      case "reset":
        incoming.socket.resetAndDestroy();
        return;
      case "hang":
        this.hanging += 1;
        incoming.socket.once("close", () => {
          this.hanging -= 1;
        });
        return;
      case "raw":
        fault.respond(response);
        return;
      case "lost-answer":
        this.#route(request, new http.ServerResponse(incoming));
        incoming.socket.resetAndDestroy();
        return;
      default:
        this.#route(request, response);
    }
  }

  #route(request: SeenRequest, response: http.ServerResponse): void {
    const { method, path } = request;
    if (path === "/readyz") {
      answer(response, 200, "ok");
      return;
    }
    const match = this.#path.exec(path);
    if (match === null) {
      answer(response, 404, "404 page not found\n", { "Content-Type": "text/plain" });
      return;
    }
    const [, namespace, name] = match;
    if (name === undefined && method === "GET") {
      if (request.query.get("watch") === "true") this.#watch(request, response, namespace);
      else this.#list(request, response, namespace);
      return;
    }
    const key = `${namespace ?? ""}/${name ?? ""}`;
    if (method === "POST" && namespace !== undefined) {
      this.#create(namespace, request.body, response);
      return;
    }
    const old = this.#objects.get(key);
    if (old === undefined || namespace === undefined || name === undefined) {
      status(response, 404, "NotFound", `widgets "${name}" not found`, { name, kind: "widgets" });
      return;
    }
    if (method === "GET") answer(response, 200, old);
    else if (method === "DELETE") this.#delete(namespace, name, request.body, old, response);
    else this.#change(namespace, name, request, old, response);
  }

  #create(namespace: string, body: string, response: http.ServerResponse): void {
    const fields: Widget = JSON.parse(body);
    const { name } = fields.metadata;
    if (this.#objects.has(`${namespace}/${name}`)) {
      status(response, 409, "AlreadyExists", `widgets "${name}" already exists`);
      return;
    }
    answer(response, 201, this.put(namespace, name, { ...fields }));
  }

  #delete(namespace: string, name: string, body: string, old: Widget, response: http.ServerResponse): void {
    const options: { preconditions?: { uid?: string; resourceVersion?: string } } = body === "" ? {} : JSON.parse(body);
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (
      (uid ?? old.metadata.uid) !== old.metadata.uid ||
      (resourceVersion ?? old.metadata.resourceVersion) !== old.metadata.resourceVersion
    ) {
      status(response, 409, "Conflict", "Precondition failed");
      return;
    }
    this.remove(namespace, name);
    answer(response, 200, { kind: "Status", apiVersion: "v1", status: "Success" });
  }

  #change(namespace: string, name: string, request: SeenRequest, old: Widget, response: http.ServerResponse): void {
    const body: unknown = JSON.parse(request.body);
    let next: Record<string, unknown>;
    if (Array.isArray(body)) {
      const operations: { op: string; path: string; value?: unknown }[] = body;
      const patched = jsonPatch(old, operations);
      if (patched === undefined) {
        status(response, 422, "Invalid", "the server rejected our request: testing value failed");
        return;
      }
      next = patched;
    } else if (request.method === "PATCH") {
      next = mergePatch(old, body);
    } else {
      next = isRecord(body) ? body : {};
    }
    const asked = isRecord(next["metadata"]) ? next["metadata"]["resourceVersion"] : undefined;
    if (asked !== undefined && asked !== old.metadata.resourceVersion) {
      status(response, 409, "Conflict", "the object has been modified");
      return;
    }
    answer(response, 200, this.put(namespace, name, next));
  }

  #list(request: SeenRequest, response: http.ServerResponse, namespace: string | undefined): void {
    const limit = Number(request.query.get("limit") ?? "0");
    const token = request.query.get("continue");
    let rest = [...this.#objects.values()].filter((o) => namespace === undefined || o.metadata.namespace === namespace);
    let version = this.#version;
    if (token !== null) {
      const kept = this.#continues.get(token);
      if (kept === undefined) {
        status(response, 410, "Expired", "The provided continue parameter is too old");
        return;
      }
      ({ rest, version } = kept);
    }
    const items = limit > 0 ? rest.slice(0, limit) : rest;
    const metadata: Record<string, unknown> = { resourceVersion: String(version) };
    if (items.length < rest.length) {
      const next = `token-${this.#continues.size}-${version}`;
      this.#continues.set(next, { rest: rest.slice(items.length), version });
      metadata["continue"] = next;
    }
    // As lists of built-in kinds do, the items come without apiVersion and kind.
    const bare = items.map(({ apiVersion: _a, kind: _k, ...item }) => item);
    const list = { kind: "WidgetList", apiVersion: "example.org/v1", metadata, items: bare };
    if (this.paceMs === 0) {
      answer(response, 200, list);
      return;
    }
    response.writeHead(200, { "Content-Type": "application/json" });
    this.#send(response, Buffer.from(JSON.stringify(list)), () => response.end());
  }

  #watch(request: SeenRequest, response: http.ServerResponse, namespace: string | undefined): void {
    const from = Number(request.query.get("resourceVersion") ?? "0");
    const initial = request.query.get("sendInitialEvents") === "true";
    if (initial && !this.streamingList) {
      const why = "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled";
      status(response, 422, "Invalid", `ListOptions.meta.k8s.io "" is invalid: ${why}`);
      return;
    }
    if (!initial && from < this.#compacted) {
      status(response, 410, "Expired", `too old resource version: ${from} (${this.#compacted})`);
      return;
    }
    response.writeHead(200, { "Content-Type": "application/json" });
    response.flushHeaders();
    const peer: WatchPeer = {
      request,
      response,
      namespace,
      silent: false,
      reset: () => response.socket?.resetAndDestroy(),
      end: () => response.end(),
      error: (code, reason) => {
        const object = { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message: reason };
        this.#write(peer, { type: "ERROR", object });
      },
      bookmark: () => {
        const { kind } = this.#definition;
        const object = {
          kind,
          apiVersion: apiVersionOf(this.#definition),
          metadata: { resourceVersion: this.version },
        };
        this.#write(peer, { type: "BOOKMARK", object });
      },
    };
    this.watches.add(peer);
    response.on("close", () => this.watches.delete(peer));
    response.on("error", () => {});
    if (initial) this.#sendInitialEvents(peer);
    else for (const event of this.#history) if (event.version > from) this.#sendEvent(peer, event);
    const waiting = this.#onWatch;
    this.#onWatch = [];
    for (const resolve of waiting) resolve(peer);
  }

  #sendInitialEvents(peer: WatchPeer): void {
    for (const object of this.#objects.values())
      this.#sendEvent(peer, { version: this.#version, type: "ADDED", object });
    const { kind } = this.#definition;
    const annotations = { "k8s.io/initial-events-end": "true" };
    const metadata = { resourceVersion: this.version, annotations };
    this.#write(peer, { type: "BOOKMARK", object: { kind, apiVersion: apiVersionOf(this.#definition), metadata } });
  }

  #sendEvent(peer: WatchPeer, event: HistoryEvent): void {
    if (peer.namespace !== undefined && peer.namespace !== event.object.metadata.namespace) return;
    this.#write(peer, { type: event.type, object: event.object });
  }

  #write(peer: WatchPeer, event: unknown): void {
    if (peer.silent || peer.response.destroyed) return;
    this.#send(peer.response, Buffer.from(`${JSON.stringify(event)}\n`));
  }

  /** At once, or piece by piece when it is slow or still has something to say. */
  #send(response: http.ServerResponse, bytes: Buffer, afterwards = (): void => {}): void {
    const { paceMs } = this;
    const before = this.#sending.get(response);
    const parts = this.cut(bytes);
    if (paceMs === 0 && before === undefined) {
      for (const part of parts) response.write(part);
      afterwards();
      return;
    }
    const slowly = async (): Promise<void> => {
      await before;
      for (const part of parts) {
        await new Promise((resolve) => setTimeout(resolve, paceMs));
        if (!response.writableEnded && !response.destroyed) response.write(part);
      }
      if (this.#sending.get(response) === sending) this.#sending.delete(response);
      afterwards();
    };
    const sending = slowly();
    this.#sending.set(response, sending);
  }
}

function answer(
  response: http.ServerResponse,
  code: number,
  body: unknown,
  headers: http.OutgoingHttpHeaders = {},
): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(code, { "Content-Type": "application/json", ...headers });
  response.end(text);
}

function status(response: http.ServerResponse, code: number, reason: string, message: string, details = {}): void {
  answer(response, code, { kind: "Status", apiVersion: "v1", status: "Failure", message, reason, code, details });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isAddressInfo(value: AddressInfo | string | null): value is AddressInfo {
  return typeof value === "object" && value !== null;
}

function mergePatch(target: unknown, patch: unknown): Record<string, unknown> {
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  if (!isRecord(patch)) return result;
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = isRecord(value) ? mergePatch(result[name], value) : value;
  }
  return result;
}

/** Enough of RFC 6902 for paths of names and array positions; undefined when a test fails. */
function jsonPatch(
  target: object,
  operations: readonly { op: string; path: string; value?: unknown }[],
): Record<string, unknown> | undefined {
  const result: Record<string, unknown> = JSON.parse(JSON.stringify(target));
  for (const { op, path, value } of operations) {
    const names = path.split("/").slice(1);
    const last = names.pop() ?? "";
    let parent: unknown = result;
    for (const name of names) {
      if (Array.isArray(parent)) parent = parent[Number(name)];
      else parent = isRecord(parent) ? parent[name] : undefined;
    }
    if (Array.isArray(parent)) {
      const index = Number(last);
      if (op === "test" && JSON.stringify(parent[index]) !== JSON.stringify(value)) return undefined;
      if (op === "remove") parent.splice(index, 1);
      if (op === "add") parent.splice(index, 0, value);
    } else if (isRecord(parent)) {
      if (op === "test" && JSON.stringify(parent[last]) !== JSON.stringify(value)) return undefined;
      if (op === "remove") delete parent[last];
      if (op === "add" || op === "replace") parent[last] = value;
    } else {
      return undefined;
    }
  }
  return result;
}
