interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How a group forms. */
export interface GroupCommitOptions {
  /** Most items of one group; default 64. */
  readonly maxGroup?: number;
  /** How long a group that could start waits for items that were announced, milliseconds; default 0. */
  readonly lingerMs?: number;
}

/**
 * Does what comes in at the same time together. Without company an item starts at once; what arrives while a group is
 * under way goes as the next group. Who knows that an item is about to come announces it, and a group that could start
 * waits for it, but never longer than `lingerMs`.
 *
 * When a group fails, its items are done one by one, so that a bad one does not fail its neighbours.
 */
export class GroupCommit<T> {
  readonly #run: (items: readonly T[]) => Promise<void>;
  readonly #maxGroup: number;
  readonly #lingerMs: number;
  #waiting: Waiting<T>[] = [];
  #announced = 0;
  #running = false;
  #linger: NodeJS.Timeout | undefined;

  constructor(run: (items: readonly T[]) => Promise<void>, options: GroupCommitOptions = {}) {
    this.#run = run;
    this.#maxGroup = options.maxGroup ?? 64;
    this.#lingerMs = options.lingerMs ?? 0;
  }

  /** Says that an item is about to come; the returned function takes that back, and must be called before `add`. */
  announce(): () => void {
    let open = true;
    this.#announced += 1;
    return () => {
      if (!open) return;
      open = false;
      this.#announced -= 1;
      this.#consider();
    };
  }

  /** Resolves when the item is done. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#consider();
    });
  }

  #consider(): void {
    if (this.#running || this.#waiting.length === 0) return;
    if (this.#announced > 0 && this.#lingerMs > 0 && this.#waiting.length < this.#maxGroup) {
      this.#linger ??= setTimeout(() => this.#start(), this.#lingerMs);
      return;
    }
    this.#start();
  }

  #start(): void {
    clearTimeout(this.#linger);
    this.#linger = undefined;
    if (this.#running || this.#waiting.length === 0) return;
    this.#running = true;
    void this.#commit(this.#waiting.splice(0, this.#maxGroup)).then(() => {
      this.#running = false;
      this.#consider();
    });
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
