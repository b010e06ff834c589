import type { Random } from "../clock.ts";

/** Shape of an exponential back-off; times in milliseconds. */
export interface BackoffOptions {
  /** Delay after the first failure, before jitter. */
  readonly baseMs: number;
  /** No delay is longer. */
  readonly maxMs: number;
  /** Part of each delay, 0 to 1, that is random. */
  readonly jitter: number;
}

/**
 * Delay before the next try: `min(maxMs, baseMs * 2^(failures-1))`, of which the part `jitter` is random downwards.
 *
 * @param failures how many tries in a row have failed; 0 gives 0.
 */
export function backoffDelay(failures: number, options: BackoffOptions, random: Random): number {
  if (failures <= 0) return 0;
  const full = Math.min(options.maxMs, options.baseMs * 2 ** Math.min(failures - 1, 52));
  return full * (1 - options.jitter * random());
}
