import type { FakeRequest, FakeResponse } from "./message.ts";
import type { SeededRandom } from "./random.ts";

/** How one request goes wrong. */
export type Fault =
  /** Another answer; nothing is done. */
  | { readonly kind: "answer"; readonly response: FakeResponse }
  /** The connection breaks before anything is done. */
  | { readonly kind: "reset" }
  /** Nothing is done and nothing answered; the connection stays open. */
  | { readonly kind: "hang" }
  /** It is done, and the connection breaks instead of an answer. */
  | { readonly kind: "lost-answer" }
  /** It is done, and another answer given: that of a gateway which has waited long enough. */
  | { readonly kind: "other-answer"; readonly response: FakeResponse }
  /** It is done, and the answer ends in the middle of its body. */
  | { readonly kind: "cut-body" }
  /** The body comes in pieces, with so many milliseconds between two of them. */
  | { readonly kind: "slow-body"; readonly ms: number; readonly pieces: number }
  /** It is done twice, as when a proxy repeats a request; the second answer is given. */
  | { readonly kind: "duplicate" };

/** When a fault happens. */
export interface FaultRule {
  readonly fault: Fault;
  /** Only these methods; all unless told. */
  readonly methods?: readonly string[];
  /** Only what this matches in `METHOD /path?query`. */
  readonly matching?: RegExp;
  /** Part of the matching requests that it happens to, from 0 to 1; default 1. */
  readonly probability?: number;
  /** So many matching requests pass first. */
  readonly after?: number;
  /** It happens so often at most. */
  readonly times?: number;
}

/** Milliseconds before a request is handled: a number, or evenly between two. */
export type Latency = number | { readonly min: number; readonly max: number };

/** Decides what happens to each request; the same seed and the same requests give the same decisions. */
export class FaultProfile {
  readonly #rules: { readonly rule: FaultRule; seen: number; hits: number }[] = [];
  readonly #random: SeededRandom;

  constructor(random: SeededRandom, rules: readonly FaultRule[] = []) {
    this.#random = random;
    for (const rule of rules) this.add(rule);
  }

  /** Adds a rule after those that are there; the first that applies decides. Returns how to take it back. */
  add(rule: FaultRule): () => void {
    const entry = { rule, seen: 0, hits: 0 };
    this.#rules.push(entry);
    return () => {
      const at = this.#rules.indexOf(entry);
      if (at !== -1) this.#rules.splice(at, 1);
    };
  }

  clear(): void {
    this.#rules.length = 0;
  }

  decide(request: FakeRequest): Fault | undefined {
    const line = `${request.method} ${request.target}`;
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (rule.methods !== undefined && !rule.methods.includes(request.method)) continue;
      if (rule.matching !== undefined && !rule.matching.test(line)) continue;
      entry.seen++;
      if (entry.seen <= (rule.after ?? 0) || entry.hits >= (rule.times ?? Number.POSITIVE_INFINITY)) continue;
      if (rule.probability !== undefined && this.#random.next() >= rule.probability) continue;
      entry.hits++;
      return rule.fault;
    }
    return undefined;
  }

  /** How long a request waits. */
  wait(latency: Latency | undefined): number {
    if (latency === undefined || typeof latency === "number") return latency ?? 0;
    return latency.min + this.#random.next() * (latency.max - latency.min);
  }
}
