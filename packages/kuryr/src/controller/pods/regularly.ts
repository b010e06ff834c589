import { sleep, type Clock } from "@kuryr/kubernetes";

/** So many ports are looked at in the usual time; a look costs a second of processor time for some ten thousand. */
const cheap = 5000;
const longestMs = 600_000;

/** Milliseconds between two looks at so many ports: longer in proportion, so that a look costs the same share of time. */
export function pauseFor(usualMs: number, ports: number): number {
  return Math.max(usualMs, Math.min(longestMs, (usualMs * ports) / cheap));
}

/** Runs something again and again, with a pause in between, until the signal aborts. */
export async function regularly(
  pauseMs: () => number,
  clock: Clock,
  signal: AbortSignal,
  work: (first: boolean) => Promise<void>,
): Promise<void> {
  for (let first = true; !signal.aborted; first = false) {
    await work(first);
    await sleep(clock, pauseMs(), signal).catch(() => undefined);
  }
}
