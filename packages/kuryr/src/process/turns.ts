/**
 * Lets one go on per turn of the event loop, in the order of asking. What wakes many at once, such as one message about
 * eight pods, would else run the work of all of them before anything else has its turn.
 */
export class Turns {
  #tail: Promise<void> = Promise.resolve();

  /** Resolves in a turn of its own. */
  next(): Promise<void> {
    this.#tail = this.#tail.then(() => new Promise((resolve) => setImmediate(resolve)));
    return this.#tail;
  }
}
