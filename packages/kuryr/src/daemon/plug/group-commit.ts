import { lastSignal } from "../../process/work-signal.ts";

interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

/** How a group forms. */
export interface GroupCommitOptions {
  /** Most items of one group; default 64. */
  readonly maxGroup?: number;
  /** How long a group that could start waits for items that were announced, milliseconds; default 0. */
  readonly lingerMs?: number;
  /** Whether an error says the same of every item, such as that nobody answers; default: none does. */
  readonly isOfAll?: (error: unknown) => boolean;
}

/**
 * Does what comes in at the same time together. Without company an item starts at once; what arrives while a group is
 * under way goes as the next group. Who knows that an item is about to come announces it, and a group that could start
 * waits for it, but never longer than `lingerMs`.
 *
 * When a group fails, its items are done one by one, so that a bad one does not fail its neighbours; but not when they
 * would all fail alike, each after the same time.
 */
export class GroupCommit<T> {
  readonly #run: (items: readonly T[], signal: AbortSignal) => Promise<void>;
  readonly #maxGroup: number;
  readonly #lingerMs: number;
  readonly #isOfAll: (error: unknown) => boolean;
  #waiting: Waiting<T>[] = [];
  #announced = 0;
  #running = false;
  #linger: NodeJS.Timeout | undefined;

  /** @param run does a group; its signal aborts when nobody waits for any of its items any more */
  constructor(run: (items: readonly T[], signal: AbortSignal) => Promise<void>, options: GroupCommitOptions = {}) {
    this.#run = run;
    this.#maxGroup = options.maxGroup ?? 64;
    this.#lingerMs = options.lingerMs ?? 0;
    this.#isOfAll = options.isOfAll ?? (() => false);
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

  /**
   * Resolves when the item is done. When the signal aborts, an item whose group has not begun is not done any more.
   * @throws what the group throws, the signal's reason
   */
  add(item: T, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const giveUp = (): void => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        reject(signal?.reason);
      };
      const end = (): void => signal?.removeEventListener("abort", giveUp);
      const waiting: Waiting<T> = {
        item,
        resolve: () => {
          end();
          resolve();
        },
        reject: (error) => {
          end();
          reject(error);
        },
        signal,
      };
      signal?.addEventListener("abort", giveUp, { once: true });
      this.#waiting.push(waiting);
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
    const signals = group.map(({ signal }) => signal).filter((signal) => signal !== undefined);
    using unwanted = lastSignal(signals.length === group.length ? signals : []);
    try {
      unwanted.signal.throwIfAborted();
      await this.#run(
        group.map(({ item }) => item),
        unwanted.signal,
      );
      for (const { resolve } of group) resolve();
    } catch (error) {
      if (group.length === 1 || this.#isOfAll(error)) for (const { reject } of group) reject(error);
      else for (const one of group) await this.#commit([one]);
    }
  }
}
