/** How often something may happen; as client-go's spam filter of events by default. */
export interface Allowance {
  /** So often at once. */
  readonly burst: number;
  /** Then once in so many milliseconds. */
  readonly everyMs: number;
  /** Keys remembered; the longest unused goes first. */
  readonly maxKeys: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** A token bucket for each key. */
export class RateLimit {
  readonly #allowance: Allowance;
  /** In the order of last use. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(allowance: Allowance) {
    this.#allowance = allowance;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one for `key`, or says how many milliseconds it has to wait for that; 0 when it was taken. */
  take(key: string, now: number): number {
    const { burst, everyMs, maxKeys } = this.#allowance;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / everyMs);
    bucket.at = now;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= maxKeys) break;
      this.#buckets.delete(oldest);
    }
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) * everyMs);
    bucket.tokens -= 1;
    return 0;
  }
}
