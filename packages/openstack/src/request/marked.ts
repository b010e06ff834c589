import { type Clock, type Random, sleep } from "../clock.ts";
import { OpenStackError } from "../errors.ts";

/** How a creation is made sure of; times in milliseconds. */
export interface MarkedOptions {
  readonly signal?: AbortSignal | undefined;
  /** For each request by itself. */
  readonly timeoutMs?: number | undefined;
  /** Creations to send in all; default 3. */
  readonly attempts?: number | undefined;
  /** Least wait before an object is looked for: the server may still be at work on it. Default 1,000. */
  readonly settleMs?: number | undefined;
}

/** The two calls that it is made of. */
export interface MarkedCalls<T> {
  create(): Promise<T>;
  /** All objects that carry the mark. */
  find(): Promise<readonly T[]>;
}

/**
 * Creates an object that can be recognised by a mark, once: when the answer is lost, the object is looked for before
 * the creation is sent again. Should a slow server finish a lost request after the look, two objects carry the mark;
 * whoever collects what nobody needs finds them by it.
 */
export async function createMarked<T>(
  calls: MarkedCalls<T>,
  clock: Clock,
  random: Random,
  options: MarkedOptions,
): Promise<T> {
  const attempts = options.attempts ?? 3;
  const settleMs = options.settleMs ?? 1000;
  const signal = options.signal ?? new AbortController().signal;
  for (let attempt = 1; ; attempt++) {
    try {
      return await calls.create();
    } catch (error) {
      if (!effectUnknown(error)) throw error;
      await sleep(clock, settleMs * 2 ** (attempt - 1) * (1 + 0.5 * random()), signal);
      const [found] = await calls.find();
      if (found !== undefined) return found;
      if (attempt >= attempts) throw error;
    }
  }
}

/** True when the request may have been carried out all the same. */
export function effectUnknown(error: unknown): boolean {
  if (!(error instanceof OpenStackError) || !error.sent) return false;
  return error.kind === "network" || error.kind === "timeout" || (error.kind === "server" && error.transient);
}
