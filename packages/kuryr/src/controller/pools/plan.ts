/** What the plan needs to know of one pool. */
export interface PoolObservation {
  readonly digest: string;
  /** Ports to hand out, those that are idle for the longest in front, with when they became so in milliseconds. */
  readonly idle: ReadonlyMap<string, number>;
  /** Ports whose addresses rest before they are handed out again. */
  readonly resting: number;
  /** Ports on their way into the pool: being created, or given back. */
  readonly creating: number;
  readonly returning: number;
  /** Pods of this kind can come: the pool is kept at its minimum. */
  readonly wanted: boolean;
  /** Pods of this kind have come: it is filled by whole batches. */
  readonly asked: boolean;
  /** Nothing is to be created now: it failed a moment ago, or pods go first. */
  readonly held: boolean;
}

/** Everything a plan is made from. */
export interface PoolsObservation {
  readonly now: number;
  readonly pools: readonly PoolObservation[];
  /** `[vif_pool]ports_pool_min`, `_max` (0 is no limit) and `_batch`. */
  readonly min: number;
  readonly max: number;
  readonly batch: number;
  /** `[vif_pool]ports_pool_ttl` in milliseconds; 0 keeps idle ports for ever. */
  readonly ttlMs: number;
  /** Bulk requests that may begin. */
  readonly requests: number;
  /** Deletions that may begin. */
  readonly deletions: number;
}

/** One thing to do, with the reason a person is told. */
export type PoolAction = { readonly digest: string; readonly reason: string } & (
  | { readonly do: "create"; readonly count: number }
  | { readonly do: "delete"; readonly portId: string; readonly why: "surplus" | "unused" }
);

/** A bulk request answers when its last port is done, and costs Neutron as much for each port as a single one. */
export const maxBulk = 10;

/**
 * Plans all pools: a pool that has fallen below its minimum gets a batch (or its minimum, while no pod has asked), and
 * never more than its maximum; what was idle for too long goes. What is on its way counts as there. Pure.
 */
export function planPools(seen: PoolsObservation): PoolAction[] {
  return [...planDeletions(seen), ...planCreations(seen)];
}

/** What fits in beside all that is there and on its way. */
export function roomOf(pool: Pick<PoolObservation, "resting" | "creating" | "returning">, idle: number, max: number) {
  if (max === 0) return Number.POSITIVE_INFINITY;
  return Math.max(0, max - idle - pool.resting - pool.creating - pool.returning);
}

function planCreations(seen: PoolsObservation): PoolAction[] {
  const needy = seen.pools
    .map((pool) => ({ pool, has: pool.idle.size + pool.creating + pool.returning, count: missingIn(pool, seen) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => a.has - b.has);
  const size = Math.min(seen.batch, maxBulk);
  const actions: PoolAction[] = [];
  for (const { pool, has, count } of needy) {
    for (let left = count; left > 0 && actions.length < seen.requests; left -= size) {
      const reason = `${has} ports wait or are on their way, and ${seen.min} should`;
      actions.push({ do: "create", digest: pool.digest, count: Math.min(left, size), reason });
    }
  }
  return actions;
}

function missingIn(pool: PoolObservation, { min, max, batch }: PoolsObservation): number {
  if (pool.held || !pool.wanted) return 0;
  const has = pool.idle.size + pool.creating;
  if (has >= min) return 0;
  const count = Math.max(pool.asked ? batch : 0, min - has);
  return Math.min(count, roomOf(pool, pool.idle.size, max));
}

function planDeletions(seen: PoolsObservation): PoolAction[] {
  const actions: PoolAction[] = [];
  for (const pool of seen.pools) {
    const surplus = seen.max === 0 ? 0 : pool.idle.size + pool.resting - seen.max;
    const keep = pool.wanted ? seen.min : 0;
    let left = pool.idle.size;
    let index = -1;
    for (const [id, since] of pool.idle) {
      index += 1;
      if (actions.length >= seen.deletions) return actions;
      const unused = seen.ttlMs > 0 && seen.now - since >= seen.ttlMs && left > keep;
      if (index >= surplus && !unused) break;
      const why = index < surplus ? "surplus" : "unused";
      const reason = why === "surplus" ? `more than ${seen.max} ports wait` : "no pod has asked for it";
      actions.push({ do: "delete", digest: pool.digest, portId: id, why, reason });
      left -= 1;
    }
  }
  return actions;
}
