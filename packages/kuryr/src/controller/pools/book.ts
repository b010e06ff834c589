import { digestOf, type PoolKey } from "./key.ts";

/** Ports whose creation was not answered. */
export interface Unsure {
  /** Neutron ended while it made them: what there is of them may be no use to any pod. */
  cutOff: boolean;
  /** Ports that lists have told of since. */
  readonly seen: Set<string>;
}

/** One pool: ports of one key that no pod has. Times in milliseconds of the monotonic clock. */
export interface Pool {
  readonly digest: string;
  readonly key: PoolKey;
  /** Ports to hand out, those that became idle first in front, with when they did. */
  readonly idle: Map<string, number>;
  /** Ports whose addresses rest: a pod had them a moment ago. With when they have rested enough. */
  readonly resting: Map<string, number>;
  /** Ports that are being created. */
  creating: number;
  /** Ports that are being given back. */
  returning: number;
  /** When a pod last asked; missing while none has. */
  askedAt: number | undefined;
  /** Nothing is created before. */
  notBefore: number;
  /** Creations that failed one after the other. */
  failures: number;
  /** A creation's answer was lost: the ports may be there. Missing where every creation was answered. */
  unsure: Unsure | undefined;
}

/** Which ports wait for pods. Only what is written here is ever handed out, and each to one pod. */
export class PoolBook {
  readonly #pools = new Map<string, Pool>();
  readonly #poolOf = new Map<string, Pool>();
  /** Ports that are to be deleted, until it is certain what became of them. */
  readonly #leaving = new Set<string>();

  get pools(): Iterable<Pool> {
    return this.#pools.values();
  }

  /** Ports that wait or leave. */
  *ids(): Iterable<string> {
    yield* this.#poolOf.keys();
    yield* this.#leaving;
  }

  /** The pool of a key; made if there is none. */
  pool(key: PoolKey): Pool {
    const digest = digestOf(key);
    let pool = this.#pools.get(digest);
    if (pool === undefined) {
      pool = {
        digest,
        key,
        idle: new Map(),
        resting: new Map(),
        creating: 0,
        returning: 0,
        askedAt: undefined,
        notBefore: Number.NEGATIVE_INFINITY,
        failures: 0,
        unsure: undefined,
      };
      this.#pools.set(digest, pool);
    }
    return pool;
  }

  byDigest(digest: string): Pool | undefined {
    return this.#pools.get(digest);
  }

  poolOf(portId: string): Pool | undefined {
    return this.#poolOf.get(portId);
  }

  /** A port begins to wait: at once, or when its address has rested. One that leaves does not. */
  add(pool: Pool, portId: string, now: number, restUntil = now): void {
    this.drop(portId);
    if (this.#leaving.has(portId)) return;
    this.#poolOf.set(portId, pool);
    if (restUntil > now) pool.resting.set(portId, restUntil);
    else pool.idle.set(portId, now);
  }

  /** A port waits no longer: a pod has it, or it goes. */
  drop(portId: string): void {
    const pool = this.#poolOf.get(portId);
    if (pool === undefined) return;
    this.#poolOf.delete(portId);
    pool.idle.delete(portId);
    pool.resting.delete(portId);
  }

  /**
   * A port is about to be deleted. From now on nobody gets it: a deletion that was not answered may have its effect at any
   * time, and since Neutron is not told of a pod at once, nothing would hold it up.
   */
  leave(portId: string): void {
    this.drop(portId);
    this.#leaving.add(portId);
  }

  isLeaving(portId: string): boolean {
    return this.#leaving.has(portId);
  }

  /** A port that was leaving is gone, or cannot be deleted by what was sent. */
  settled(portId: string): void {
    this.#leaving.delete(portId);
  }

  /** Takes out the port that is idle for the longest, of those that may be taken. */
  take(pool: Pool, now: number, mayBeTaken: (portId: string) => boolean): string | undefined {
    this.ripen(pool, now);
    for (const portId of pool.idle.keys()) {
      if (!mayBeTaken(portId)) continue;
      this.drop(portId);
      return portId;
    }
    return undefined;
  }

  /** Addresses that have rested enough can be handed out. */
  ripen(pool: Pool, now: number): void {
    for (const [portId, until] of pool.resting) {
      if (until > now) continue;
      pool.resting.delete(portId);
      pool.idle.set(portId, now);
    }
  }

  /** Forgets a pool that has nothing. */
  forget(pool: Pool): void {
    if (pool.idle.size + pool.resting.size + pool.creating + pool.returning === 0) this.#pools.delete(pool.digest);
  }
}
