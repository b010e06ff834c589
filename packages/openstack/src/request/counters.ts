import type { RequestReport } from "./request.ts";

/** What was seen of one operation. */
export interface OperationCount {
  readonly service: string;
  /** Such as `GET ports`. */
  readonly operation: string;
  /** HTTP exchanges, repeated ones included. */
  readonly requests: number;
  /** Those without an answer, or with one of 400 or more. */
  readonly failures: number;
  readonly totalMs: number;
  readonly maxMs: number;
}

/** Counts requests by operation. */
export interface RequestCounters {
  /** For the option of the same name. */
  readonly onRequest: (report: RequestReport) => void;
  /** In order of their first request. */
  counts(): OperationCount[];
  reset(): void;
}

/** Counters for `connect({onRequest: counters.onRequest})`. */
export function createCounters(): RequestCounters {
  const counts = new Map<string, OperationCount>();
  return {
    onRequest({ service, operation, status, ms }) {
      const key = `${service} ${operation}`;
      const old = counts.get(key) ?? { service, operation, requests: 0, failures: 0, totalMs: 0, maxMs: 0 };
      counts.set(key, {
        ...old,
        requests: old.requests + 1,
        failures: old.failures + (status === undefined || status >= 400 ? 1 : 0),
        totalMs: old.totalMs + ms,
        maxMs: Math.max(old.maxMs, ms),
      });
    },
    counts: () => [...counts.values()],
    reset: () => counts.clear(),
  };
}
