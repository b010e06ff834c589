import { ApiError } from "../api-errors.ts";
import { ReconcileTimeoutError } from "../errors.ts";
import type { WorkQueue } from "./work-queue.ts";

/** What a reconcile may ask for. */
export interface ReconcileResult {
  /** Run this key again after so long, though nothing failed. */
  readonly requeueAfterMs?: number | undefined;
  /** It could not go on, and whoever knows when it can adds the key again: its failures in a row stand. */
  readonly deferred?: boolean | undefined;
}

/** How workers run. */
export interface WorkersOptions<K> {
  /** At most so many reconciles at once. */
  readonly workers: number;
  /**
   * Brings the world for one key to what is wanted. A throw puts the key back with back-off.
   *
   * @param signal aborts when `timeoutMs` passes, and when draining has lasted `drainMs`.
   */
  readonly reconcile: (key: K, signal: AbortSignal) => Promise<ReconcileResult | undefined | void>;
  /** Each failed reconcile, with the number of failures in a row and the delay until the next. */
  readonly onError: (error: unknown, context: { key: K; failures: number; retryInMs: number }) => void;
  /** Limit for one reconcile; default 120,000. */
  readonly timeoutMs?: number | undefined;
  /** On stop, running reconciles may go on for so long; default 10,000. */
  readonly drainMs?: number | undefined;
  /** Stops taking keys when it aborts. */
  readonly signal: AbortSignal;
}

/**
 * Runs reconciles for the keys of a queue until `signal` aborts, then drains and closes the queue.
 *
 * Resolves when the running reconciles have ended, at the latest `2 * drainMs` after the abort, with the keys of those
 * that ignored their signal: whoever gives a Lease back must see to it that there are none.
 *
 * Start it after the informers have synced, or reconciles see half a cache. A key never runs twice at once, a failing
 * key waits alone, and nothing that a reconcile does stops the others.
 */
export async function runWorkers<K>(queue: WorkQueue<K>, options: WorkersOptions<K>): Promise<K[]> {
  const { signal, workers, onError } = options;
  const { clock } = queue;
  const timeoutMs = options.timeoutMs ?? 120_000;
  const drainMs = options.drainMs ?? 10_000;
  const running = new Map<K, Promise<void>>();
  const hardStop = new AbortController();

  async function work(key: K): Promise<void> {
    const limit = new AbortController();
    const cancel = clock.schedule(timeoutMs, () => limit.abort(new ReconcileTimeoutError(String(key), timeoutMs)));
    const onHardStop = (): void => limit.abort(hardStop.signal.reason);
    hardStop.signal.addEventListener("abort", onHardStop, { once: true });
    try {
      const result = await options.reconcile(key, limit.signal);
      if (result?.deferred !== true) queue.forget(key);
      if (result?.requeueAfterMs !== undefined) queue.add(key, { afterMs: Math.max(1, result.requeueAfterMs) });
    } catch (error) {
      const minDelayMs = error instanceof ApiError ? error.retryAfterMs : undefined;
      const retryInMs = queue.retry(key, { minDelayMs });
      report(error, key, retryInMs);
    } finally {
      cancel();
      hardStop.signal.removeEventListener("abort", onHardStop);
      running.delete(key);
      queue.done(key);
      schedulePump();
    }
  }

  function report(error: unknown, key: K, retryInMs: number): void {
    try {
      onError(error, { key, failures: queue.failures(key), retryInMs });
    } catch (second) {
      process.emitWarning(second instanceof Error ? second : String(second));
    }
  }

  let pumping = false;
  /** Deferred: an add must not start a reconcile within the caller, such as a handler in the middle of a relist. */
  function schedulePump(): void {
    if (pumping) return;
    pumping = true;
    queueMicrotask(() => {
      pumping = false;
      pump();
    });
  }

  function pump(): void {
    while (!signal.aborted && running.size < workers) {
      const key = queue.take();
      if (key === undefined) return;
      // Deferred, so that the entry is there before the earliest end of the work.
      running.set(
        key,
        Promise.resolve().then(() => work(key)),
      );
    }
  }

  queue.onReady(schedulePump);
  schedulePump();
  await aborted(signal);
  queue.onReady(undefined);
  const gaveUp = Promise.withResolvers<void>();
  let cancel = clock.schedule(drainMs, () => {
    hardStop.abort(signal.reason);
    cancel = clock.schedule(drainMs, gaveUp.resolve);
  });
  await Promise.race([Promise.all(running.values()), gaveUp.promise]);
  cancel();
  queue.close();
  return [...running.keys()];
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
