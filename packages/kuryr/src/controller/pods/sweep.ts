import type { Clock } from "@kuryr/kubernetes";

import { errorFields, type Logger } from "../../log/logger.ts";
import { Alarm } from "../../process/alarm.ts";
import type { BandwidthPolicies } from "../bandwidth/policies.ts";
import type { PortGateway } from "../ports/gateway.ts";
import type { NeutronPort, PortInventory } from "../ports/inventory.ts";
import { OrphanFinder } from "../ports/orphans.ts";
import type { KuryrPortCache } from "./kuryr-ports.ts";
import { needsPort, type PodView } from "./plan.ts";

export interface SweepDependencies {
  readonly pods: { byIndex(index: "uid", uid: string): readonly PodView[]; values(): Iterable<PodView> };
  readonly kuryrPorts: KuryrPortCache;
  readonly inventory: PortInventory;
  readonly ports: Pick<PortGateway, "delete">;
  readonly bandwidth: BandwidthPolicies;
  readonly clock: Clock;
  readonly log: Logger;
  /** Milliseconds that a port may be without owner. */
  readonly orphanGraceMs: number;
  /** Whether a port without pod is the business of the pools. */
  readonly keeps: (port: NeutronPort) => boolean;
}

/** Deletes, until the signal aborts, what has this cluster's mark and belongs to nobody. */
export interface Sweeper {
  run(signal: AbortSignal): Promise<void>;
  /** All ports have been listed. */
  listed(): void;
}

/**
 * Looks whenever the ports have been listed and, while one is without owner, when it may be so no longer: what was made for
 * nobody goes a grace period after the list that had it. Nothing is asked of Neutron for that.
 */
export function sweeper(deps: SweepDependencies): Sweeper {
  const { pods, kuryrPorts, inventory } = deps;
  const orphans = new OrphanFinder(deps.orphanGraceMs);
  const owned = (uid: string): boolean => pods.byIndex("uid", uid).some(needsPort) || kuryrPorts.hasPodUid(uid);
  // A port from a pool is a pod's as soon as the pod's KuryrPort names it, whoever Neutron thinks has it.
  const isNamed = (port: NeutronPort): boolean =>
    !kuryrPorts.hasPodUid(port.device_id) && kuryrPorts.ofPort(port.id) !== undefined;
  const sweepPorts = async (signal: AbortSignal): Promise<void> => {
    const marked = [...inventory.values()]
      .filter((port) => !deps.keeps(port) && !isNamed(port))
      .map((port) => ({ id: port.id, podUid: port.device_id }));
    for (const id of orphans.look(marked, owned, deps.clock.now())) {
      deps.log.warn("deleting a port that belongs to no pod", { port: id });
      try {
        await deps.ports.delete(id, signal);
        inventory.remove(id);
      } catch (error) {
        signal.throwIfAborted();
        // The others need not wait for it.
        deps.log.warn("a port that belongs to no pod cannot be deleted: trying again", {
          port: id,
          ...errorFields(error),
        });
      }
    }
  };
  const sweepPolicies = (signal: AbortSignal): Promise<void> => {
    const used = new Set(
      [...inventory.values()].flatMap(({ qos_policy_id: id }) => (typeof id === "string" ? [id] : [])),
    );
    return deps.bandwidth.collect(pods.values(), used, signal);
  };
  const alarm = new Alarm(deps.clock);
  let isNew = true;
  return {
    listed() {
      isNew = true;
      alarm.ring();
    },
    async run(signal) {
      while (!signal.aborted) {
        try {
          await sweepPorts(signal);
          if (isNew) {
            isNew = false;
            await sweepPolicies(signal);
          }
        } catch (error) {
          if (!signal.aborted) deps.log.warn("looking for what belongs to nobody: trying again", errorFields(error));
        }
        await alarm.wait(orphans.suspects > 0 ? deps.orphanGraceMs : Number.POSITIVE_INFINITY, signal);
      }
    },
  };
}
