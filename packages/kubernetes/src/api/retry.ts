import { ApiError } from "../api-errors.ts";
import { backoffDelay } from "../queue/backoff.ts";
import type { Random } from "../clock.ts";
import { ConnectionError } from "../errors.ts";

/** For 429 and 503 that do not say how long to wait. */
const RETRY_BACKOFF = { baseMs: 500, maxMs: 10_000, jitter: 0.5 };
/** Tries of one call. */
export const MAX_ATTEMPTS = 10;

/** RFC 9110 section 10.2.3: seconds, or a date. */
export function parseRetryAfter(value: string | undefined, wallTime: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallTime);
}

/**
 * How long to wait before this call is repeated here, or undefined when it must not be. Only answers that say "not
 * done" are repeated for writes: 429, 503 with Retry-After. A reset of a reused connection may have reached the server.
 */
export function retryDelay(error: unknown, method: string, number: number, random: Random): number | undefined {
  if (error instanceof ConnectionError) return error.reusedSocket && method === "GET" && number === 1 ? 0 : undefined;
  if (!(error instanceof ApiError)) return undefined;
  const asked = error.retryAfterMs;
  const retry =
    error.status === 429 ||
    (asked !== undefined && (error.status === 503 || (method === "GET" && error.status >= 500)));
  if (!retry) return undefined;
  const backoff = backoffDelay(number, RETRY_BACKOFF, random);
  // Everybody was told the same number: spread the comebacks.
  return asked === undefined ? backoff : asked + Math.min(backoff, 1000) * random();
}
