import * as http from "node:http";
import type { AddressInfo, Socket } from "node:net";

import { Api, type ApiOptions } from "./api.ts";
import { systemClock } from "./clock.ts";
import type { FaultContext, FaultProfile, LatencyProfile } from "./faults.ts";
import { FaultyResponse } from "./faulty-response.ts";
import type { JsonObject } from "./json.ts";
import { seededRandom } from "./random.ts";
import { parsePath, verbOf } from "./request.ts";
import type { WatchPeer } from "./watching.ts";

/** Settings of the fake; all have defaults. */
export interface KubernetesOptions extends Partial<ApiOptions> {
  /** Of faults, latencies, uids and generated names: the same seed and requests make the same run. */
  readonly seed?: number | undefined;
  readonly latency?: LatencyProfile | undefined;
  readonly faults?: FaultProfile | undefined;
}

/** One request that the fake has served or refused. */
export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly verb: string;
  /** Of the answer; 0 when there was none. */
  readonly status: number;
}

/** What tests do to the server behind its clients' backs. */
export interface KubernetesControls {
  /** Takes effect with the next request; undefined ends the faults. */
  setFaults(faults: FaultProfile | undefined): void;
  setLatency(latency: LatencyProfile | undefined): void;
  /** Watches that are open now. */
  watches(): readonly WatchPeer[];
  /** Resolves with the next watch that starts. */
  nextWatch(): Promise<WatchPeer>;
  /** Requests by `VERB plural`, since the start. */
  readonly counts: ReadonlyMap<string, number>;
  /** Told of each request when it is over. */
  onRequest: (request: ServedRequest) => void;
  /** Breaks all connections, as a server does that goes away. */
  dropConnections(): void;
  /** Stores objects without HTTP, defaults and checks; they need kind, apiVersion and a name. Fast, for big clusters. */
  load(objects: Iterable<JsonObject>): void;
  /** A copy of a stored object. */
  object(plural: string, namespace: string | undefined, name: string): JsonObject | undefined;
  /** Key (`namespace/name`) to resourceVersion of a resource, by its plural. */
  versions(plural: string): Map<string, string>;
  /** The newest resourceVersion. */
  version(): string;
}

/** A running fake. */
export interface Kubernetes {
  readonly url: string;
  /** Bearer token of a user who may do everything. */
  readonly token: string;
  readonly controls: KubernetesControls;
  /** Forgets all history: watches, continue tokens and exact lists from before are answered with 410. */
  compact(): void;
  stop(): Promise<void>;
}

/** Starts an in-memory Kubernetes API on a free port of the loopback; plain HTTP. */
export async function startKubernetes(options: KubernetesOptions = {}): Promise<Kubernetes> {
  const seed = options.seed ?? 1;
  const clock = options.clock ?? systemClock;
  const faultRandom = seededRandom(seed ^ 0x5eed);
  const api = new Api({ ...options, clock, random: options.random ?? seededRandom(seed) });
  let { faults, latency } = options;
  let number = 0;
  const counts = new Map<string, number>();
  const sockets = new Set<Socket>();

  const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://server");
      const path = parsePath(url.pathname);
      const method = request.method ?? "GET";
      const watch = ["true", "1"].includes(url.searchParams.get("watch") ?? "");
      const verb = path === undefined ? "get" : verbOf(method, path, watch);
      const plural = path?.plural ?? "";
      number += 1;
      const context: FaultContext = { method, path: url.pathname, query: url.searchParams, verb, plural, number };
      const count = `${verb} ${plural}${path?.subresource === undefined ? "" : `/${path.subresource}`}`;
      counts.set(count, (counts.get(count) ?? 0) + 1);
      const body = Buffer.concat(parts).toString("utf8");
      response.on("close", () =>
        controls.onRequest({
          method,
          path: url.pathname,
          query: url.searchParams,
          verb,
          status: response.headersSent ? response.statusCode : 0,
        }),
      );
      const serve = (to: http.ServerResponse): void =>
        api.serve({ method, url, path, verb, watch, headers: request.headers, body }, to);
      const begin = (): void => {
        if (!response.destroyed)
          new FaultyResponse(request, response, clock).serve(faults?.(context, faultRandom), serve);
      };
      const delay = latency?.(context, faultRandom) ?? 0;
      if (delay > 0) clock.schedule(delay, begin);
      else begin();
    });
  });
  server.on("connection", (socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const controls: KubernetesControls = {
    setFaults: (profile) => void (faults = profile),
    setLatency: (profile) => void (latency = profile),
    watches: () => [...api.peers],
    nextWatch: () => api.nextWatch(),
    counts,
    onRequest: () => {},
    dropConnections: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    load: (objects) => api.load(objects),
    object: (plural, namespace, name) => api.object(plural, namespace, name),
    versions: (plural) => api.versions(plural),
    version: () => String(api.revision),
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: api.token,
    controls,
    compact: () => api.compact(),
    stop: async () => {
      api.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
