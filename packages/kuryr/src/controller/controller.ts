import { createEventRecorder, sleep, type Connection } from "@kuryr/kubernetes";
import type { Cloud } from "@kuryr/openstack";

import type { Configuration } from "../config/load.ts";
import { errorFields, type Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/registry.ts";
import { backgroundChecks, type Checks } from "./checks.ts";
import { enabledHandlers, type Handler } from "./handlers.ts";
import type { Leadership } from "./leadership/leadership.ts";
import { queueMetrics } from "./metrics.ts";
import { whileTrue } from "./pods/events.ts";
import type { PodTimes } from "./pods/handler.ts";

/** OpenStack usually answers sooner; a controller that it has not answered contends nevertheless, behind all others. */
const lateMs = 2000;

/** What a controller runs on. */
export interface ControllerDependencies {
  readonly kubernetes: Connection;
  readonly cloud: Cloud;
  readonly config: Configuration;
  /** The cluster's identity in ownership marks. */
  readonly cluster: string;
  /** Which process of the controller speaks in Events: the name of its pod. */
  readonly instance: string;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Other times than the usual ones. */
  readonly podTimes?: Partial<PodTimes>;
  /** Decides when it works. */
  readonly leadership: Leadership;
  /** Told once everything is in the caches and OpenStack has answered; it works then, or contends for the right to. */
  readonly onReady?: () => void;
}

/** A controller that has not begun its work. */
export interface Controller {
  readonly checks: Checks;
  /** Stands by, and works whenever it leads, until the signal aborts; resolves when all work has ended. */
  run(signal: AbortSignal): Promise<void>;
}

/** Makes a controller of the handlers and drivers that kuryr.conf names. @throws KuryrError for what it cannot be */
export async function createController(deps: ControllerDependencies): Promise<Controller> {
  const { kubernetes, cloud, config, cluster, metrics, log } = deps;
  const recorder = config.kubernetes.use_events
    ? createEventRecorder(kubernetes, {
        component: "kuryr-controller",
        instance: deps.instance,
        onError: (error, about) =>
          log.debug("an Event could not be written", {
            about: `${about.namespace}/${about.name}`,
            ...errorFields(error),
          }),
      })
    : undefined;
  const checks = backgroundChecks({ kubernetes, cloud, projectId: config.neutron_defaults.project, metrics, log });
  const handlers = await enabledHandlers({
    kubernetes,
    cloud,
    config,
    cluster,
    log,
    metrics,
    queueMetrics: queueMetrics(metrics),
    events: recorder === undefined ? undefined : whileTrue(recorder, () => deps.leadership.speaks()),
    checks,
    ...(deps.podTimes === undefined ? {} : { podTimes: deps.podTimes }),
  });
  return {
    checks,
    async run(signal) {
      const [synced, ready] = [all(handlers.length), all(handlers.length)];
      const progress = { onSynced: synced.one, onReady: ready.one };
      let able = false;
      const becomesAble = ready.done.then(() => {
        able = true;
        deps.onReady?.();
      });
      const watching = Promise.all(handlers.map((handler) => handler.watch(signal, progress)));
      const leading = async (): Promise<void> => {
        // A controller that knows nothing yet must not take the lead from one that does.
        await Promise.race([synced.done, watching]);
        const late = sleep(kubernetes.clock, lateMs, signal).catch(() => undefined);
        await Promise.race([becomesAble, late, watching]);
        if (signal.aborted) return;
        await deps.leadership.run(
          signal,
          (term) => workTogether(handlers, term),
          () => able,
        );
      };
      await Promise.all([recorder?.run(signal), checks.run(signal), watching, leading()]);
    },
  };
}

/** Resolves when it has been told as often as there are parts. */
function all(parts: number): { readonly done: Promise<void>; readonly one: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let missing = parts;
  if (missing === 0) resolve();
  return {
    done: promise,
    one: () => {
      missing -= 1;
      if (missing === 0) resolve();
    },
  };
}

/** All handlers, for one term. When one fails the others are stopped, and waited for, before the failure is told. */
async function workTogether(handlers: readonly Handler[], term: AbortSignal): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([term, failed.signal]);
  const outcomes = await Promise.allSettled(
    handlers.map(async (handler) => {
      try {
        await handler.work(signal);
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    }),
  );
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
