import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

import { upCommand } from "../dev/src/commands/up.ts";
import { run } from "../dev/src/machine/exec.ts";
import { goOnUnread } from "../dev/src/machine/output.ts";
import { benches } from "./benches.ts";
import { keep, kept, trend } from "./results.ts";
import type { Row } from "./row.ts";

const root = join(import.meta.dirname, "..");
const results = join(import.meta.dirname, "results");

const usage = `usage: npm run bench [-- NAME...] [--json FILE] [--trend]
${Object.entries(benches)
  .map(([name, { about, needsStack }]) => `  ${name.padEnd(16)}${about}${needsStack ? "; on the real stack" : ""}`)
  .join("\n")}
  --json FILE     writes the lines of this run there, too
  --trend         measures nothing: shows how the lines with a goal went from one kept run to the next
Every run is kept in bench/results, by day and commit. Ends with 1 when a goal was missed.
`;

function columns(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.ok ? "ok" : "MISSED",
    row.bench,
    row.metric,
    `${row.value} ${row.unit}`,
    row.floor === null ? "" : String(row.floor),
    row.ratio === null ? "" : `${row.ratio} x`,
    row.goal === null ? "" : `<= ${row.goal}`,
    String(row.n),
  ]);
  return columns([["", "bench", "metric", "value", "floor", "ratio", "goal", "n"], ...cells]);
}

/** Day and commit of the checkout. */
async function nameOfRun(): Promise<string> {
  const day = new Date().toISOString().slice(0, 10);
  const git = (...words: readonly string[]) => run(["git", "-C", root, ...words]).then(({ stdout }) => stdout.trim());
  try {
    const commit = await git("rev-parse", "--short=12", "HEAD");
    const changed = await git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/results");
    return `${day}-${commit}${changed === "" ? "" : "-changed"}`;
  } catch {
    return `${day}-no-commit`; // An archive of the sources has none.
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "string" },
    trend: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const all = Object.entries(benches).flatMap(([name, { partOf }]) => (partOf === undefined ? [name] : []));
const names = positionals.length === 0 ? all : positionals;
const unknown = names.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  process.stderr.write(`no bench ${unknown.join(", ")}; there are: ${Object.keys(benches).join(", ")}\n`);
  process.exit(2);
}
if (values.trend) {
  process.stdout.write(`${columns(trend(kept(results), names))}\n`);
  process.exit(0);
}
goOnUnread();
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort(new Error(signal)));
const rows: Row[] = [];
const failed: string[] = [];
const name = await nameOfRun();
try {
  if (names.some((one) => benches[one]?.needsStack === true)) await upCommand(["kuryr"], interrupted.signal);
  for (const one of names) {
    process.stdout.write(`${one} ...\n`);
    try {
      const measured = (await benches[one]?.run(interrupted.signal)) ?? [];
      rows.push(...measured);
      // At once: what comes after it may fail.
      keep(results, name, measured);
    } catch (error) {
      interrupted.signal.throwIfAborted();
      // The other rungs say something without it.
      failed.push(one);
      process.stderr.write(
        `${one} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
    }
  }
} catch (error) {
  if (!interrupted.signal.aborted) throw error;
  process.stderr.write("interrupted\n");
  process.exit(130);
}
process.stdout.write(`${table(rows)}\n`);
if (values.json !== undefined) {
  mkdirSync(dirname(values.json), { recursive: true });
  writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
}
if (failed.length > 0) process.stderr.write(`measured nothing: ${failed.join(", ")}\n`);
process.exit(failed.length === 0 && rows.every((row) => row.ok) ? 0 : 1);
