/** Time as a fake server sees it. */
export interface ServerClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `work` once after so many milliseconds; returns how to call it off. */
  after(ms: number, work: () => void): () => void;
}

/** The machine's own time; what waits does not keep the process alive. */
export function systemClock(): ServerClock {
  return {
    now: () => Date.now(),
    after(ms, work) {
      const timer = setTimeout(work, ms);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

/** Time that stands still until a test moves it. */
export interface ManualClock extends ServerClock {
  /** Moves time on, running what falls due on the way, in its order. */
  advance(ms: number): void;
}

/** @param startMs milliseconds since 1970 */
export function manualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  interface Due {
    readonly at: number;
    readonly work: () => void;
  }
  const waiting = new Set<Due>();
  let now = startMs;
  const nextUntil = (end: number): Due | undefined => {
    let first: Due | undefined;
    for (const due of waiting) if (due.at <= end && (first === undefined || due.at < first.at)) first = due;
    return first;
  };
  return {
    now: () => now,
    after(ms, work) {
      const due = { at: now + ms, work };
      waiting.add(due);
      return () => void waiting.delete(due);
    },
    advance(ms) {
      const end = now + ms;
      for (let due = nextUntil(end); due !== undefined; due = nextUntil(end)) {
        waiting.delete(due);
        now = Math.max(now, due.at);
        due.work();
      }
      now = end;
    },
  };
}
