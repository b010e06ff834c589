import { type Clock, keyOf } from "@kuryr/kubernetes";

import type { PodInterface } from "../api/kuryr-port.ts";
import { errorFields, type Logger } from "../log/logger.ts";
import type { AttachmentStore } from "./attachments.ts";
import { podOf, type CniCall } from "./cni/call.ts";
import { CniError, cniCodes } from "./cni/errors.ts";
import type { CniHandler } from "./cni/server.ts";
import type { AddFailures } from "./health/add-failures.ts";
import { firstSignal } from "../process/work-signal.ts";
import { KeyLock } from "../process/key-lock.ts";
import type { KuryrPortWaiters } from "./kuryr-ports.ts";
import { Limiter } from "../process/limiter.ts";
import type { DaemonMetrics } from "./metrics.ts";
import type { Plugger } from "./plug/plugger.ts";
import { add, type AddTimes } from "./verbs/add.ts";
import { check } from "./verbs/check.ts";
import { del } from "./verbs/del.ts";
import { collectGarbage } from "./verbs/gc.ts";
import { status, type Availability } from "./verbs/status.ts";

/** What the calls of the runtime are served with. */
export interface CallDependencies {
  readonly attachments: AttachmentStore;
  readonly plugger: Plugger;
  readonly ports: KuryrPortWaiters;
  readonly interfacesOf: (podUid: string) => readonly PodInterface[] | undefined;
  /** Milliseconds; see `AddDependencies`. */
  readonly timeoutMs: number;
  /** `[cni_daemon]worker_num`: pods that are plugged at once. */
  readonly atOnce: number;
  readonly failures: AddFailures;
  readonly metrics: DaemonMetrics;
  readonly availability: () => Availability;
  /** Resolves when the start is over; until then calls wait. */
  readonly started: Promise<void>;
  /** Told when what a pod has on this node has changed. */
  readonly lookAt: (podUid: string) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Serves the calls, and knows which pods are just being added. */
export interface Calls {
  readonly handle: CniHandler;
  /** Whether an ADD of the pod is under way. */
  isAdding(podUid: string): boolean;
  /** The port for which the pod's last ADD was taken back, where OVN had not programmed it. */
  notInstalled(podUid: string): string | undefined;
  /** The pod's KuryrPort is gone. */
  forget(podUid: string): void;
}

/** The calls of a pod one after the other, those of different pods at once. Calls end when `stopped` aborts. */
export function serveCalls(deps: CallDependencies, stopped: AbortSignal): Calls {
  const { attachments, plugger, log } = deps;
  const adding = new Map<string, number>();
  const notInstalled = new Map<string, string>();
  const locks = new KeyLock();
  const limiter = new Limiter(deps.atOnce);
  let hasStarted = false;
  void deps.started.then(() => {
    hasStarted = true;
  });

  const lockOf = (call: CniCall): string => {
    const attachment = attachments.get(call.containerId, call.ifName);
    if (attachment !== undefined) return `${attachment.namespace}/${attachment.name}`;
    const pod = podOf(call);
    return pod === undefined ? call.containerId : `${pod.namespace}/${pod.name}`;
  };

  const serveAdd = async (call: CniCall, signal: AbortSignal): Promise<object> => {
    const uid = podOf(call)?.uid ?? "";
    adding.set(uid, (adding.get(uid) ?? 0) + 1);
    try {
      const result = await add(
        call,
        {
          ports: deps.ports,
          attachments,
          plugger,
          limiter,
          timeoutMs: deps.timeoutMs,
          log,
          locked: (work) => locks.run(lockOf(call), work),
          onAdded: (port, attachment, times) => {
            log.debug("added", { pod: keyOf(port), sandbox: attachment.containerId, ...rounded(times) });
            deps.metrics.added(times);
            notInstalled.delete(port.podUid);
          },
          onNotInstalled: ({ podUid }, portId) => {
            notInstalled.set(podUid, portId);
            // The runtime calls a static pod by another UID.
            deps.lookAt(podUid);
          },
        },
        signal,
      );
      deps.failures.succeeded();
      return result;
    } catch (error) {
      // A daemon that stops gives its calls up; that is no failure of theirs.
      if (!signal.aborted) {
        deps.failures.failed(error, lockOf(call));
        log.warn("cannot add", { pod: lockOf(call), sandbox: call.containerId, ...errorFields(error) });
      }
      throw error;
    } finally {
      const left = (adding.get(uid) ?? 1) - 1;
      if (left === 0) adding.delete(uid);
      else adding.set(uid, left);
      deps.lookAt(uid);
      const attached = attachments.get(call.containerId, call.ifName);
      if (attached !== undefined && attached.podUid !== uid) deps.lookAt(attached.podUid);
    }
  };

  const serve = async (call: CniCall, signal: AbortSignal): Promise<object | undefined> => {
    if (call.command === "STATUS") {
      status(deps.availability());
      return undefined;
    }
    if (!hasStarted) await begun(deps, signal);
    switch (call.command) {
      case "ADD":
        return serveAdd(call, signal);
      case "DEL":
        await locks.run(lockOf(call), () => del(call, { attachments, plugger, onDetached: deps.lookAt }, signal));
        return undefined;
      case "CHECK":
        await locks.run(lockOf(call), () => check(call, deps));
        return undefined;
      case "GC":
        await collectGarbage(
          call,
          {
            attachments,
            plugger,
            locked: (pod, work) => locks.run(pod, work),
            onDetached: deps.lookAt,
            onCollected: (sandboxes) =>
              log.info("sandboxes that the runtime has forgotten are taken away", { sandboxes }),
          },
          signal,
        );
        return undefined;
      default:
        throw new CniError(cniCodes.invalidEnvironment, "KURYR_CNI_ENVIRONMENT", "an unknown command");
    }
  };

  return {
    isAdding: (podUid) => (adding.get(podUid) ?? 0) > 0,
    notInstalled: (podUid) => notInstalled.get(podUid),
    forget: (podUid) => void notInstalled.delete(podUid),
    handle: async (call, abort) => {
      const start = deps.clock.now();
      let failed = true;
      try {
        using either = firstSignal([abort, stopped]);
        const answer = await serve(call, either.signal);
        failed = false;
        return answer;
      } finally {
        deps.metrics.served(call.command, failed, (deps.clock.now() - start) / 1000);
      }
    },
  };
}

/** Calls that come while the daemon starts wait for it: the runtime would only repeat them. */
async function begun({ started, timeoutMs, availability }: CallDependencies, signal: AbortSignal): Promise<void> {
  const late = (): CniError => {
    const { switchDown, starting } = availability();
    const why = [...switchDown, ...starting].join("; ");
    return new CniError(cniCodes.tryAgain, "KURYR_NOT_STARTED", `the daemon is still starting: ${why}`);
  };
  using limited = firstSignal([signal], { timeoutMs, late });
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(limited.signal.reason);
  limited.signal.addEventListener("abort", onAbort, { once: true });
  if (limited.signal.aborted) onAbort();
  await Promise.race([started, promise]);
}

function rounded(times: AddTimes): Record<string, number> {
  return Object.fromEntries(
    Object.entries(times).map(([phase, ms]: [string, number]) => [phase, Math.round(ms * 100) / 100]),
  );
}
