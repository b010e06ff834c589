import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";

import { upCommand } from "../dev/src/commands/up.ts";
import { cniAdd } from "./cni-add.ts";
import { podReady } from "./pod-ready.ts";
import type { Row } from "./row.ts";

const benches: Readonly<Record<string, () => Promise<Row[]>>> = { "cni-add": cniAdd, "pod-ready": podReady };

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
  const all = [["", "bench", "metric", "value", "floor", "ratio", "goal", "n"], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "string" } } });
const names = positionals.length === 0 ? Object.keys(benches) : positionals;
const unknown = names.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  process.stderr.write(`no bench ${unknown.join(", ")}; there are: ${Object.keys(benches).join(", ")}\n`);
  process.exit(2);
}
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort(new Error(signal)));
await upCommand(["kuryr"], interrupted.signal);
const rows: Row[] = [];
for (const name of names) {
  process.stdout.write(`${name} ...\n`);
  rows.push(...((await benches[name]?.()) ?? []));
}
process.stdout.write(`${table(rows)}\n`);
if (values.json !== undefined) {
  mkdirSync(dirname(values.json), { recursive: true });
  writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
}
process.exit(rows.every((row) => row.ok) ? 0 : 1);
