/** Time as the fakes see it; the clock of `@kuryr/kubernetes` fits. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  wallTime(): number;
  /** Calls `callback` once after so many milliseconds; the returned function cancels. */
  schedule(delayMs: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  wallTime: () => Date.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** RFC 3339 in whole seconds, as meta/v1 Time is written. */
export function timeText(clock: Clock, plusSeconds = 0): string {
  return `${new Date(clock.wallTime() + plusSeconds * 1000).toISOString().slice(0, 19)}Z`;
}
