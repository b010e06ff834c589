import type { TestResult } from "./tests.ts";

/** Row numbers in a test's name: `[row 23]`, `[rows 23, 24]`. */
export function rowsOf(name: string): number[] {
  return [...name.matchAll(/\[rows? ([\d, ]+)\]/g)].flatMap(([, list]) =>
    (list ?? "")
      .split(",")
      .map(Number)
      .filter((row) => row > 0),
  );
}

/** Rows of the list that no passing test proves. A row with a failing test beside a passing one is not proved. */
export function unprovedRows(listed: readonly number[], results: readonly TestResult[]): number[] {
  const of = (outcome: TestResult["outcome"]): Set<number> =>
    new Set(results.filter((one) => one.outcome === outcome).flatMap((one) => rowsOf(one.name)));
  const passed = of("passed");
  const failed = of("failed");
  return listed.filter((row) => !passed.has(row) || failed.has(row));
}
