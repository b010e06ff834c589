import type { Kubernetes } from "@kuryr/fakes";
import { connect, systemClock, type Clock } from "@kuryr/kubernetes";

import type { Cloud } from "@kuryr/openstack";

import type { Configuration } from "../../config/load.ts";
import { jsonLogger } from "../../log/logger.ts";
import { Metrics } from "../../metrics/registry.ts";
import { createController, type ControllerDependencies } from "../controller.ts";
import { meteredFence } from "../leadership/fence.ts";
import { identityOf } from "../leadership/identity.ts";
import { alone, elected, type LeaseTimes } from "../leadership/leadership.ts";
import { requestMetrics } from "../metrics.ts";
import type { TestCloud } from "./rig.ts";

/** Where a controller works. */
export interface ControllerPlace {
  readonly server: Kubernetes;
  readonly on: TestCloud;
  readonly config: Configuration;
  readonly cluster: string;
}

export interface ControllerOptions {
  /** The name of its pod; the UID is derived from it, so the same name is the same pod. */
  readonly pod: string;
  readonly podTimes?: ControllerDependencies["podTimes"];
  readonly leaseTimes?: Partial<LeaseTimes>;
  /** Default true. */
  readonly waitUntilReady?: boolean;
  /** Where its lines go. */
  readonly log?: string[];
}

/** A controller in this process, as its own process would be. */
export interface TestController {
  /** The name of its pod. */
  readonly pod: string;
  readonly cloud: Cloud;
  /** Once it is ready, or has been killed. */
  readonly ready: Promise<void>;
  readonly metrics: Metrics;
  readonly log: string[];
  /** Writes that were let through, in order: `POST ports`, `create kuryrports.openstack.org`, ... */
  readonly writes: readonly string[];
  role(): string;
  /** What SIGSTOP does to its timers; time itself goes on. */
  pause(): void;
  /** What SIGCONT does. */
  resume(): void;
  /** What SIGKILL does: from now on it sends nothing. */
  kill(): Promise<void>;
  /** What SIGTERM does. */
  stop(): Promise<void>;
}

/** A clock whose timers can be held up. */
class PausableClock implements Clock {
  #held: Set<() => void> | undefined;

  now(): number {
    return systemClock.now();
  }

  wallTime(): number {
    return systemClock.wallTime();
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const fire = (): void => {
      if (this.#held === undefined) callback();
      else this.#held.add(callback);
    };
    const cancel = systemClock.schedule(delayMs, fire);
    return () => {
      cancel();
      this.#held?.delete(callback);
    };
  }

  pause(): void {
    this.#held ??= new Set();
  }

  resume(): void {
    const due = this.#held ?? new Set();
    this.#held = undefined;
    for (const callback of due) callback();
  }
}

const dead = new Error("killed");

/** Starts a controller. */
export async function startController(place: ControllerPlace, options: ControllerOptions): Promise<TestController> {
  const { server, on, config, cluster } = place;
  const metrics = new Metrics();
  const requests = requestMetrics(metrics, (service) => cloud.load(service));
  const clock = new PausableClock();
  const fence = meteredFence(metrics);
  const { pod, log = [] } = options;
  const logger = jsonLogger({ level: "warn", write: (line) => void log.push(line) });
  const writes: string[] = [];
  let killed = false;
  const admitted = (what: string, limitMs: () => number): number => {
    if (killed) throw dead;
    const limit = limitMs();
    if (!what.endsWith("leases.coordination.k8s.io") && !what.endsWith(" events")) writes.push(what);
    return limit;
  };
  const kubernetes = connect({
    server: server.url,
    token: server.token,
    clock,
    onRequest: requests.onKubernetes,
    admitWrite: (write) => admitted(`${write.verb} ${write.resource ?? ""}`, () => fence.onKubernetes(write)),
  });
  const cloud = on.connect({
    onRequest: requests.onOpenStack,
    admitWrite: (write) => admitted(write.operation, () => fence.onOpenStack(write)),
  });
  const identity = identityOf({ KUBERNETES_POD_NAME: pod, KUBERNETES_POD_UID: `uid-of-${pod}` });
  const leads = config.kubernetes.leader_election ? elected : alone;
  const leadership = leads({
    kubernetes,
    fence,
    identity,
    metrics,
    log: logger,
    ...(options.leaseTimes === undefined ? {} : { times: options.leaseTimes }),
  });
  const ready = Promise.withResolvers<void>();
  const close = (): void => {
    cloud.close();
    kubernetes.close();
  };
  const controller = await createController({
    kubernetes,
    cloud,
    config,
    cluster,
    instance: identity.instance,
    leadership,
    metrics,
    log: logger,
    ...(options.podTimes === undefined ? {} : { podTimes: options.podTimes }),
    onReady: ready.resolve,
  }).catch((error: unknown) => {
    close();
    throw error;
  });
  const ending = new AbortController();
  const run = controller.run(ending.signal).finally(close);
  const ended = run.catch((error: unknown) => {
    if (!killed) throw error;
  });
  const isReady = Promise.race([ready.promise, ended]);
  // Who waits for it is told; a test that does not sees what stopping it throws.
  isReady.catch(() => undefined);
  return {
    pod,
    cloud,
    ready: isReady,
    metrics,
    log,
    writes,
    role: () => leadership.role(),
    pause: () => clock.pause(),
    resume: () => clock.resume(),
    async kill() {
      killed = true;
      ending.abort(dead);
      clock.resume();
      await run.catch(() => undefined);
    },
    async stop() {
      ending.abort(new Error("stopped"));
      clock.resume();
      await run.catch((error: unknown) => {
        if (!killed) throw error;
      });
    },
  };
}
