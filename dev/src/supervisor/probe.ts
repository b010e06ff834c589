import { setTimeout as delay } from "node:timers/promises";

import { StackError } from "../errors.ts";

/**
 * Asks until the answer is `true`: at once, then after 20 ms, growing to a second.
 * A probe that throws counts as "not yet"; what it said last is in the error.
 * @throws StackError KURYR_DEV_TIMEOUT with the last reason, or the abort reason.
 */
export async function until(
  what: string,
  probe: (signal: AbortSignal) => Promise<true | string>,
  options: { timeoutMs: number; signal: AbortSignal; gaveUp?: () => string | undefined },
): Promise<void> {
  const deadline = performance.now() + options.timeoutMs;
  let last = "no answer yet";
  for (let pause = 20; ; pause = Math.min(pause * 1.6, 1000)) {
    options.signal.throwIfAborted();
    const left = deadline - performance.now();
    if (left <= 0) break;
    try {
      const answer = await probe(AbortSignal.any([options.signal, AbortSignal.timeout(Math.max(1, Math.ceil(left)))]));
      if (answer === true) return;
      last = answer;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    const end = options.gaveUp?.();
    if (end !== undefined) throw new StackError("KURYR_DEV_DIED", `${what}: ${end}; the probe's last answer: ${last}`);
    await delay(Math.min(pause, Math.max(0, deadline - performance.now())), undefined, { signal: options.signal });
  }
  throw new StackError(
    "KURYR_DEV_TIMEOUT",
    `${what}: not ready after ${options.timeoutMs / 1000} s; the probe's last answer: ${last}`,
  );
}
