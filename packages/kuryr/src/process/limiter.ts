/** Lets a limited number of works run at once; the others wait their turn, in order. */
export class Limiter {
  readonly #limit: () => number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param limit a number, or what says it at any time; one may always run */
  constructor(limit: number | (() => number)) {
    if (typeof limit === "number" && limit < 1) throw new RangeError(`a limit of ${limit} lets nothing run`);
    this.#limit = typeof limit === "number" ? () => limit : () => Math.max(1, limit());
  }

  /** How many may begin now; none while others wait, also where the limit has grown since. */
  get free(): number {
    return this.#waiting.length > 0 ? 0 : Math.max(0, this.#limit() - this.#running);
  }

  /** How many run now. */
  get running(): number {
    return this.#running;
  }

  /**
   * Runs work in its turn. Work that only waits for others from some point on calls `leave` there, and makes room.
   * @throws the signal's reason when it aborts before the work's turn, and what the work throws
   */
  async run<T>(work: (leave: () => void) => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.free === 0) await this.#turn(signal);
    else this.#running += 1;
    let isIn = true;
    const leave = (): void => {
      if (!isIn) return;
      isIn = false;
      this.#running -= 1;
      // Handed over: nobody who comes now gets in front of those who wait.
      while (this.#running < this.#limit()) {
        const next = this.#waiting.shift();
        if (next === undefined) break;
        this.#running += 1;
        next();
      }
    };
    try {
      return await work(leave);
    } finally {
      leave();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const begin = (): void => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#waiting.push(begin);
    });
  }
}
