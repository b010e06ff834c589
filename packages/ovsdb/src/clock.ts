/** Time as this package sees it; everything that waits takes one. */
export interface Clock {
  /** Calls `callback` once after `delayMs` milliseconds; the returned function cancels. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** A source of numbers in [0, 1), such as `Math.random`. */
export type Random = () => number;

/** The clock of this process. */
export const systemClock: Clock = {
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Delay before try number `failures` (from 1): doubles up to `maxMs`, half of it random. */
export function backoffDelay(failures: number, baseMs: number, maxMs: number, random: Random): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 30));
  return full * (1 - 0.5 * random());
}

/** Settles with `work`, or rejects with the signal's reason, or with `late()` after `timeoutMs`; whichever is first. */
export function bounded<T>(
  work: Promise<T>,
  clock: Clock,
  limits: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
  late: (timeoutMs: number) => Error,
): Promise<T> {
  const { signal, timeoutMs } = limits;
  return new Promise((resolve, reject) => {
    let cancel = (): void => {};
    const onAbort = (): void => finish(() => reject(signal?.reason));
    const finish = (settle: () => void): void => {
      cancel();
      signal?.removeEventListener("abort", onAbort);
      settle();
    };
    if (timeoutMs !== undefined) cancel = clock.schedule(timeoutMs, () => finish(() => reject(late(timeoutMs))));
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
    work.then(
      (value) => finish(() => resolve(value)),
      (error: unknown) => finish(() => reject(error)),
    );
  });
}
