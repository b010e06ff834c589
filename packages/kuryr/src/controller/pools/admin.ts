import { KuryrError } from "../../api/errors.ts";
import type { Pool } from "./book.ts";
import { deleteWaiting } from "./delete.ts";
import type { PoolFiller } from "./fill.ts";
import { maxBulk, roomOf } from "./plan.ts";
import type { PoolState } from "./state.ts";

/** A pool as its manager shows it; names as in the Networking API. */
export interface ShownPool {
  /** Short name: the digest in the marks of its ports. */
  readonly pool: string;
  readonly node: string;
  readonly project_id: string;
  readonly network_id: string;
  readonly subnets: readonly string[];
  readonly security_groups: readonly string[];
  readonly idle: number;
  readonly quarantined: number;
  readonly creating: number;
}

/** A port of a pool. */
export interface ShownPort {
  readonly id: string;
  readonly ip_addresses: readonly string[];
  readonly state: "idle" | "quarantined";
}

/** What people may do with pools. */
export interface PoolAdministration {
  list(): readonly ShownPool[];
  /** Pools that are meant, with their ports. */
  show(which: (pool: ShownPool) => boolean): readonly (ShownPool & { readonly ports: readonly ShownPort[] })[];
  /** Creates so many ports on each node, as far as they fit in. @returns how many there are now more */
  populate(nodes: readonly string[], count: number): Promise<number>;
  /** Deletes the ports that wait on these nodes, or on all. @returns how many */
  free(nodes: readonly string[] | undefined): Promise<number>;
}

/** Pools for their manager, while the controller leads. */
export function administration(state: PoolState, filler: PoolFiller, signal: AbortSignal): PoolAdministration {
  const { book, world, options } = state;
  const shown = (pool: Pool): ShownPool => {
    book.ripen(pool, state.now());
    return {
      pool: pool.digest,
      node: pool.key.node,
      project_id: pool.key.projectId,
      network_id: pool.key.networkId,
      subnets: pool.key.subnetIds,
      security_groups: pool.key.securityGroups,
      idle: pool.idle.size,
      quarantined: pool.resting.size,
      creating: pool.creating,
    };
  };
  const portsOf = (pool: Pool): ShownPort[] =>
    [
      ...[...pool.idle.keys()].map((id) => ({ id, state: "idle" as const })),
      ...[...pool.resting.keys()].map((id) => ({ id, state: "quarantined" as const })),
    ].map(({ id, state: is }) => ({
      id,
      ip_addresses: world.inventory.get(id)?.fixed_ips.map(({ ip_address }) => ip_address) ?? [],
      state: is,
    }));
  const checked = (nodes: readonly string[]): readonly string[] => {
    const unknown = nodes.filter((node) => !world.hasNode(node));
    if (unknown.length > 0)
      throw new KuryrError("KURYR_POOL_NODE", `no such node: ${unknown.join(", ")}`, "kubectl get nodes");
    return nodes;
  };
  const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);

  const populate = async (node: string, count: number): Promise<number> => {
    const pool = state.coming.get(node);
    if (pool === undefined) {
      throw new KuryrError(
        "KURYR_POOL_UNKNOWN",
        `what pods of ${node} need is not known before they come`,
        "is the node cordoned? Are the drivers of subnets and security groups the default ones?",
      );
    }
    const { resting, creating, returning } = pool;
    const wanted = Math.min(count, roomOf({ resting: resting.size, creating, returning }, pool.idle.size, options.max));
    const requests: Promise<number>[] = [];
    for (let left = wanted; left > 0; left -= maxBulk)
      requests.push(filler.fill(pool, Math.min(left, maxBulk), signal));
    const done = await Promise.allSettled(requests);
    const failed = done.find((one) => one.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    return sum(done.map((one) => (one.status === "fulfilled" ? one.value : 0)));
  };

  return {
    list: () => [...book.pools].map(shown),
    show: (which) => [...book.pools].map((pool) => ({ ...shown(pool), ports: portsOf(pool) })).filter(which),
    populate: async (nodes, count) => sum(await Promise.all(checked(nodes).map((node) => populate(node, count)))),
    async free(nodes) {
      const meant = nodes === undefined ? undefined : new Set(checked(nodes));
      const ids = [...book.pools]
        .filter(({ key }) => meant?.has(key.node) ?? true)
        .flatMap((pool) => [...pool.idle.keys(), ...pool.resting.keys()]);
      let deleted = 0;
      for (const id of ids) {
        // A pod may have come for it meanwhile.
        if (book.poolOf(id) !== undefined && (await deleteWaiting(state, id, "freed", signal))) deleted += 1;
      }
      return deleted;
    },
  };
}
