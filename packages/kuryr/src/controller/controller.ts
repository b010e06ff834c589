import {
  createInformer,
  keyOf,
  RESYNC,
  runWorkers,
  sleep,
  systemClock,
  WorkQueue,
  type Connection,
  type KubernetesObject,
} from "@kuryr/kubernetes";

import { kuryrPorts as kuryrPortDefinition } from "../api/kuryr-port.ts";
import type { KuryrPort } from "../api/kuryr-port.ts";
import { errorFields, type Logger } from "../log/logger.ts";
import { insist } from "../process/insist.ts";
import { KuryrPortCache } from "./pods/kuryr-ports.ts";
import { projectKuryrPort, projectPod, type Pod } from "./pods/projection.ts";
import { needsPort, type KuryrPortView, type PodView } from "./pods/plan.ts";
import { podReconciler, type PodNetworkSettings } from "./pods/reconcile.ts";
import type { PortGateway } from "./ports/gateway.ts";
import { PortInventory } from "./ports/inventory.ts";
import { OrphanFinder } from "./ports/orphans.ts";
import type { SubnetDirectory } from "./ports/subnets.ts";

/** What a controller runs on. */
export interface ControllerDependencies {
  readonly kubernetes: Connection;
  readonly ports: PortGateway;
  readonly subnets: SubnetDirectory;
  readonly settings: PodNetworkSettings;
  readonly log: Logger;
  /** Reconciles at once; Neutron answers about four port creates a second however many wait. */
  readonly workers: number;
  /** Milliseconds between two looks at all ports of the cluster. */
  readonly resyncMs: number;
  /** Told once everything is in the caches and work has begun. */
  readonly onReady?: () => void;
  /** Milliseconds that a port may be without owner before it is collected. */
  readonly orphanGraceMs: number;
}

const podDefinition = { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true };
const nodeDefinition = { group: "", version: "v1", plural: "nodes", kind: "Node", namespaced: false };

/** Runs the controller until the signal aborts. Resolves when all work has ended. */
export async function runController(deps: ControllerDependencies, signal: AbortSignal): Promise<void> {
  const { kubernetes, log, settings } = deps;
  const onError = (what: string) => (error: unknown) => log.warn(`${what}: trying again`, errorFields(error));

  const podApi = kubernetes.resource<Pod>(podDefinition);
  const kuryrPortApi = kubernetes.resource<KuryrPort>(kuryrPortDefinition);
  const pods = createInformer<Pod, PodView, "uid">(podApi, {
    project: projectPod(settings.ignoredRuntimeClasses),
    indexes: { uid: (pod) => [pod.uid] },
    onError: onError("watching pods"),
  });
  const kuryrPorts = createInformer<KuryrPort, KuryrPortView, "podUid">(kuryrPortApi, {
    project: projectKuryrPort,
    indexes: { podUid: (port) => [port.podUid] },
    onError: onError("watching KuryrPorts"),
  });
  const nodes = createInformer<KubernetesObject, { readonly name: string }>(kubernetes.resource(nodeDefinition), {
    project: (node) => ({ name: node.metadata.name }),
    onError: onError("watching nodes"),
  });

  const queue = new WorkQueue();
  const cache = new KuryrPortCache(kuryrPorts);
  const inventory = new PortInventory(settings.cluster);
  const enqueuePod = (pod: PodView): void => {
    if (!pod.networkedElsewhere && pod.nodeName !== "") queue.add(keyOf(pod));
  };
  const enqueuePort = (view: KuryrPortView, gone: boolean): void => {
    const key = keyOf(view);
    cache.seen(key, view, gone);
    queue.add(key);
  };
  // A KuryrPort's own event must be in the cache's books before a pod's event makes a reconcile look.
  kuryrPorts.handle({
    add: (view) => enqueuePort(view, false),
    update: (_, view) => enqueuePort(view, false),
    delete: (view) => enqueuePort(view, true),
  });
  pods.handle({ add: enqueuePod, update: (_, pod) => enqueuePod(pod), delete: enqueuePod });
  nodes.handle({
    delete: (node) => {
      for (const port of kuryrPorts.values()) if (port.nodeName === node.name) queue.add(keyOf(port));
    },
  });

  const refresh = (): Promise<void> => inventory.refresh(() => deps.ports.all(signal));
  const running = [pods.run(signal), kuryrPorts.run(signal), nodes.run(signal)];
  await Promise.all([
    pods.synced,
    kuryrPorts.synced,
    nodes.synced,
    insist("reading the ports of the cluster", refresh, { clock: systemClock, log, signal }),
  ]);
  log.info("controller is working", { pods: pods.size, kuryrPorts: kuryrPorts.size, ports: inventory.size });
  deps.onReady?.();

  const orphans = new OrphanFinder(deps.orphanGraceMs);
  const collect = async (): Promise<void> => {
    const owned = (uid: string): boolean =>
      pods.byIndex("uid", uid).some((pod) => needsPort(pod)) || cache.hasPodUid(uid);
    const marked = [...inventory.values()].map((port) => ({ id: port.id, podUid: port.device_id }));
    for (const id of orphans.look(marked, owned, systemClock.now())) {
      log.warn("deleting a port that belongs to no pod", { port: id });
      await deps.ports.delete(id, signal);
      inventory.remove(id);
    }
  };
  const resync = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await collect();
        await sleep(systemClock, deps.resyncMs, signal);
        await refresh();
        for (const key of [...pods.keys(), ...kuryrPorts.keys()]) queue.add(key, { priority: RESYNC });
      } catch (error) {
        if (signal.aborted) return;
        log.warn("looking at the ports of the cluster: trying again", errorFields(error));
        await sleep(systemClock, Math.min(deps.resyncMs, 5000), signal).catch(() => undefined);
      }
    }
  };

  const reconcile = podReconciler({
    pods,
    nodes,
    kuryrPorts: cache,
    kuryrPortApi,
    inventory,
    ports: deps.ports,
    subnets: deps.subnets,
    settings,
    clock: systemClock,
    onAction: (key, action) => log.debug(action.do, { pod: key, reason: action.reason }),
  });
  running.push(
    resync(),
    runWorkers(queue, {
      workers: deps.workers,
      reconcile,
      onError: (error, { key, failures, retryInMs }) =>
        log.warn("pod is not as wanted", { pod: key, failures, retryInMs, ...errorFields(error) }),
      signal,
    }).then(() => undefined),
  );
  await Promise.all(running);
}
