/** Lets a test wait for something that is told by a callback, without polling. */
export class Signals<T> {
  readonly seen: T[] = [];
  readonly #waiters = new Set<() => void>();

  readonly push = (value: T): void => {
    this.seen.push(value);
    for (const check of this.#waiters) check();
  };

  /** The first value, told already or yet to come, that satisfies the predicate. */
  async next(predicate: (value: T) => boolean): Promise<T> {
    const signal = AbortSignal.timeout(10_000);
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const found = this.seen.find(predicate);
        if (found === undefined) return;
        this.#waiters.delete(check);
        resolve(found);
      };
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.#waiters.add(check);
      check();
    });
  }
}
