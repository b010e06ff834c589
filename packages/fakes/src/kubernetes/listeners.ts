import type { Change } from "./store.ts";

/** A label and the one value of it that is wanted. */
export interface LabelValue {
  readonly key: string;
  readonly value: string;
}

type Listener = (change: Change) => void;

/** Who is told of changes. Who wants objects of one label's value only is not asked about the others: there are thousands. */
export class Listeners {
  readonly #all = new Set<Listener>();
  readonly #byLabel = new Map<string, Map<string, Set<Listener>>>();

  add(listener: Listener, only: LabelValue | undefined): void {
    if (only === undefined) {
      this.#all.add(listener);
      return;
    }
    const byValue = this.#byLabel.get(only.key) ?? new Map<string, Set<Listener>>();
    this.#byLabel.set(only.key, byValue);
    const listeners = byValue.get(only.value) ?? new Set();
    byValue.set(only.value, listeners.add(listener));
  }

  delete(listener: Listener, only: LabelValue | undefined): void {
    if (only === undefined) {
      this.#all.delete(listener);
      return;
    }
    const byValue = this.#byLabel.get(only.key);
    const listeners = byValue?.get(only.value);
    listeners?.delete(listener);
    if (listeners?.size === 0) byValue?.delete(only.value);
  }

  /** Tells those whom a change may concern: what an object was counts as well as what it is. */
  tell(change: Change): void {
    for (const listener of this.#all) listener(change);
    const { labels, previous } = change.version;
    for (const [key, byValue] of this.#byLabel) {
      for (const value of new Set([labels?.[key], previous?.labels?.[key]])) {
        if (value === undefined) continue;
        for (const listener of byValue.get(value) ?? []) listener(change);
      }
    }
  }
}
