/**
 * One informer in a process of its own: lists, then follows so many events, and sends a {@link Measured} to the parent.
 *
 *     informer-worker.ts SERVER EVENTS [MODULE of @kubernetes/client-node]
 */
import { pathToFileURL } from "node:url";
import { connect, createInformer, type KubernetesObject, type ResourceDefinition } from "../src/index.ts";

/** What one run found. */
export interface Measured {
  readonly pods: number;
  /** Milliseconds of processor time from the start to the full cache. */
  readonly listCpuMs: number;
  /** Bytes that the heap grew by, after collection. */
  readonly heapBytes: number;
  /** Microseconds of processor time. */
  readonly cpuPerEventUs: number;
  /** MiB, the most that the whole process ever had. */
  readonly peakRssMiB: number;
}

const PODS: ResourceDefinition = { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true };

interface Pod extends KubernetesObject {
  readonly spec: { readonly nodeName?: string; readonly hostNetwork?: boolean };
  readonly status: { readonly phase?: string; readonly podIP?: string };
}

/** An informer that has its first list. */
interface Started {
  size(): number;
  stop(): void;
}

/** Calls `onEvent` for each pod that changes after the first list. */
type Start = (server: string, onEvent: () => void) => Promise<Started>;

/** What a controller of pods keeps. */
const startOwn: Start = async (server, onEvent) => {
  const connection = connect({ server, token: "t" });
  const informer = createInformer(connection.resource<Pod>(PODS), {
    project: ({ metadata: { uid, resourceVersion, labels, annotations }, spec, status }) => ({
      uid,
      resourceVersion,
      labels,
      annotations,
      nodeName: spec.nodeName,
      hostNetwork: spec.hostNetwork === true,
      phase: status.phase,
      podIP: status.podIP,
    }),
    onError: (error) => console.error("informer:", error),
  });
  const stop = new AbortController();
  const running = informer.run(stop.signal);
  await informer.synced;
  informer.handle({ update: onEvent });
  return {
    size: () => informer.size,
    stop: () => {
      stop.abort();
      void running.then(() => connection.close());
    },
  };
};

/** The little of `@kubernetes/client-node` 2 that is used; it is no dependency of this package. */
interface ClientNode {
  readonly KubeConfig: new () => {
    loadFromOptions(options: object): void;
    makeApiClient(api: unknown): { listPodForAllNamespaces(): Promise<unknown> };
  };
  readonly CoreV1Api: unknown;
  makeInformer(
    config: unknown,
    path: string,
    list: () => Promise<unknown>,
  ): {
    on(verb: string, callback: () => void): void;
    start(): Promise<void>;
    stop(): Promise<void>;
    list(): readonly unknown[];
  };
}

/** It keeps whole objects, for want of another way. */
function startClientNode(module: ClientNode): Start {
  return async (server, onEvent) => {
    const config = new module.KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: "c", server, skipTLSVerify: true }],
      users: [{ name: "u", token: "t" }],
      contexts: [{ name: "x", cluster: "c", user: "u" }],
      currentContext: "x",
    });
    const api = config.makeApiClient(module.CoreV1Api);
    const informer = module.makeInformer(config, "/api/v1/pods", () => api.listPodForAllNamespaces());
    informer.on("update", onEvent);
    await informer.start();
    return { size: () => informer.list().length, stop: () => void informer.stop() };
  };
}

function collectedHeap(): number {
  for (let pass = 0; pass < 3; pass++) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Milliseconds. */
function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function main(server: string, events: number, modulePath: string | undefined): Promise<void> {
  const start = modulePath === undefined ? startOwn : startClientNode(await import(pathToFileURL(modulePath).href));
  const seen = Promise.withResolvers<void>();
  let left = events;
  const emptyHeap = collectedHeap();
  const beforeList = process.cpuUsage();
  const informer = await start(server, () => {
    if (--left === 0) seen.resolve();
  });
  const listCpuMs = cpuSince(beforeList);
  const heapBytes = collectedHeap() - emptyHeap;
  const pods = informer.size();
  const beforeEvents = process.cpuUsage();
  process.send?.({ listed: true });
  await seen.promise;
  const cpuPerEventUs = (cpuSince(beforeEvents) * 1000) / events;
  informer.stop();
  const peakRssMiB = process.resourceUsage().maxRSS / 1024;
  const measured: Measured = { pods, listCpuMs, heapBytes, cpuPerEventUs, peakRssMiB };
  process.send?.({ measured }, () => process.exit());
}

process.on("disconnect", () => process.exit());
const [server = "", events = "0", modulePath] = process.argv.slice(2);
await main(server, Number(events), modulePath);
