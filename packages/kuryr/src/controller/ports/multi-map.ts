/** Values by a key that several may have. */
export class MultiMap {
  readonly #values = new Map<string, Set<string>>();

  of(key: string): ReadonlySet<string> {
    return this.#values.get(key) ?? none;
  }

  add(key: string, value: string): void {
    const values = this.#values.get(key);
    if (values === undefined) this.#values.set(key, new Set([value]));
    else values.add(value);
  }

  remove(key: string, value: string): void {
    const values = this.#values.get(key);
    values?.delete(value);
    if (values?.size === 0) this.#values.delete(key);
  }
}

const none: ReadonlySet<string> = new Set();
