import { type BackoffOptions, backoffDelay } from "./backoff.ts";
import { type Clock, type Random, systemClock } from "../clock.ts";
import { DelayHeap } from "./delay-heap.ts";
import { KubernetesError } from "../errors.ts";

/** Priority of fresh events; the default. */
export const FRESH = 0;
/** Priority of what comes from lists and periodic resyncs: served when nothing fresh waits. */
export const RESYNC = -100;

/** How to add a key. */
export interface AddOptions {
  /** Higher goes first, equal ones in order of arrival; default {@link FRESH}. A waiting key only ever rises. */
  readonly priority?: number | undefined;
  /** Milliseconds until the key becomes ready; an earlier add of the same key wins. */
  readonly afterMs?: number | undefined;
}

/** Measurements; each must be quick and must not throw. */
export interface WorkQueueHooks<K> {
  added?(key: K, priority: number): void;
  /** `waitedMs` since the key became ready. */
  taken?(key: K, waitedMs: number): void;
  done?(key: K, tookMs: number): void;
  retried?(key: K, failures: number, delayMs: number): void;
  /** The queue is closed: nothing waits any more. */
  closed?(): void;
}

/** How a queue works. */
export interface WorkQueueOptions<K> {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** For `retry`; default 500 ms doubling to 300,000, half of it random. */
  readonly backoff?: BackoffOptions | undefined;
  /** More different keys than this is an error of the program; default 1,000,000. */
  readonly maxKeys?: number | undefined;
  readonly hooks?: WorkQueueHooks<K> | undefined;
}

/** How many keys are where. */
export interface WorkQueueStats {
  readonly ready: number;
  readonly delayed: number;
  readonly processing: number;
  /** Of the processing ones, how many will run again. */
  readonly dirty: number;
  /** Keys with failures on record. */
  readonly failing: number;
}

/** More keys than `maxKeys`. Code `KUBERNETES_QUEUE_FULL`. */
export class QueueFullError extends KubernetesError {
  constructor(maxKeys: number) {
    super("KUBERNETES_QUEUE_FULL", `more than ${maxKeys} keys are queued`, "Raise maxKeys, or find what invents keys.");
  }
}

interface Waiting {
  readonly priority: number;
  readonly since: number;
}

interface Processing {
  readonly priority: number;
  readonly since: number;
  /** Set when the key was added meanwhile: its priority in the next round. */
  again: number | undefined;
}

const DEFAULT_BACKOFF: BackoffOptions = { baseMs: 500, maxMs: 300_000, jitter: 0.5 };

/**
 * A queue of keys to reconcile: each key waits at most once and is never taken twice at the same time.
 *
 *     add ──> ready (by priority, then arrival) ── take ──> processing ── done ──> away
 *      │        ^                                               │
 *      └ afterMs: delayed ┘        add while processing: dirty ─┘ ready again at done
 *
 * Synchronous and without tasks of its own; `runWorkers` drives it.
 */
export class WorkQueue<K = string> {
  readonly clock: Clock;
  readonly #random: Random;
  readonly #backoff: BackoffOptions;
  readonly #maxKeys: number;
  readonly #hooks: WorkQueueHooks<K>;
  /** Where each ready key stands. */
  readonly #ready = new Map<K, Waiting>();
  /** Ready keys by priority; a Set keeps the order of arrival and removes in constant time. */
  readonly #lanes = new Map<number, Set<K>>();
  /** Priorities in use, highest first. */
  #priorities: number[] = [];
  readonly #delayed = new DelayHeap<K>();
  readonly #processing = new Map<K, Processing>();
  readonly #failures = new Map<K, number>();
  #cancelTimer: (() => void) | undefined;
  #timerDue = Number.POSITIVE_INFINITY;
  #onReady: (() => void) | undefined;

  constructor(options: WorkQueueOptions<K> = {}) {
    this.clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#backoff = options.backoff ?? DEFAULT_BACKOFF;
    this.#maxKeys = options.maxKeys ?? 1_000_000;
    this.#hooks = options.hooks ?? {};
  }

  get stats(): WorkQueueStats {
    let dirty = 0;
    for (const { again } of this.#processing.values()) if (again !== undefined) dirty += 1;
    return {
      ready: this.#ready.size,
      delayed: this.#delayed.size,
      processing: this.#processing.size,
      dirty,
      failing: this.#failures.size,
    };
  }

  /** Sets the function that is called when a key has become ready; `runWorkers` uses it. */
  onReady(callback: (() => void) | undefined): void {
    this.#onReady = callback;
  }

  /**
   * Adds a key. Without `afterMs` it is ready at once, whatever delay or back-off it was waiting for.
   *
   * @throws QueueFullError
   */
  add(key: K, options: AddOptions = {}): void {
    const priority = options.priority ?? FRESH;
    const afterMs = options.afterMs ?? 0;
    if (!this.#ready.has(key) && !this.#processing.has(key) && !this.#delayed.has(key)) {
      if (this.#ready.size + this.#processing.size + this.#delayed.size >= this.#maxKeys) {
        throw new QueueFullError(this.#maxKeys);
      }
    }
    this.#hooks.added?.(key, priority);
    if (afterMs > 0) this.#delay(key, priority, afterMs);
    else this.#makeReady(key, Math.max(priority, this.#delayed.remove(key)?.priority ?? priority));
    this.#arm();
  }

  /** Takes the next key, undefined when none is ready. Every taken key must be given back with `done`. */
  take(): K | undefined {
    for (const priority of this.#priorities) {
      const lane = this.#lanes.get(priority);
      const next = lane?.values().next();
      if (lane === undefined || next === undefined || next.done === true) continue;
      const key = next.value;
      const now = this.clock.now();
      this.#hooks.taken?.(key, now - (this.#ready.get(key)?.since ?? now));
      this.#leaveReady(key, priority);
      this.#processing.set(key, { priority, since: now, again: undefined });
      return key;
    }
    return undefined;
  }

  /** Gives a taken key back; when it was added meanwhile it is ready again. */
  done(key: K): void {
    const processing = this.#processing.get(key);
    if (processing === undefined) return;
    this.#processing.delete(key);
    this.#hooks.done?.(key, this.clock.now() - processing.since);
    if (processing.again !== undefined) this.#makeReady(key, processing.again);
  }

  /**
   * Counts a failure and adds the key after its back-off, or at once when it was added meanwhile: a fresh event is a
   * reason to try. For a key in processing; call `done` afterwards. Returns the delay in milliseconds.
   */
  retry(key: K, options: { readonly minDelayMs?: number | undefined } = {}): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const delayMs = Math.max(1, backoffDelay(failures, this.#backoff, this.#random), options.minDelayMs ?? 0);
    this.#hooks.retried?.(key, failures, delayMs);
    this.add(key, { afterMs: delayMs, priority: this.#processing.get(key)?.priority });
    return delayMs;
  }

  /** Forgets the failures of a key; call after success, and for objects that are gone. */
  forget(key: K): void {
    this.#failures.delete(key);
  }

  /** Failures in a row. */
  failures(key: K): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Stops the timer of delayed keys and drops all that waits; taken keys may still be given back. */
  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerDue = Number.POSITIVE_INFINITY;
    this.#delayed.clear();
    this.#ready.clear();
    this.#lanes.clear();
    this.#priorities = [];
    for (const processing of this.#processing.values()) processing.again = undefined;
    this.#hooks.closed?.();
  }

  #delay(key: K, priority: number, afterMs: number): void {
    // Ready, or dirty, is sooner than any delay.
    const ready = this.#ready.get(key);
    if (ready !== undefined) {
      this.#makeReady(key, priority);
      return;
    }
    const processing = this.#processing.get(key);
    if (processing?.again !== undefined) {
      processing.again = Math.max(processing.again, priority);
      return;
    }
    this.#delayed.add(key, this.clock.now() + afterMs, priority);
  }

  #makeReady(key: K, priority: number): void {
    const processing = this.#processing.get(key);
    if (processing !== undefined) {
      processing.again = Math.max(processing.again ?? priority, priority);
      return;
    }
    const waiting = this.#ready.get(key);
    if (waiting !== undefined) {
      if (waiting.priority >= priority) return;
      this.#leaveReady(key, waiting.priority);
    }
    this.#ready.set(key, { priority, since: waiting?.since ?? this.clock.now() });
    let lane = this.#lanes.get(priority);
    if (lane === undefined) {
      lane = new Set();
      this.#lanes.set(priority, lane);
      this.#priorities = [...this.#lanes.keys()].sort((a, b) => b - a);
    }
    lane.add(key);
    this.#onReady?.();
  }

  #leaveReady(key: K, priority: number): void {
    this.#ready.delete(key);
    this.#lanes.get(priority)?.delete(key);
  }

  /** One timer, for the earliest delayed key. */
  #arm(): void {
    const due = this.#delayed.nextDue;
    if (due === undefined || due >= this.#timerDue) return;
    this.#cancelTimer?.();
    this.#timerDue = due;
    this.#cancelTimer = this.clock.schedule(Math.max(0, due - this.clock.now()), () => {
      this.#cancelTimer = undefined;
      this.#timerDue = Number.POSITIVE_INFINITY;
      for (const { key, priority } of this.#delayed.takeDue(this.clock.now())) this.#makeReady(key, priority);
      this.#arm();
    });
  }
}
