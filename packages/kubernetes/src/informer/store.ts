/** One cached object: what the consumer's projection kept, and what identifies the version it came from. */
export interface Entry<P> {
  readonly value: P;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Computes the values under which an object is found; must depend on the object alone. */
export type IndexFunction<P> = (value: P) => readonly string[];

/** Objects by key, with any number of named indexes kept up to date. */
export class IndexedStore<P, I extends string> {
  readonly #entries = new Map<string, Entry<P>>();
  readonly #indexes = new Map<string, { compute: IndexFunction<P>; keys: Map<string, Set<string>> }>();
  readonly #onIndexError: (error: unknown, key: string) => void;

  constructor(
    indexes: readonly (readonly [string, IndexFunction<P>])[],
    onIndexError: (error: unknown, key: string) => void,
  ) {
    for (const [name, compute] of indexes) this.#indexes.set(name, { compute, keys: new Map() });
    this.#onIndexError = onIndexError;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Entry<P> | undefined {
    return this.#entries.get(key);
  }

  entries(): MapIterator<[string, Entry<P>]> {
    return this.#entries.entries();
  }

  /** Keys of the objects with this index value. */
  indexed(index: I, value: string): ReadonlySet<string> {
    return this.#indexes.get(index)?.keys.get(value) ?? NONE;
  }

  /** Values that some object has in this index. */
  indexValues(index: I): string[] {
    return [...(this.#indexes.get(index)?.keys.keys() ?? [])];
  }

  set(key: string, entry: Entry<P>): void {
    const old = this.#entries.get(key);
    this.#entries.set(key, entry);
    for (const { compute, keys } of this.#indexes.values()) {
      const before = old === undefined ? [] : this.#compute(compute, old.value, undefined);
      const after = this.#compute(compute, entry.value, key);
      for (const value of before) if (!after.includes(value)) removeKey(keys, value, key);
      for (const value of after) addKey(keys, value, key);
    }
  }

  delete(key: string): void {
    const old = this.#entries.get(key);
    if (old === undefined) return;
    this.#entries.delete(key);
    for (const { compute, keys } of this.#indexes.values()) {
      for (const value of this.#compute(compute, old.value, undefined)) removeKey(keys, value, key);
    }
  }

  /** An index function that throws finds the object under nothing; said once, when the object comes in. */
  #compute(compute: IndexFunction<P>, value: P, reportKey: string | undefined): readonly string[] {
    try {
      return compute(value);
    } catch (error) {
      if (reportKey !== undefined) this.#onIndexError(error, reportKey);
      return [];
    }
  }
}

const NONE: ReadonlySet<string> = new Set();

function addKey(keys: Map<string, Set<string>>, value: string, key: string): void {
  const set = keys.get(value);
  if (set === undefined) keys.set(value, new Set([key]));
  else set.add(key);
}

function removeKey(keys: Map<string, Set<string>>, value: string, key: string): void {
  const set = keys.get(value);
  if (set === undefined) return;
  set.delete(key);
  if (set.size === 0) keys.delete(value);
}
