/**
 * Lets only so many keys at once do what may take long. The others wait for their turn in the order they came, without
 * anything that runs: for the one whose turn it is a seat is kept, and it is called.
 */
export class Seats {
  readonly #count: number;
  readonly #onTurn: (key: string) => void;
  readonly #seated = new Set<string>();
  readonly #waiting = new Set<string>();

  constructor(count: number, onTurn: (key: string) => void) {
    this.#count = count;
    this.#onTurn = onTurn;
  }

  /** How many keys wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Gives a key a seat unless it has one. @returns false where none is free: then it waits for its turn */
  take(key: string): boolean {
    if (this.#seated.has(key)) return true;
    // Nobody waits while a seat is free.
    const isFree = this.#seated.size < this.#count;
    (isFree ? this.#seated : this.#waiting).add(key);
    return isFree;
  }

  /** Ends a key's use of its seat, if it has one: also of one that was kept for it and that it did not need. */
  leave(key: string): void {
    if (!this.#seated.delete(key)) return;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#seated.add(next);
    this.#onTurn(next);
  }
}
