/** A key that waits for its time. */
export interface Delayed<K> {
  readonly key: K;
  readonly due: number;
  readonly priority: number;
}

interface Slot<K> extends Delayed<K> {
  /** Of two that are due together, the one added first goes first. */
  readonly order: number;
}

/**
 * Keys by due time, each at most once. A binary heap; a key that was removed or moved leaves a stale slot behind,
 * which is recognised because the key's current slot is another one, and swept when stale slots prevail.
 */
export class DelayHeap<K> {
  #heap: Slot<K>[] = [];
  readonly #current = new Map<K, Slot<K>>();
  #order = 0;

  get size(): number {
    return this.#current.size;
  }

  has(key: K): boolean {
    return this.#current.has(key);
  }

  /** When the earliest key is due, or undefined. */
  get nextDue(): number | undefined {
    this.#dropStale();
    return this.#heap[0]?.due;
  }

  /** Adds a key; when it waits already, the earlier time and the higher priority stay. */
  add(key: K, due: number, priority: number): void {
    const old = this.#current.get(key);
    if (old !== undefined && old.due <= due && old.priority >= priority) return;
    const slot: Slot<K> = {
      key,
      due: Math.min(due, old?.due ?? due),
      priority: Math.max(priority, old?.priority ?? priority),
      order: this.#order++,
    };
    this.#current.set(key, slot);
    this.#push(slot);
    if (this.#heap.length > 64 && this.#heap.length > 2 * this.#current.size) this.#sweep();
  }

  remove(key: K): Delayed<K> | undefined {
    const slot = this.#current.get(key);
    this.#current.delete(key);
    return slot;
  }

  /** Removes and returns what is due at `now`, earliest first. */
  takeDue(now: number): Delayed<K>[] {
    const due: Delayed<K>[] = [];
    for (;;) {
      this.#dropStale();
      const first = this.#heap[0];
      if (first === undefined || first.due > now) return due;
      this.#pop();
      this.#current.delete(first.key);
      due.push(first);
    }
  }

  clear(): void {
    this.#heap = [];
    this.#current.clear();
  }

  #dropStale(): void {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || this.#current.get(first.key) === first) return;
      this.#pop();
    }
  }

  #sweep(): void {
    const live = [...this.#current.values()].sort(compare);
    // A sorted array is a heap.
    this.#heap = live;
  }

  #push(slot: Slot<K>): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(slot);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || compare(parent, slot) <= 0) break;
      heap[index] = parent;
      heap[parentIndex] = slot;
      index = parentIndex;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      const right = heap[childIndex + 1];
      if (child !== undefined && right !== undefined && compare(right, child) < 0) {
        childIndex += 1;
        child = right;
      }
      if (child === undefined || compare(last, child) <= 0) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }
}

function compare<K>(a: Slot<K>, b: Slot<K>): number {
  return a.due - b.due || a.order - b.order;
}
