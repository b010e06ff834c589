import { keyOf } from "@kuryr/kubernetes";
import { isKind } from "@kuryr/openstack";

import { errorFields } from "../../log/logger.ts";
import { Limiter } from "../../process/limiter.ts";
import { mostTries } from "./give.ts";
import type { PoolState } from "./state.ts";

/** Requests at once: pods that wait for a port of their own go first. */
const atOnce = 4;

/** Tells Neutron which pods have the ports that came from pools: off the path, in one PUT for each. */
export function teller(state: PoolState): (signal: AbortSignal) => void {
  const { claims, ports, world } = state;
  const limiter = new Limiter(atOnce);
  const busy = new Set<string>();

  const once = async (portId: string, signal: AbortSignal): Promise<void> => {
    const seen = await state.look(portId);
    const identity = claims.of(portId);
    if (identity === undefined) return;
    if (seen === undefined) {
      const owner = world.ownerOf(portId);
      state.log.warn("the port of a pod is gone from Neutron, and its network with it: delete the pod", {
        port: portId,
        ...(owner === undefined ? {} : { pod: keyOf(owner) }),
      });
      claims.end(portId);
      return;
    }
    const { full } = seen;
    const known =
      full.device_id === identity.device_id &&
      full.description === identity.description &&
      (identity.name === undefined || full.name === identity.name);
    const port = known ? seen.port : await ports.update(portId, identity, seen.port.revision_number, signal);
    // It may have been given back, or deleted, in between.
    if (claims.of(portId) !== identity) return;
    claims.end(portId);
    world.inventory.put(port);
  };

  const tell = async (portId: string, signal: AbortSignal): Promise<void> => {
    for (let tries = 0; tries < mostTries; tries += 1) {
      try {
        await state.lock.run(portId, () => once(portId, signal));
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (isKind(error, "precondition")) continue;
        state.log.debug("Neutron cannot be told whose a port is: trying again", {
          port: portId,
          ...errorFields(error),
        });
        break;
      }
    }
    claims.failed(portId, state.now());
  };

  return (signal) => {
    for (const portId of claims.due(state.now(), state.lastTakeAt, world.isStarting)) {
      if (busy.has(portId)) continue;
      busy.add(portId);
      void limiter
        .run(() => tell(portId, signal), signal)
        .catch(() => undefined)
        .finally(() => {
          busy.delete(portId);
          state.alarm.ring();
        });
    }
  };
}
