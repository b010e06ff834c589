import type { Entry } from "./store.ts";

/** Reads the entry that is cached for a key. */
export type Cached<P> = (key: string) => Entry<P> | undefined;

/** One change of a cache. An object that was deleted and created again is deleted first, and set then. */
export type Change<P> =
  | { readonly type: "set"; readonly key: string; readonly entry: Entry<P> }
  | { readonly type: "delete"; readonly key: string };

/**
 * Collects a list, page by page, as its difference to what is cached, so that unchanged objects cost neither a
 * projection nor memory. Nothing is applied before the list is complete.
 */
export class Snapshot<P> {
  readonly #cached: Cached<P>;
  readonly #listed = new Set<string>();
  readonly #changed = new Map<string, Entry<P>>();
  readonly #dropped = new Set<string>();

  constructor(cached: Cached<P>) {
    this.#cached = cached;
  }

  /** Number of objects seen in the list. */
  get size(): number {
    return this.#listed.size;
  }

  /**
   * Takes note of a listed object; a later state of it replaces an earlier one.
   *
   * @param project makes the entry's value; undefined when the object is of no interest. When it throws, what was
   *   cached before stays.
   */
  see(key: string, uid: string, resourceVersion: string, project: () => P | undefined): void {
    this.#listed.add(key);
    const old = this.#cached(key);
    if (old?.uid === uid && old.resourceVersion === resourceVersion) {
      this.#changed.delete(key);
      this.#dropped.delete(key);
      return;
    }
    const value = project();
    if (value === undefined) {
      this.#dropped.add(key);
      this.#changed.delete(key);
    } else {
      this.#dropped.delete(key);
      this.#changed.set(key, { value, uid, resourceVersion });
    }
  }

  /** Takes a listed object back, which was deleted while the list was on its way. */
  unsee(key: string): void {
    this.#listed.delete(key);
    this.#changed.delete(key);
    this.#dropped.delete(key);
  }

  /** The difference: deletions first, so that what a deleted object held (an address, say) is free for new ones. */
  changes(cachedKeys: Iterable<string>): Change<P>[] {
    const changes: Change<P>[] = [];
    for (const key of cachedKeys) {
      const changed = this.#changed.get(key);
      const isGone = !this.#listed.has(key) || this.#dropped.has(key);
      if (isGone || (changed !== undefined && changed.uid !== this.#cached(key)?.uid))
        changes.push({ type: "delete", key });
    }
    for (const [key, entry] of this.#changed) changes.push({ type: "set", key, entry });
    return changes;
  }
}
