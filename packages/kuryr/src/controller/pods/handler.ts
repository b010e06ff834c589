import { FRESH, keyOf, RESYNC, runWorkers, WorkQueue, type Informer } from "@kuryr/kubernetes";

import { kuryrPorts as kuryrPortDefinition, type KuryrPort } from "../../api/kuryr-port.ts";
import { errorFields } from "../../log/logger.ts";
import { insist } from "../../process/insist.ts";
import { bandwidthPolicies } from "../bandwidth/policies.ts";
import type { Handler, HandlerContext } from "../handlers.ts";
import { FencedError } from "../leadership/fence.ts";
import { podMetrics } from "../metrics.ts";
import { portGateway } from "../ports/gateway.ts";
import { PortInventory, type NeutronPort } from "../ports/inventory.ts";
import { PortStatuses } from "../ports/statuses.ts";
import { subnetDirectory } from "../ports/subnets.ts";
import { freeAddresses } from "../ports/free-addresses.ts";
import { comingPods } from "./drivers/coming.ts";
import type { LivePool } from "./drivers/drivers.ts";
import { podDrivers } from "./drivers/registries.ts";
import { podReference } from "./events.ts";
import { failureNote, hostPortNote } from "./failures.ts";
import { podInformers } from "./informers.ts";
import { KuryrPortCache } from "./kuryr-ports.ts";
import { lacksPort, needsPort, type KuryrPortView, type NodeView, type PodView } from "./plan.ts";
import { podReconciler } from "./reconcile.ts";
import { recoveryTimes } from "./recovery.ts";
import { pauseFor, regularly } from "./regularly.ts";
import { Seats } from "./seats.ts";
import { sweeper } from "./sweep.ts";

/**
 * Pods without a port that may ask OpenStack at once. A busy Neutron is given fewer requests; the others wait, to go
 * several in one.
 */
const startingAtOnce = 32;
/** Pods that end and may do so. */
const endingAtOnce = 16;
/** Workers that are left when all of those wait: pods whose port waits for them start whatever hangs. */
const neverAsking = 8;
/** Of pods that lack a port. */
const STARTING = FRESH + 10;

/** Milliseconds. */
export interface PodTimes {
  /** Between two looks at all ports of the cluster. */
  readonly resyncMs: number;
  /** A port may be without owner for so long. */
  readonly orphanGraceMs: number;
  /** Without an acknowledgement of the node the ports go after this. */
  readonly releaseTimeoutMs: number;
  /** Work for pods to come, and what Neutron learns later, waits until no pod has asked for a port for so long. */
  readonly poolQuietMs: number;
}

const usualTimes: PodTimes = {
  resyncMs: 60_000,
  orphanGraceMs: 30_000,
  releaseTimeoutMs: 45_000,
  poolQuietMs: 1000,
};
/** What failed is tried again within half a minute: nobody tells Kuryr when a quota was raised. */
const backoff = { baseMs: 500, maxMs: 30_000, jitter: 0.5 };
/** On a clean stop running reconciles may go on for so long: a successor waits. */
const drainMs = 1500;

/** Pods and their KuryrPorts: the handlers `vif` and `kuryrport`. */
export async function podsHandler(context: HandlerContext): Promise<Handler> {
  const { config, cloud, cluster, kubernetes, log, events } = context;
  const ports = portGateway(cloud, cluster);
  const subnets = subnetDirectory(cloud);
  const { clock } = kubernetes;
  // Drivers remember nothing of ports: what a pool knows of them begins with a term (`attach`).
  const drivers = await podDrivers({ config, cloud, subnets, ports, cluster, clock, metrics: context.metrics, log });
  const coming = comingPods(drivers, config);
  const { resyncMs, orphanGraceMs, releaseTimeoutMs, poolQuietMs: quietMs } = { ...usualTimes, ...context.podTimes };
  const settings = { cluster, releaseTimeoutMs, ignoredRuntimeClasses: config.kubernetes.ignored_runtime_classes };
  const informers = podInformers(context);
  const { pods, kuryrPorts, nodes } = informers;
  const counted = podMetrics(context.metrics);
  const freeOf = freeAddresses(context.metrics);

  return {
    async watch(signal, { onSynced, onReady }) {
      const synced = Promise.withResolvers<void>();
      const running = informers.run(signal, synced.resolve);
      await Promise.race([synced.promise, running]);
      if (!signal.aborted) {
        onSynced();
        // Whoever cannot read the ports now could not take over either: a rollout must not go on with it.
        await insist("reading the ports of the cluster", () => ports.all(signal), { clock, log, signal }).then(
          onReady,
          () => undefined,
        );
      }
      await running;
    },

    /** All that is remembered here is of this term: another controller may have worked in between. */
    async work(signal) {
      const kuryrPortApi = kubernetes.resource<KuryrPort>(kuryrPortDefinition);
      const bandwidth = bandwidthPolicies({ cloud, cluster, events, log });
      const cache = new KuryrPortCache(kuryrPorts);
      const queue: WorkQueue = new WorkQueue({
        clock,
        random: kubernetes.random,
        backoff,
        hooks: context.queueMetrics("pods", () => {
          const { ready, ...stats } = queue.stats;
          return { ...stats, ready: signal.aborted ? 0 : ready + seats.starting.waiting + seats.ending.waiting };
        }),
      });
      const priorityOf = (key: string): number => (lacksPort(pods.get(key), cache.get(key)) ? STARTING : FRESH);
      const onTurn = (key: string): void => {
        if (!signal.aborted) queue.add(key, { priority: priorityOf(key) });
      };
      const seats = { starting: new Seats(startingAtOnce, onTurn), ending: new Seats(endingAtOnce, onTurn) };
      const inventory: PortInventory = new PortInventory(cluster, (port) => pool.seenAs?.(port) ?? port);
      const pool: LivePool =
        drivers.pool.attach?.({
          inventory,
          ownerOf: (portId) => cache.ofPort(portId),
          isStarting: (portId) => {
            const owner = cache.ofPort(portId);
            const pod = owner === undefined ? undefined : pods.get(keyOf(owner));
            return pod?.uid === owner?.podUid && needsPort(pod) && pod.started !== true;
          },
          nodes: () => nodes.values(),
          hasNode: (name) => nodes.get(name) !== undefined,
          ...coming,
          orphanGraceMs,
          quietMs,
          signal,
        }) ?? drivers.pool;
      const statuses = new PortStatuses({ active: (ids, abort) => ports.active(ids, abort), kuryrPortApi, clock, log });
      // What the last leader wrote may not have come by the watches yet.
      await abortable(informers.refresh(), signal);
      const unfollow = follow({
        pods,
        kuryrPorts,
        nodes,
        cache,
        queue,
        priorityOf,
        statuses,
        onAttached: (seconds) => counted.attached(seconds),
      });

      const refresh = async (): Promise<void> => {
        await inventory.refresh(() => ports.all(signal));
        counted.ports(inventory.size);
        await freeOf(config.neutron_defaults.pod_subnet, subnets, inventory.values(), signal);
      };
      /** Nothing is done before the ports are known; whoever waits for that is told why. */
      const firstLook = async (): Promise<void> => {
        try {
          await refresh();
        } catch (error) {
          const note = failureNote(error);
          for (const pod of waitingPods(pods, cache)) events?.record(podReference(pod), note);
          throw error;
        }
      };
      const running = [statuses.run(signal)];
      const patience = { clock, log, signal };
      try {
        await insist("reading the ports of the cluster", firstLook, patience);
        // Which ports are whose is in the caches.
        await insist("looking at the pools of ports", async () => pool.observed?.(signal), patience);
      } catch (error) {
        unfollow();
        throw error;
      }
      log.info("pods are served", { pods: pods.size, kuryrPorts: kuryrPorts.size, ports: inventory.size });

      /** Keys that failed, and wait: they are tried soon when something works again. */
      const failing = new Set<string>();
      const unlisten = context.checks.onRecovery(() => {
        for (const [key, afterMs] of recoveryTimes(failing, kubernetes.random))
          queue.add(key, { afterMs, priority: priorityOf(key) });
      });
      const reconcile = podReconciler({
        pods,
        nodes,
        kuryrPorts: cache,
        kuryrPortApi,
        inventory,
        ports,
        subnets,
        drivers,
        pool,
        bandwidth,
        events,
        metrics: counted,
        settings,
        seats,
        clock,
        onAction: (key, action) => {
          log.debug(action.do, { pod: key, reason: action.reason });
          if (action.do !== "create-kuryrport") return;
          const note = hostPortNote(action.pod, config.cni_daemon.chained_plugins);
          if (note !== undefined) events?.record(podReference(action.pod), note);
        },
      });
      const keeps = (port: NeutronPort): boolean => pool.keeps?.(port) === true;
      const pauseMs = (): number => pauseFor(resyncMs, inventory.size);
      const sweep = sweeper({ pods, kuryrPorts: cache, inventory, ports, bandwidth, clock, log, orphanGraceMs, keeps });
      running.push(
        pool.run?.(signal) ?? Promise.resolve(),
        sweep.run(signal),
        regularly(pauseMs, clock, signal, async (first) => {
          if (first) return;
          try {
            await refresh();
            sweep.listed();
            await pool.observed?.(signal);
          } catch (error) {
            if (signal.aborted) return;
            log.warn("reading the ports of the cluster: trying again", errorFields(error));
          }
          for (const key of [...pods.keys(), ...kuryrPorts.keys()]) queue.add(key, { priority: RESYNC });
        }),
        runWorkers(queue, {
          workers: startingAtOnce + endingAtOnce + neverAsking,
          reconcile: async (key, abort) => {
            const result = await reconcile(key, abort);
            if (result.deferred !== true) failing.delete(key);
            return result;
          },
          onError: (error, { key, failures, retryInMs }) => {
            // Whoever leads now does it.
            if (signal.aborted || error instanceof FencedError) return;
            failing.add(key);
            const note = failureNote(error);
            counted.failed(note.reason);
            const pod = pods.get(key);
            if (pod !== undefined) events?.record(podReference(pod), note);
            log.warn("pod is not as wanted", { pod: key, failures, retryInMs, ...errorFields(error) });
          },
          signal,
          drainMs,
        }).then(() => undefined),
      );
      await Promise.all(running);
      unlisten();
      unfollow();
      // The leader counts them.
      counted.ports(0);
    },
  };
}

/** Events are for people: of a whole cluster that waits, some pods are enough. */
const mostTold = 200;

/** Pods that wait for a port. */
function waitingPods(pods: Informer<PodView, "uid">, kuryrPorts: KuryrPortCache): PodView[] {
  const waiting: PodView[] = [];
  for (const pod of pods.values()) {
    if (!lacksPort(pod, kuryrPorts.get(keyOf(pod)))) continue;
    waiting.push(pod);
    if (waiting.length === mostTold) break;
  }
  return waiting;
}

/** Waits for something that goes on when the waiting is over. @throws the signal's reason */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Makes keys of what the caches hear, until the returned function is called. */
function follow(parts: {
  readonly pods: Informer<PodView, "uid">;
  readonly kuryrPorts: Informer<KuryrPortView, "podUid" | "portId">;
  readonly nodes: Informer<NodeView>;
  readonly cache: KuryrPortCache;
  readonly queue: WorkQueue;
  readonly priorityOf: (key: string) => number;
  readonly statuses: PortStatuses;
  readonly onAttached: (seconds: number) => void;
}): () => void {
  const { pods, kuryrPorts, nodes, cache, queue, priorityOf, statuses } = parts;
  const enqueuePod = (pod: PodView): void => {
    const key = keyOf(pod);
    if (!pod.networkedElsewhere && pod.nodeName !== "") queue.add(key, { priority: priorityOf(key) });
  };
  const enqueuePort = (view: KuryrPortView, gone: boolean): void => {
    const key = keyOf(view);
    cache.seen(key, view, gone);
    if (gone || view.awaited === undefined || view.deletingSince !== undefined) statuses.forget(key);
    else statuses.await({ key, uid: view.uid, resourceVersion: view.resourceVersion, portIds: view.portIds });
    queue.add(key, { priority: priorityOf(key) });
  };
  const measure = (view: KuryrPortView, attachedAt: number): void => {
    const pod = pods.get(keyOf(view));
    // Whatever somebody wrote there: one NaN would spoil the histogram's sum for good.
    if (pod?.uid === view.podUid && Number.isFinite(attachedAt))
      parts.onAttached(Math.max(0, attachedAt - pod.createdAt) / 1000);
  };
  // A KuryrPort's own event must be in the cache's books before a pod's event makes a reconcile look.
  const handled = [
    kuryrPorts.handle({
      add: (view) => enqueuePort(view, false),
      update: (old, view) => {
        if (view.attachedAt !== undefined && old.attachedAt === undefined) measure(view, view.attachedAt);
        enqueuePort(view, false);
      },
      delete: (view) => enqueuePort(view, true),
    }),
    pods.handle({ add: enqueuePod, update: (_, pod) => enqueuePod(pod), delete: enqueuePod }),
    nodes.handle({
      delete: (node) => {
        for (const port of kuryrPorts.values()) if (port.nodeName === node.name) queue.add(keyOf(port));
      },
    }),
  ];
  return () => {
    for (const unhandle of handled) unhandle();
  };
}
