import { type Clock, type Random, sleep } from "../clock.ts";
import { OpenStackError } from "../errors.ts";

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
 * - other network failures, a try without an answer in time, 5xx: only what may be repeated `always`, and only when
 *   the class is transient
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
  const passing =
    transient &&
    (kind === "network" || kind === "timeout" || kind === "rate-limit" || (status !== undefined && status >= 500));
  if (!notDone && !(passing && allowed === "always")) return undefined;
  // Our own limit on a try: that was wait enough.
  if (kind === "timeout" && status === undefined) return 0;
  const full = Math.min(
    options.maxMs ?? DEFAULTS.maxMs,
    (options.baseMs ?? DEFAULTS.baseMs) * 2 ** Math.min(attempt - 1, 40),
  );
  const backoff = full * (0.5 + 0.5 * random());
  return retryAfterMs === undefined ? backoff : retryAfterMs + backoff;
}

/** How long a worker of Neutron may take to read its policy, with much to spare. */
const POLICY_MS = 1000;

/**
 * How long to wait before a request that Neutron's policy refused is sent again, for once.
 *
 * In the first milliseconds of a worker Neutron publishes its enforcer before it has read the rules, and refuses whatever
 * is asked meanwhile, administrators included. The refusal comes before any effect, so a POST may be repeated as well.
 */
export function policyDelay(error: unknown, options: RetryOptions, random: Random): number | undefined {
  if (!(error instanceof OpenStackError) || (options.attempts ?? DEFAULTS.attempts) < 2) return undefined;
  if (error.status !== 403 || error.type !== "PolicyNotAuthorized") return undefined;
  return error.message.endsWith(" is disallowed by policy") ? POLICY_MS * (1 + 0.5 * random()) : undefined;
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

/** Runs `work` until it succeeds or {@link retryDelay} says no; {@link policyDelay} is asked once. */
export async function repeat<T>(work: (attempt: number) => Promise<T>, context: RepeatContext): Promise<T> {
  const { allowed, retry, clock, random, deadline, signal } = context;
  let refused = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (context.except?.(error) === true) throw error;
      let delay = retryDelay(error, allowed, attempt, retry, random);
      if (delay === undefined && !refused) {
        delay = policyDelay(error, retry, random);
        refused = true;
      }
      if (delay === undefined || clock.now() + delay >= deadline) throw error;
      if (delay > 0) await sleep(clock, delay, signal);
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
