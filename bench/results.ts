import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Row } from "./row.ts";

/** One run that was kept. */
export interface Result {
  /** `2026-11-29-0123456789ab`: the day, and the commit. */
  readonly name: string;
  readonly rows: readonly Row[];
}

const key = ({ bench, metric }: Pick<Row, "bench" | "metric">): string => `${bench}\0${metric}`;

/** What is known of a commit after another run: a bench that ran again counts anew, whatever its lines were called before. */
export function merged(before: readonly Row[], now: readonly Row[]): Row[] {
  const again = new Set(now.map(({ bench }) => bench));
  return [...before.filter(({ bench }) => !again.has(bench)), ...now];
}

/** Keeps rows beside those that other benches of the same day and commit have left. Returns the file. */
export function keep(directory: string, name: string, rows: readonly Row[]): string {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${name}.json`);
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Row[]) : [];
  writeFileSync(`${file}.tmp`, `${JSON.stringify(merged(before, rows), undefined, 2)}\n`);
  renameSync(`${file}.tmp`, file);
  return file;
}

/** All runs that were kept, oldest first. */
export function kept(directory: string): Result[] {
  const names = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(".json")) : [];
  return names.sort().map((name) => ({
    name: name.slice(0, -".json".length),
    rows: JSON.parse(readFileSync(join(directory, name), "utf8")) as Row[],
  }));
}

/** How the lines with a goal went from run to run, as lines of cells: the ratio where there is a floor, else the value. */
export function trend(results: readonly Result[], benches: readonly string[]): string[][] {
  const last = new Map<string, Row>();
  for (const { rows } of results)
    for (const row of rows) if (row.goal !== null && benches.includes(row.bench)) last.set(key(row), row);
  const head = ["bench", "metric", "goal", ...results.map(({ name }) => name)];
  const lines = [...last.values()].map((row) => [
    row.bench,
    row.metric,
    row.ratio === null ? `<= ${row.goal} ${row.unit}` : `<= ${row.goal} x`,
    ...results.map(({ rows }) => {
      const then = rows.find((one) => key(one) === key(row));
      if (then === undefined) return "";
      return `${then.ratio ?? then.value}${then.ok ? "" : " MISSED"}`;
    }),
  ]);
  return [head, ...lines];
}
