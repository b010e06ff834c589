import { isKind } from "@kuryr/openstack";

import { KuryrError } from "../../api/errors.ts";
import type { KuryrPortView } from "../pods/plan.ts";
import type { LookedAt } from "../ports/gateway.ts";
import type { NeutronPort } from "../ports/inventory.ts";
import type { Pool } from "./book.ts";
import { digestOf, keyOfPort } from "./key.ts";
import { parsePoolMark, type PoolMark } from "./mark.ts";
import type { Deletion } from "./metrics.ts";
import { roomOf } from "./plan.ts";
import { hasShape } from "./shape.ts";
import type { PoolState } from "./state.ts";

/** More changes of one port by others than can be. */
export const mostTries = 5;

/**
 * Takes a port back that its node has released: one PUT makes it a port that waits, and its address rests. What does not
 * fit into a pool is deleted.
 */
export function giver(state: PoolState): (portId: string, signal: AbortSignal) => Promise<NeutronPort | undefined> {
  const { book, claims, world, ports, metrics, options } = state;

  const fitting = ({ full, port }: LookedAt): Pool | Deletion => {
    const { node } = keyOfPort(port, state.shape);
    if (port["binding:vif_type"] === "binding_failed" || !hasShape(full, state.shape)) return "unfit";
    if (port.fixed_ips.length === 0 || node === "" || !world.hasNode(node)) return "unfit";
    const pool = book.pool(keyOfPort(port, state.shape));
    if (!state.wanted(pool)) return "unused";
    return roomOf(countsOf(pool), pool.idle.size, options.max) < 1 ? "no-room" : pool;
  };

  const once = async (portId: string, signal: AbortSignal): Promise<NeutronPort | undefined> => {
    const seen = await state.look(portId);
    if (seen === undefined) return undefined;
    const pool = book.isLeaving(portId) ? "unfit" : fitting(seen);
    if (typeof pool === "string") {
      // Whatever the answer is, from now on the port may go at any time.
      book.leave(portId);
      await ports.delete(portId, signal, seen.port.revision_number);
      book.settled(portId);
      metrics.deleted(pool);
      return undefined;
    }
    const before = parsePoolMark(state.cluster, seen.port.description ?? "");
    // Given back by whoever led before, who did not come to say so.
    if (before?.digest === pool.digest && isOfThisEnd(before, world.ownerOf(portId))) {
      state.waits(pool, seen.port, before.releasedAt);
      return seen.port;
    }
    pool.returning += 1;
    try {
      const releasedAt = state.clock.wallTime();
      const identity = state.waitingAs(pool, releasedAt);
      const port = await ports.update(portId, identity, seen.port.revision_number, signal);
      if (digestOf(keyOfPort(port, state.shape)) === pool.digest) state.waits(pool, port, releasedAt);
      else world.inventory.put(port);
      return port;
    } finally {
      pool.returning -= 1;
    }
  };

  return (portId, signal) => {
    claims.end(portId);
    return state.lock.run(portId, async () => {
      // Given already: it was the finalizer that did not go.
      if (book.poolOf(portId) !== undefined) return world.inventory.get(portId);
      for (let tries = 0; tries < mostTries; tries += 1) {
        try {
          return await once(portId, signal);
        } catch (error) {
          if (isKind(error, "not-found")) return undefined;
          if (!isKind(error, "precondition")) throw error;
        }
      }
      throw new KuryrError("KURYR_PORT_CHANGES", `port ${portId} changes all the time`, "who else writes to it?");
    });
  };
}

/**
 * Whether a mark was written when the pod that has the port now ended: after its KuryrPort was deleted. An older one is that
 * of the pod before, where Neutron was not told of this one. Both times are cut to seconds.
 */
const isOfThisEnd = ({ releasedAt }: PoolMark, owner: KuryrPortView | undefined): boolean =>
  releasedAt !== undefined && owner?.deletingSince !== undefined && releasedAt > owner.deletingSince - 1000;

const countsOf = ({ resting, creating, returning }: Pool) => ({ resting: resting.size, creating, returning });
