import { backoffDelay, sleep, type Clock } from "@kuryr/kubernetes";

import { errorFields, type Logger } from "../log/logger.ts";

const backoff = { baseMs: 200, maxMs: 15_000, jitter: 0.5 };

/**
 * Repeats, with growing pauses, what a process cannot start without, until it succeeds: an API that is down for a
 * while must not end the process. Each failure is a warning that says what is waited for.
 *
 * @throws the signal's reason
 */
export async function insist<T>(
  what: string,
  work: () => Promise<T>,
  { clock, log, signal }: { readonly clock: Clock; readonly log: Logger; readonly signal: AbortSignal },
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      const pause = backoffDelay(failures, backoff, Math.random);
      log.warn(`${what}: trying again`, { inMs: Math.round(pause), ...errorFields(error) });
      await sleep(clock, pause, signal);
    }
  }
}
