import { isKind } from "@kuryr/openstack";

import type { Deletion } from "./metrics.ts";
import type { PoolState } from "./state.ts";

const mostTries = 3;

/**
 * Deletes a port that waits. Nobody can take it any more once this has begun, and after a failure neither: then it is
 * deleted again as one that no pool can use. That Neutron has it as it was last seen keeps a controller that no longer
 * leads from deleting what Neutron knows to be a pod's.
 *
 * @returns false where somebody has changed it in between: the next look at all ports tells what it is
 */
export function deleteWaiting(
  { book, lock, world, ports, metrics, look }: PoolState,
  portId: string,
  why: Deletion,
  signal: AbortSignal,
): Promise<boolean> {
  book.leave(portId);
  const gone = (): true => {
    world.inventory.remove(portId);
    book.settled(portId);
    return true;
  };
  return lock.run(portId, async () => {
    let seen = world.inventory.get(portId);
    for (let tries = 0; seen !== undefined && tries < mostTries; tries += 1) {
      try {
        await ports.delete(portId, signal, seen.revision_number);
        metrics.deleted(why);
        return gone();
      } catch (error) {
        // Not even a refusal is certain: it may be the answer to a repetition, with the first try still under way.
        if (!isKind(error, "precondition")) throw error;
      }
      // Neutron itself changes a port some time after its interface is gone: it is DOWN then.
      const now = (await look(portId))?.port;
      if (now === undefined) return gone();
      seen = now.description === seen.description && now.device_id === seen.device_id ? now : undefined;
    }
    book.settled(portId);
    return false;
  });
}
