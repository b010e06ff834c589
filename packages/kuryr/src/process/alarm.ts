import type { Clock } from "@kuryr/kubernetes";

/** Wakes whoever waits, when it rings or when the time has come. */
export class Alarm {
  readonly #clock: Clock;
  #rung = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves when it has rung since the last wait, after so many milliseconds, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        signal.removeEventListener("abort", end);
        this.#wake = undefined;
        this.#rung = false;
        resolve();
      };
      const cancel = this.#clock.schedule(this.#rung || signal.aborted ? 0 : ms, end);
      this.#wake = end;
      signal.addEventListener("abort", end, { once: true });
    });
  }
}
