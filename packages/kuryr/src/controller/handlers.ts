import type { Connection } from "@kuryr/kubernetes";
import type { Cloud } from "@kuryr/openstack";

import { KuryrError } from "../api/errors.ts";
import type { Configuration } from "../config/load.ts";
import { options } from "../config/options.ts";
import type { Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/registry.ts";
import type { Checks } from "./checks.ts";
import type { QueueMetrics } from "./metrics.ts";
import type { EventSink } from "./pods/events.ts";
import { choosePodDrivers } from "./pods/drivers/registries.ts";
import { podsHandler, type PodTimes } from "./pods/handler.ts";
import { choose, type Factory, type Registry } from "./registry.ts";

/** What a handler works with. */
export interface HandlerContext {
  readonly kubernetes: Connection;
  readonly cloud: Cloud;
  readonly config: Configuration;
  /** The cluster's identity in ownership marks. */
  readonly cluster: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly queueMetrics: QueueMetrics;
  /** Missing where `[kubernetes]use_events` is off. */
  readonly events: EventSink | undefined;
  readonly checks: Pick<Checks, "onRecovery">;
  /** Other times than the usual ones. */
  readonly podTimes?: Partial<PodTimes>;
}

/** How far a handler is in seeing the cluster. */
export interface WatchProgress {
  /** Its caches are filled: it could work. */
  readonly onSynced: () => void;
  /** It has also seen that what it needs for its work can be reached. */
  readonly onReady: () => void;
}

/** One capability of the controller. */
export interface Handler {
  /**
   * Fills its caches and keeps them, until the signal aborts. It runs in every controller from the start, so that one that
   * takes over is warm, and writes nothing.
   */
  watch(signal: AbortSignal, progress: WatchProgress): Promise<void>;
  /**
   * Works until the signal aborts, and resolves when all of it has ended. It runs only while this controller leads, may run
   * again later, and looks anew each time: others may have worked in between.
   */
  work(signal: AbortSignal): Promise<void>;
}

const services = "Services are left to kube-proxy";
const policies = "NetworkPolicies have no effect";
const namespaces = "namespaces have no networks of their own";

/** `[kubernetes]enabled_handlers`: names of Rocky (0.5) and of the last release (10.0). */
const handlers: Registry<HandlerContext, Handler> = {
  option: "[kubernetes]enabled_handlers",
  exported: "createHandler",
  // Pods and their KuryrPorts are one capability; Rocky had only the first name.
  known: new Map<string, Factory<HandlerContext, Handler>>([
    ["vif", podsHandler],
    ["kuryrport", podsHandler],
  ]),
  notYet: new Map([
    ["service", services],
    ["endpoints", services],
    ["kuryrloadbalancer", services],
    ["lb", services],
    ["lbaasspec", services],
    ["namespace", namespaces],
    ["kuryrnetwork", namespaces],
    ["kuryrnetwork_population", namespaces],
    ["policy", policies],
    ["kuryrnetworkpolicy", policies],
    ["pod_label", policies],
    ["ingresslb", "Routes are not served"],
    ["ocproute", "Routes are not served"],
    ["openshift_machine", "nodes in virtual machines are not served"],
  ]),
};

/** Looks for every name in kuryr.conf, before anything is asked of anybody. @throws KuryrError for an unknown one */
export async function checkNames({ kubernetes }: Configuration): Promise<void> {
  for (const name of kubernetes.enabled_handlers) await choose(handlers, name);
  await choosePodDrivers(kubernetes);
}

/** The handlers that kuryr.conf enables, each once. @throws KuryrError for an unknown name, and when there are none */
export async function enabledHandlers(context: HandlerContext): Promise<Handler[]> {
  const factories = new Set<Factory<HandlerContext, Handler>>();
  const without = new Map<string, string[]>();
  for (const name of context.config.kubernetes.enabled_handlers) {
    const choice = await choose(handlers, name);
    if ("factory" in choice) factories.add(choice.factory);
    else without.set(choice.notYet, [...(without.get(choice.notYet) ?? []), name]);
  }
  // Whoever sets nothing gets the list of the last release: no reason to warn.
  const chosen = context.config.kubernetes.enabled_handlers.join(",") !== options.kubernetes.enabled_handlers.default;
  for (const [effect, names] of without) {
    context.log[chosen ? "warn" : "info"](
      `[kubernetes]enabled_handlers names what this version does not have: ${effect}`,
      {
        handlers: names,
      },
    );
  }
  if (factories.size === 0) {
    throw new KuryrError(
      "KURYR_CONFIG_REQUIRED",
      "[kubernetes]enabled_handlers enables nothing that this version has",
      "name vif, and restart the controller",
    );
  }
  return Promise.all([...factories].map(async (factory) => factory(context)));
}
