import type { Kind } from "./kind.ts";
import { groupVersion } from "./kind.ts";
import { ObjectStore, type Table } from "./store.ts";

/** A resource with what is stored of it. */
export interface Served {
  readonly kind: Kind;
  readonly table: Table;
}

/** Which resources are served. */
export class Registry {
  readonly store: ObjectStore;
  readonly #served = new Map<string, Served>();

  constructor(store: ObjectStore) {
    this.store = store;
  }

  add(kind: Kind): Served {
    const served = { kind, table: this.store.table(kind) };
    this.#served.set(`${groupVersion(kind)}/${kind.plural}`, served);
    return served;
  }

  /** The same table under a changed kind. */
  change(kind: Kind, table: Table): void {
    this.#served.set(`${groupVersion(kind)}/${kind.plural}`, { kind, table });
  }

  remove(kind: Kind): void {
    const id = `${groupVersion(kind)}/${kind.plural}`;
    const served = this.#served.get(id);
    if (served !== undefined) this.store.drop(served.table);
    this.#served.delete(id);
  }

  /** @param version `v1`, `apps/v1`, ... */
  find(version: string, plural: string): Served | undefined {
    return this.#served.get(`${version}/${plural}`);
  }

  all(): Served[] {
    return [...this.#served.values()];
  }

  hasVersion(version: string): boolean {
    return this.all().some(({ kind }) => groupVersion(kind) === version);
  }

  hasGroup(group: string): boolean {
    return this.all().some(({ kind }) => kind.group === group);
  }
}
