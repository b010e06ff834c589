import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { prepareStack } from "../commands/up.ts";
import { StackError, describeError } from "../errors.ts";
import { layout } from "../layout.ts";
import { goOnUnread } from "../machine/output.ts";
import { missingForStack } from "../machine/requirements.ts";
import { unprovedRows } from "./rows.ts";
import { lint, runTier, typecheck, unit, type Surroundings } from "./stages.ts";
import { indented, type TestResult } from "./tests.ts";
import { tiers, type Target } from "./tiers.ts";

const root = join(import.meta.dirname, "..", "..", "..");

const usage = `usage: npm test [-- unit|${tiers.map((tier) => tier.name).join("|")}] [--target fake|real]
  without a name: typecheck, lint, unit, then every tier that this machine can run
  unit      typecheck, lint and the tests beside the code; needs no root
${tiers.map((tier) => `  ${tier.name.padEnd(10)}${tier.heading}`).join("\n")}
  --target  what the contract tier runs against; both unless told
`;

interface Stage {
  readonly name: string;
  readonly run: (around: Surroundings) => Promise<TestResult[]>;
}

const checks: readonly Stage[] = [
  { name: "typecheck", run: typecheck },
  { name: "lint and format", run: lint },
  { name: "unit", run: unit },
];

interface Asked {
  readonly stages: readonly Stage[];
  readonly all: boolean;
  readonly target: Target | undefined;
}

function parse(args: string[]): Asked | undefined {
  let parsed: { values: { target?: string; help?: boolean }; positionals: string[] };
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: { target: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    throw new StackError("KURYR_DEV_USAGE", error instanceof Error ? error.message : String(error), usage);
  }
  const { values, positionals } = parsed;
  if (values.help === true) return undefined;
  const { target } = values;
  if (target !== undefined && target !== "fake" && target !== "real")
    throw new StackError("KURYR_DEV_USAGE", `--target takes fake or real, not ${target}`, usage);
  const asTiers = (names: readonly string[]): Stage[] =>
    tiers
      .filter((tier) => names.includes(tier.name))
      .map((tier) => ({ name: `${tier.name}: ${tier.heading}`, run: (around) => runTier(tier, around) }));
  const known = ["unit", ...tiers.map((tier) => tier.name)];
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new StackError("KURYR_DEV_USAGE", `there is no tier ${unknown}`, usage);
  if (positionals.length === 0) return { stages: [...checks, ...asTiers(known)], all: true, target };
  return { stages: [...(positionals.includes("unit") ? checks : []), ...asTiers(positionals)], all: false, target };
}

/** Rows that must be proved, from `test/rows.json`. */
function listedRows(): number[] {
  return (JSON.parse(readFileSync(join(root, "test", "rows.json"), "utf8")) as { proved: number[] }).proved;
}

/** What a person needs who has nothing but the end of the output. */
function failure({ file, name, why = "", told = [] }: TestResult): string {
  const lines = why.trimEnd().split("\n");
  const most = 40;
  const details = [...lines.slice(1, most), ...(lines.length > most ? ["..."] : []), ...told.slice(-most)];
  return [`  failed: ${file}: ${name}: ${lines[0]}`, ...details.map((line) => indented(line, "      "))].join("\n");
}

async function takeDown(): Promise<void> {
  const child = spawn(process.execPath, ["-C", "kuryr-source", join(root, "dev/src/main.ts"), "down"], {
    stdio: ["ignore", "ignore", "inherit"],
    // Not in the terminal's process group: a second Ctrl-C must not leave half a stack behind.
    detached: true,
  });
  await new Promise((resolve) => child.on("close", resolve));
}

async function main(): Promise<number> {
  const asked = parse(process.argv.slice(2));
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  if (asked === undefined) {
    write(usage);
    return 0;
  }
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupted.abort());
  const around: Surroundings = {
    root,
    signal: interrupted.signal,
    write,
    target: asked.target,
    ci: process.env["CI"] !== undefined && process.env["CI"] !== "" && process.env["CI"] !== "false",
  };
  const wasUp = existsSync(layout.run);
  const results: TestResult[] = [];
  const durations: (readonly [string, number])[] = [];
  // Before the unit tests, some of which start real servers and would be skipped on a bare machine.
  if (asked.all && process.getuid?.() === 0 && (await missingForStack()).length === 0) {
    write("\n=== packages, programs and images");
    const start = performance.now();
    await prepareStack({}, interrupted.signal, write);
    durations.push(["packages, programs and images", (performance.now() - start) / 1000]);
  }
  for (const stage of asked.stages) {
    if (interrupted.signal.aborted) break;
    write(`\n=== ${stage.name}`);
    const start = performance.now();
    const ended = await stage.run(around);
    const took = (performance.now() - start) / 1000;
    const count = (outcome: TestResult["outcome"]): number => ended.filter((one) => one.outcome === outcome).length;
    if (ended.length === 0) write(asked.all ? "  no test yet" : "  !!  there is no test in what was asked for");
    if (ended.length === 0 && !asked.all)
      results.push({ name: stage.name, file: stage.name, outcome: "failed", ms: 0, why: "it holds no test" });
    write(
      `--- ${stage.name}: ${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped in ${took.toFixed(1)} s`,
    );
    durations.push([stage.name, took]);
    results.push(...ended);
  }
  // The stack is left as it was found.
  if (!wasUp && existsSync(layout.run)) await takeDown();

  const cannotRun = results.some(
    (one) => one.outcome === "skipped" && one.why?.startsWith("this machine lacks") === true,
  );
  if (asked.all && !interrupted.signal.aborted && !cannotRun) {
    for (const row of unprovedRows(listedRows(), results)) {
      const name = `[row ${row}] is listed in test/rows.json`;
      results.push({ name, file: "test/rows.json", outcome: "failed", ms: 0, why: "no passing test proves it" });
    }
  }
  write("");
  for (const [name, took] of durations) write(`  ${took.toFixed(1).padStart(8)} s  ${name}`);
  for (const one of results) {
    if (one.outcome === "skipped") write(`  skipped: ${one.file}: ${one.name}: ${one.why ?? "without a reason"}`);
  }
  for (const one of results) {
    if (one.outcome === "failed") write(failure(one));
  }
  if (interrupted.signal.aborted) write("  interrupted: what follows is not the whole");
  const total = (outcome: TestResult["outcome"]): number => results.filter((one) => one.outcome === outcome).length;
  write(`${total("passed")} passed, ${total("failed")} failed, ${total("skipped")} skipped`);
  return total("failed") > 0 || total("passed") + total("skipped") === 0 || interrupted.signal.aborted ? 1 : 0;
}

goOnUnread();
try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`error: ${describeError(error)}\n`);
  process.exitCode = 2;
}
