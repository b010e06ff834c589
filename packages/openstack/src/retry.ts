import { type Clock, type Random, sleep } from "./clock.ts";
import { OpenStackError } from "./errors.ts";

/** How often and how fast a failed request is repeated; times in milliseconds. */
export interface RetryOptions {
  /** Tries in all, the first included; 1 repeats nothing. Default 5. */
  readonly attempts?: number | undefined;
  /** Longest wait before the second try; doubles from there. Default 200. */
  readonly baseMs?: number | undefined;
  /** No wait is longer, unless the server asks for it. Default 5,000. */
  readonly maxMs?: number | undefined;
}

const DEFAULTS = { attempts: 5, baseMs: 200, maxMs: 5000 } as const;

/** Whether a request may be sent twice without harm, or only when the first is known to have done nothing. */
export type Repeatable = "always" | "if-not-done";

/** GET, PUT and DELETE say what shall be, POST adds something each time. */
export function repeatable(method: string): Repeatable {
  return method === "POST" || method === "PATCH" ? "if-not-done" : "always";
}

/**
 * How long to wait before a failed request is sent again, or undefined when it must not be.
 *
 * - refused before anything was sent: every request
 * - 429, and 503 with Retry-After, which say "not done": every request
 * - other network failures, 5xx: only what may be repeated `always`, and only when the class is transient
 *
 * Half of each wait is random, so that many clients do not come back together.
 */
export function retryDelay(
  error: unknown,
  allowed: Repeatable,
  attempt: number,
  options: RetryOptions,
  random: Random,
): number | undefined {
  if (!(error instanceof OpenStackError) || attempt >= (options.attempts ?? DEFAULTS.attempts)) return undefined;
  const { kind, transient, status, retryAfterMs } = error;
  const notDone =
    (kind === "network" && !error.sent) ||
    (kind === "rate-limit" && retryAfterMs !== undefined) ||
    (status === 503 && retryAfterMs !== undefined);
  const passing = transient && (kind === "network" || kind === "rate-limit" || (status !== undefined && status >= 500));
  if (!notDone && !(passing && allowed === "always")) return undefined;
  const full = Math.min(
    options.maxMs ?? DEFAULTS.maxMs,
    (options.baseMs ?? DEFAULTS.baseMs) * 2 ** Math.min(attempt - 1, 40),
  );
  const backoff = full * (0.5 + 0.5 * random());
  return retryAfterMs === undefined ? backoff : retryAfterMs + backoff;
}

/** RFC 9110 section 10.2.3: seconds, or a date. In milliseconds. */
export function parseRetryAfter(value: string | undefined, wallTime: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallTime);
}

/** What {@link repeat} needs besides the work. */
export interface RepeatContext {
  readonly allowed: Repeatable;
  /** Failures that somebody else has repeated already. */
  readonly except?: ((error: unknown) => boolean) | undefined;
  readonly retry: RetryOptions;
  readonly clock: Clock;
  readonly random: Random;
  /** On the clock's `now()`; a wait that would pass it is left to the caller, who sees `retryAfterMs`. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** Runs `work` until it succeeds or {@link retryDelay} says no. */
export async function repeat<T>(work: (attempt: number) => Promise<T>, context: RepeatContext): Promise<T> {
  const { allowed, retry, clock, random, deadline, signal } = context;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (context.except?.(error) === true) throw error;
      const delay = retryDelay(error, allowed, attempt, retry, random);
      if (delay === undefined || clock.now() + delay >= deadline) throw error;
      await sleep(clock, delay, signal);
    }
  }
}

/**
 * Runs `work` with a signal that aborts with the caller's signal, or with an error of kind `timeout` after
 * `timeoutMs`.
 */
export async function limited<T>(
  what: { readonly service: string; readonly method: string; readonly path: string },
  timeoutMs: number,
  clock: Clock,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal, deadline: number) => Promise<T>,
): Promise<T> {
  if (outer?.aborted === true) throw outer.reason;
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(outer?.reason);
  outer?.addEventListener("abort", onAbort, { once: true });
  const cancel = clock.schedule(timeoutMs, () => {
    const message = `${what.service}: ${what.method} ${what.path}: no complete answer in ${timeoutMs} ms`;
    controller.abort(new OpenStackError(message, { kind: "timeout", code: "OPENSTACK_TIMEOUT", ...what }));
  });
  try {
    return await work(controller.signal, clock.now() + timeoutMs);
  } finally {
    cancel();
    outer?.removeEventListener("abort", onAbort);
  }
}
