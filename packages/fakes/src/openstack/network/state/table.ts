/** Takes back what was done since a transaction began. */
export interface Journal {
  note(undo: () => void): void;
}

/** Rows by id. Rows are values: a change replaces one, so that what was shown stays as it was. */
export class Table<Row extends { readonly id: string }> {
  readonly #rows = new Map<string, Row>();
  readonly #journal: Journal;
  readonly #onChange: ((before: Row | undefined, after: Row | undefined) => void) | undefined;

  /** @param onChange keeps indexes in step, also when a transaction is taken back */
  constructor(journal: Journal, onChange?: (before: Row | undefined, after: Row | undefined) => void) {
    this.#journal = journal;
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  has(id: string): boolean {
    return this.#rows.has(id);
  }

  values(): IterableIterator<Row> {
    return this.#rows.values();
  }

  set(row: Row): Row {
    const before = this.#rows.get(row.id);
    this.#put(row.id, row);
    this.#journal.note(() => this.#put(row.id, before));
    return row;
  }

  delete(id: string): void {
    const before = this.#rows.get(id);
    if (before === undefined) return;
    this.#put(id, undefined);
    this.#journal.note(() => this.#put(id, before));
  }

  #put(id: string, row: Row | undefined): void {
    const before = this.#rows.get(id);
    if (row === undefined) this.#rows.delete(id);
    else this.#rows.set(id, row);
    this.#onChange?.(before, row);
  }
}

/** Makes several changes together or none of them. */
export class Transactions implements Journal {
  #undo: (() => void)[] | undefined;

  note(undo: () => void): void {
    this.#undo?.push(undo);
  }

  /** Runs `work`; when it throws, all that it changed is as before. */
  run<Result>(work: () => Result): Result {
    if (this.#undo !== undefined) return work();
    this.#undo = [];
    try {
      return work();
    } catch (error) {
      const undo = this.#undo;
      this.#undo = undefined;
      for (const step of undo.reverse()) step();
      throw error;
    } finally {
      this.#undo = undefined;
    }
  }
}
