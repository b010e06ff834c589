import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";

import { missingForStack } from "../machine/requirements.ts";
import { inTierOrder, type Target, type Tier } from "./tiers.ts";
import { runTestFiles, type TestResult } from "./tests.ts";

/** What every stage is given. */
export interface Surroundings {
  /** The checkout. */
  readonly root: string;
  readonly signal: AbortSignal;
  readonly write: (line: string) => void;
  readonly target: Target | undefined;
  /** Whether a machine that cannot run a tier is a failure. */
  readonly ci: boolean;
}

/** One command of the repository as a test of its own: typecheck, lint, format. */
async function check(name: string, argv: readonly string[], around: Surroundings): Promise<TestResult> {
  const start = performance.now();
  const child = spawn(argv[0] ?? "", argv.slice(1), {
    cwd: around.root,
    signal: around.signal,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PATH: `${join(around.root, "node_modules", ".bin")}:${process.env["PATH"] ?? ""}` },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  const code = await new Promise<number | string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (exit, signal) => resolve(exit ?? signal ?? "nothing"));
  });
  const ms = performance.now() - start;
  if (code === 0) {
    around.write(`  ok  ${name} (${(ms / 1000).toFixed(1)} s)`);
    return { name, file: name, outcome: "passed", ms };
  }
  const why = `${argv.join(" ")} ended with ${code}`;
  around.write(`  !!  ${why}\n${said.trimEnd().replaceAll(/^/gm, "        ")}`);
  return { name, file: name, outcome: "failed", ms, why };
}

export const typecheck = (around: Surroundings): Promise<TestResult[]> =>
  check("typecheck", ["tsc", "-p", "tsconfig.json"], around).then((one) => [one]);

export async function lint(around: Surroundings): Promise<TestResult[]> {
  return [
    await check("lint", ["oxlint", "--type-aware", "--deny-warnings"], around),
    await check("format", ["biome", "format", "."], around),
  ];
}

/** Tests beside the code: no root, no network, no machine. */
export async function unit(around: Surroundings): Promise<TestResult[]> {
  const files = [
    "packages/*/src/**/*.test.ts",
    "dev/src/**/*.test.ts",
    "bench/*.test.ts",
    "cni/**/*.test.ts",
    "deploy/**/*.test.ts",
    "test/docs/*.test.ts",
  ]
    .flatMap((pattern) => globSync(pattern, { cwd: around.root }))
    .sort()
    .map((file) => join(around.root, file));
  return runTestFiles({ ...around, files, concurrency: 2, timeoutMs: 600_000, verbose: false });
}

async function stackIsUp(words: readonly string[], around: Surroundings): Promise<boolean> {
  const child = spawn(process.execPath, ["-C", "kuryr-source", join(around.root, "dev/src/main.ts"), "up", ...words], {
    signal: around.signal,
    stdio: "inherit",
  });
  return new Promise((resolve) => {
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
  });
}

// The first build of Kubernetes happens inside a test, and takes what it takes.
const tierFileMs = 3_600_000;

/** Runs one tier, file after file. */
export async function runTier(tier: Tier, around: Surroundings): Promise<TestResult[]> {
  const directory = join(around.root, tier.directory);
  const names = globSync("**/*.test.ts", { cwd: directory });
  if (names.length === 0) return [];
  if (tier.targets !== undefined) return runTargets(tier, tier.targets, inTierOrder(tier.order, names), around);
  return runOnMachine(tier, inTierOrder(tier.order, names), tier.needsMachine(around.target), around);
}

/** The same cases once for each target; a case that one of them lacks fails. */
async function runTargets(
  tier: Tier,
  targets: readonly Target[],
  names: readonly string[],
  around: Surroundings,
): Promise<TestResult[]> {
  const results: TestResult[] = [];
  const counts = new Map<Target, number>();
  for (const target of targets.filter((one) => around.target === undefined || one === around.target)) {
    around.write(`\n${tier.name} against the ${target} services`);
    process.env["KURYR_TEST_TARGET"] = target;
    const ended = await runOnMachine(tier, names, tier.needsMachine(target), around);
    counts.set(target, ended.filter((one) => one.outcome === "passed").length);
    results.push(...ended.map((one) => ({ ...one, name: `${one.name} (${target})` })));
  }
  const [first, ...others] = counts.values();
  const skipped = results.some((one) => one.outcome === "skipped");
  if (!skipped && others.some((count) => count !== first)) {
    const why = [...counts].map(([target, count]) => `${count} cases pass on the ${target}`).join(", ");
    results.push({
      name: `${tier.name}: the same cases on every target`,
      file: tier.directory,
      outcome: "failed",
      ms: 0,
      why,
    });
  }
  return results;
}

async function runOnMachine(
  tier: Tier,
  names: readonly string[],
  needsMachine: boolean,
  around: Surroundings,
): Promise<TestResult[]> {
  const { write } = around;
  const directory = join(around.root, tier.directory);
  const files = names.map((name) => join(directory, name));
  const missing = needsMachine ? await missingForStack() : [];
  if (missing.length > 0) {
    const why = `this machine lacks ${missing.map((one) => one.what).join(", ")}`;
    write(`  ${around.ci ? "!!" : "--"}  ${why}`);
    for (const one of missing) write(`        ${one.what}: ${one.todo}`);
    return names.map((name) => ({
      name,
      file: join(tier.directory, name),
      outcome: around.ci ? "failed" : "skipped",
      ms: 0,
      why,
    }));
  }
  if (tier.up !== undefined && needsMachine && !(await stackIsUp(tier.up, around))) {
    return [{ name: `${tier.name}: the stack`, file: tier.directory, outcome: "failed", ms: 0, why: "up failed" }];
  }
  const results: TestResult[] = [];
  for (const file of files) {
    if (around.signal.aborted) break;
    const start = performance.now();
    write(`\n${file.slice(around.root.length + 1)}`);
    results.push(
      ...(await runTestFiles({ ...around, files: [file], concurrency: 1, timeoutMs: tierFileMs, verbose: true })),
    );
    write(`  ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
  return results;
}
