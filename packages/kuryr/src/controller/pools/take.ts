import { OpenStackError, type PortCreate } from "@kuryr/openstack";

import type { LivePool } from "../pods/drivers/drivers.ts";
import type { NeutronPort } from "../ports/inventory.ts";
import type { Pool } from "./book.ts";
import { deleteWaiting } from "./delete.ts";
import { keyOfWanted, type PoolKey } from "./key.ts";
import type { PoolState } from "./state.ts";

/** So many ports are freed for one pod at most: others may take what was freed. */
const mostFreed = 3;

/**
 * Gives a pod a port: one that waits, without a word to Neutron, or a new one. What Neutron has to know of a port from a
 * pool follows once a KuryrPort names it.
 */
export function taker(state: PoolState): LivePool["take"] {
  const { book, claims, world, metrics, ports } = state;

  const mayBeTaken = (portId: string): boolean =>
    // A port that a KuryrPort names is somebody's, also while that one is on its way out.
    claims.of(portId) === undefined && world.ownerOf(portId) === undefined && world.inventory.get(portId) !== undefined;

  const waiting = (pool: Pool, wanted: PortCreate): NeutronPort | undefined => {
    const portId = book.take(pool, state.now(), mayBeTaken);
    const port = portId === undefined ? undefined : world.inventory.get(portId);
    if (port === undefined) return undefined;
    const { device_id = "", description = "", name } = wanted;
    claims.make(port.id, { device_id, description, ...(name === undefined ? {} : { name }) });
    return claims.seenAs(port);
  };

  const create = async (wanted: PortCreate, key: PoolKey | undefined, signal: AbortSignal): Promise<NeutronPort> => {
    state.misses += 1;
    try {
      for (let freed = 0; ; freed += 1) {
        try {
          return await ports.create(wanted, signal);
        } catch (error) {
          if (!(error instanceof OpenStackError) || !["quota", "ip-exhausted"].includes(error.kind)) throw error;
          if (key !== undefined) state.exhausted({ key }, error);
          if (freed >= mostFreed || !(await free(wanted, error, signal))) throw error;
        }
      }
    } finally {
      state.misses -= 1;
      state.lastTakeAt = state.now();
      state.alarm.ring();
    }
  };

  /** Deletes a port that waits, so that a pod in need gets what it takes up. */
  const free = async (wanted: PortCreate, error: OpenStackError, signal: AbortSignal): Promise<boolean> => {
    const subnets = new Set((wanted.fixed_ips ?? []).map((fixed) => fixed.subnet_id));
    const helps = ({ key }: Pool): boolean => error.kind === "quota" || key.subnetIds.some((id) => subnets.has(id));
    const [pool] = [...book.pools].filter((one) => one.idle.size > 0 && helps(one)).sort(byIdle);
    const [portId] = pool?.idle.keys() ?? [];
    return portId !== undefined && (await deleteWaiting(state, portId, "freed", signal));
  };

  return async (wanted, signal, mayAsk) => {
    const key = keyOfWanted(wanted, await state.ownProject(signal));
    state.lastTakeAt = state.now();
    state.alarm.ring();
    if (key === undefined) return mayAsk() ? create(wanted, key, signal) : undefined;
    const pool = book.pool(key);
    pool.askedAt = state.now();
    const port = waiting(pool, wanted);
    if (port === undefined) {
      if (!mayAsk()) return undefined;
      metrics.miss();
      return create(wanted, key, signal);
    }
    metrics.hit();
    return port;
  };
}

const byIdle = (a: Pool, b: Pool): number => b.idle.size - a.idle.size;
