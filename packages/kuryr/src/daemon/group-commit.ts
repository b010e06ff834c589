interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Does what comes in at the same time together: the first item starts at once, and what arrives meanwhile goes as one
 * group when it is done. Nothing ever waits for company, and a burst costs a few rounds instead of one each.
 *
 * When a group fails, its items are done one by one, so that a bad one does not fail its neighbours.
 */
export class GroupCommit<T> {
  readonly #run: (items: readonly T[]) => Promise<void>;
  readonly #maxGroup: number;
  #waiting: Waiting<T>[] = [];
  #running = false;

  constructor(run: (items: readonly T[]) => Promise<void>, maxGroup = 64) {
    this.#run = run;
    this.#maxGroup = maxGroup;
  }

  /** Resolves when the item is done. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#running) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, this.#maxGroup));
    this.#running = false;
  }

  async #commit(group: readonly Waiting<T>[]): Promise<void> {
    try {
      await this.#run(group.map(({ item }) => item));
      for (const { resolve } of group) resolve();
    } catch (error) {
      const [only, ...others] = group;
      if (others.length === 0) only?.reject(error);
      else for (const one of group) await this.#commit([one]);
    }
  }
}
