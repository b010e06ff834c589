import type { Random } from "./random.ts";

/** What the fault profile sees of a request. */
export interface FaultContext {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly verb: string;
  readonly plural: string;
  /** Counts from 1. */
  readonly number: number;
}

/** How one request goes wrong. */
export type Fault =
  /** This answer instead of any effect; a Status of `reason` unless `body` is given. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly reason?: string | undefined;
      readonly body?: string | object | undefined;
      readonly headers?: Readonly<Record<string, string>> | undefined;
    }
  /** The connection breaks before any effect. */
  | { readonly kind: "reset" }
  /** Nothing happens, the connection stays. */
  | { readonly kind: "hang" }
  /** The effect happens, the answer is lost and the connection breaks. */
  | { readonly kind: "lost-answer" }
  /** The effect happens, then nothing comes back. */
  | { readonly kind: "hang-after-effect" }
  /** The effect happens twice, as when a proxy repeats the request; the second answer is sent. */
  | { readonly kind: "duplicate" }
  /** The answer's body comes in pieces with pauses between them. */
  | { readonly kind: "slow-body"; readonly pieceBytes: number; readonly pauseMs: number }
  /** The answer breaks off after so many bytes. */
  | { readonly kind: "truncate"; readonly bytes: number };

/** Asked for every request; what it returns happens. */
export type FaultProfile = (context: FaultContext, random: Random) => Fault | undefined;

/** Milliseconds before a request is served. */
export type LatencyProfile = (context: FaultContext, random: Random) => number;

/** A profile that lets each request fail with a chance, by one of `faults`. */
export function randomFaults(
  chance: number,
  faults: readonly Fault[],
  matches: (context: FaultContext) => boolean = () => true,
): FaultProfile {
  return (context, random) => {
    if (!matches(context) || random() >= chance) return undefined;
    return faults[Math.floor(random() * faults.length)];
  };
}

/** A latency between two bounds, evenly spread. */
export function uniformLatency(minMs: number, maxMs: number): LatencyProfile {
  return (_, random) => minMs + (maxMs - minMs) * random();
}
