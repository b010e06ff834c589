import { isKind } from "@kuryr/openstack";

import type { Deletion } from "./metrics.ts";
import type { PoolState } from "./state.ts";

const mostTries = 3;

/**
 * Deletes a port that waits. Nobody can take it any more once this has begun; that Neutron has it as it was last seen
 * keeps a controller that no longer leads from deleting what another one has handed out.
 *
 * @returns false where somebody has changed it in between: the next look at all ports tells what it is
 */
export async function deleteWaiting(
  { book, world, ports, metrics, look }: Pick<PoolState, "book" | "world" | "ports" | "metrics" | "look">,
  portId: string,
  why: Deletion,
  signal: AbortSignal,
): Promise<boolean> {
  book.drop(portId);
  let seen = world.inventory.get(portId);
  for (let tries = 0; seen !== undefined && tries < mostTries; tries += 1) {
    try {
      await ports.delete(portId, signal, seen.revision_number);
      world.inventory.remove(portId);
      metrics.deleted(why);
      return true;
    } catch (error) {
      if (!isKind(error, "precondition")) throw error;
    }
    // Neutron itself changes a port some time after its interface is gone: it is DOWN then.
    const now = (await look(portId))?.port;
    if (now === undefined) {
      world.inventory.remove(portId);
      return true;
    }
    seen = now.description === seen.description && now.device_id === seen.device_id ? now : undefined;
  }
  return false;
}
