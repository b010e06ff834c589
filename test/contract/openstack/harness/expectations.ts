import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Json } from "./http.ts";

/** One exchange as the real service answered it once, normalised. */
export interface Exchange {
  /** Who asked. */
  readonly as: string;
  readonly request: string;
  readonly status: number;
  readonly body?: Json;
  /** Where it is not JSON. */
  readonly type?: string;
}

type Book = Record<string, readonly Exchange[]>;

/** What one file of cases expects, by case: `expected/<release>/<file>.json`. */
export class Expectations {
  readonly #path: string;
  readonly #book: Book;
  readonly recording: boolean;
  readonly #recorded: Book = {};

  constructor(release: string, file: string, recording: boolean) {
    this.#path = join(import.meta.dirname, "..", "expected", release, `${file}.json`);
    this.#book = existsSync(this.#path) ? (JSON.parse(readFileSync(this.#path, "utf8")) as Book) : {};
    this.recording = recording;
  }

  of(name: string): readonly Exchange[] | undefined {
    return this.#book[name];
  }

  record(name: string, exchanges: readonly Exchange[]): void {
    this.#recorded[name] = exchanges;
  }

  /** Writes what was recorded, in place of what was there; what has no case any more goes. */
  save(cases: ReadonlySet<string>): void {
    if (!this.recording || Object.keys(this.#recorded).length === 0) return;
    mkdirSync(join(this.#path, ".."), { recursive: true });
    const all = Object.entries({ ...this.#book, ...this.#recorded }).filter(([name]) => cases.has(name));
    writeFileSync(this.#path, `${JSON.stringify(Object.fromEntries(all), undefined, 2)}\n`);
  }
}
