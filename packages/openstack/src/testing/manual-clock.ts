import type { Clock } from "../clock.ts";

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until it is told to move, for tests of anything that takes a {@link Clock}.
 *
 * `advance(ms)` runs the timers that fall due, in order. `untilWaiting(n)` resolves once `n` timers are pending: the
 * way to know that the code under test has reached its wait.
 */
export class ManualClock implements Clock {
  #now = 0;
  #wallOffset: number;
  #order = 0;
  readonly #timers = new Set<Timer>();
  #watchers: { count: number; resolve: () => void }[] = [];

  /** @param startWallTime milliseconds since 1970 at the start. */
  constructor(startWallTime = Date.UTC(2026, 0, 1)) {
    this.#wallOffset = startWallTime;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now + this.#wallOffset;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const timer: Timer = { due: this.#now + Math.max(delayMs, 0), order: this.#order++, callback };
    this.#timers.add(timer);
    this.#watchers = this.#watchers.filter((watcher) => {
      if (this.#timers.size < watcher.count) return true;
      watcher.resolve();
      return false;
    });
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Number of timers that wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the earliest timer, or undefined when none waits. */
  get nextIn(): number | undefined {
    const next = this.#earliest();
    return next === undefined ? undefined : next.due - this.#now;
  }

  /** Resolves when at least `count` timers wait. */
  untilWaiting(count: number): Promise<void> {
    if (this.#timers.size >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#watchers.push({ count, resolve });
    });
  }

  /** Moves both clocks by `ms` and runs what falls due on the way. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#earliest();
      if (next === undefined || next.due > end) break;
      this.#now = Math.max(this.#now, next.due);
      this.#timers.delete(next);
      next.callback();
    }
    this.#now = end;
  }

  /** Moves the wall clock alone, as a resumed machine or a time server does. */
  jumpWallTime(ms: number): void {
    this.#wallOffset += ms;
  }

  #earliest(): Timer | undefined {
    let best: Timer | undefined;
    for (const timer of this.#timers) {
      if (best === undefined || timer.due < best.due || (timer.due === best.due && timer.order < best.order)) {
        best = timer;
      }
    }
    return best;
  }
}
