import { globSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { describeError, StackError } from "../errors.ts";
import { goOnUnread } from "../machine/output.ts";
import { requireMachine } from "../machine/requirements.ts";
import { said, stackCommand, stackStatus } from "./command-line.ts";
import { stackMemory } from "./memory.ts";
import { runTestFiles, type TestResult } from "./tests.ts";

/** One stack that differs from the default in one thing. */
interface Variant {
  readonly name: string;
  readonly options: readonly string[];
  /** Release of OpenStack whose contract is held here, against the fake and the real services. */
  readonly contract?: "zed";
}

const variants: readonly Variant[] = [
  { name: "openstack-zed", options: ["--openstack", "zed"], contract: "zed" },
  { name: "kubernetes-1.34.4", options: ["--kubernetes-version", "1.34.4"] },
  { name: "containerd-1.6", options: ["--containerd", "1.6"] },
];

const root = join(import.meta.dirname, "..", "..", "..");
const stackFiles = ["network", "load-balancer", "pods"].map((name) => join(root, "test", "stack", `${name}.test.ts`));
const kuryrFiles = ["pods", "crds", "continuity", "kuryrctl"].map((name) =>
  join(root, "test", "e2e", `${name}.test.ts`),
);

const contractFiles = globSync("test/contract/openstack/*.test.ts", { cwd: root })
  .sort()
  .map((name) => join(root, name));
/** Under the heaviest of loads: Octavia of Zed sets a hundred members in a minute. */
const contractFileMs = 1_800_000;

const usage = `usage: npm run test:matrix [-- NAME...]
  the checks of the real stack, and pods by Kuryr, on each of: ${variants.map((one) => one.name).join(", ")}
  wipes the data of the stack on this machine, before and after
`;

const write = (line: string): void => void process.stdout.write(`${line}\n`);

/** A command of the stack as a test of its own. */
async function step(variant: Variant, name: string, words: readonly string[]): Promise<TestResult> {
  const outcome = await stackCommand(words, 3_600_000);
  const result = { name, file: variant.name, ms: outcome.seconds * 1000 };
  if (outcome.code === 0) {
    write(`  ok  ${name} (${outcome.seconds.toFixed(1)} s)`);
    return { ...result, outcome: "passed" };
  }
  write(`  !!  ${name}: ${said(outcome).trimEnd().replaceAll("\n", "\n        ")}`);
  return { ...result, outcome: "failed", why: `ended with ${outcome.code}` };
}

/** The cases of OpenStack's contract on the fake and on the real services, in the same number. */
async function runContract(variant: Variant, release: string, signal: AbortSignal): Promise<TestResult[]> {
  const results: TestResult[] = [];
  const counts: string[] = [];
  for (const target of ["fake", "real"]) {
    write(`\ncontract of ${release} against the ${target} services`);
    process.env["KURYR_TEST_TARGET"] = target;
    process.env["KURYR_TEST_OPENSTACK"] = release;
    const ended = await runTestFiles({
      root,
      files: contractFiles,
      concurrency: 1,
      timeoutMs: contractFileMs,
      signal,
      write,
      verbose: false,
    });
    counts.push(`${ended.filter((one) => one.outcome === "passed").length}`);
    results.push(...ended.map((one) => ({ ...one, file: `${variant.name}: ${one.file} (${target})` })));
  }
  delete process.env["KURYR_TEST_TARGET"];
  delete process.env["KURYR_TEST_OPENSTACK"];
  const name = `the contract of ${release}: the same cases on both targets`;
  const isSame = counts[0] === counts[1];
  results.push({
    name,
    file: variant.name,
    outcome: isSame ? "passed" : "failed",
    ms: 0,
    ...(isSame ? {} : { why: `${counts[0]} cases pass on the fake, ${counts[1]} on the real services` }),
  });
  return results;
}

/** Files one after the other, each test of them a line. */
async function runFiles(variant: Variant, files: readonly string[], signal: AbortSignal): Promise<TestResult[]> {
  const results: TestResult[] = [];
  for (const file of files) {
    write("");
    const ended = await runTestFiles({
      root,
      files: [file],
      concurrency: 1,
      timeoutMs: 600_000,
      signal,
      write,
      verbose: true,
    });
    results.push(...ended.map((one) => ({ ...one, file: `${variant.name}: ${one.file}` })));
  }
  return results;
}

async function runVariant(variant: Variant, signal: AbortSignal): Promise<{ results: TestResult[]; figures: string }> {
  const results = [await step(variant, "wipe", ["wipe"])];
  const up = await step(variant, `up ${variant.options.join(" ")}`, ["up", ...variant.options]);
  results.push(up);
  let memory = "";
  if (up.outcome === "passed") {
    const status = await stackStatus();
    const bad = status.report.components.filter((one) => one.state !== "up").map((one) => one.name);
    const name = `all ${status.report.components.length} components are up`;
    write(`  ${bad.length === 0 ? "ok" : "!!"}  ${name}`);
    results.push({
      name,
      file: variant.name,
      outcome: bad.length === 0 ? "passed" : "failed",
      ms: 0,
      ...(bad.length === 0 ? {} : { why: `not up: ${bad.join(", ")}` }),
    });
    memory = `, memory ${Math.round(stackMemory(status.report).mebibytes)} MiB`;
    results.push(...(await runFiles(variant, stackFiles, signal)));
    const kuryr = await step(variant, "up kuryr", ["up", "kuryr", ...variant.options]);
    results.push(kuryr);
    if (kuryr.outcome === "passed") results.push(...(await runFiles(variant, kuryrFiles, signal)));
  }
  if (up.outcome === "passed" && variant.contract !== undefined)
    results.push(...(await runContract(variant, variant.contract, signal)));
  const down = await step(variant, "down", ["down"]);
  results.push(down, await step(variant, "wipe at the end", ["wipe"]));
  const seconds = (one: TestResult): string => `${(one.ms / 1000).toFixed(1)} s`;
  return { results, figures: `up from nothing ${seconds(up)}, down ${seconds(down)}${memory}` };
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) {
    write(usage);
    return 0;
  }
  const unknown = positionals.find((name) => !variants.some((one) => one.name === name));
  if (unknown !== undefined) throw new StackError("KURYR_DEV_USAGE", `there is no variant ${unknown}`, usage);
  await requireMachine();
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  const results: TestResult[] = [];
  const figures: string[] = [];
  for (const variant of variants) {
    if (interrupted.signal.aborted || (positionals.length > 0 && !positionals.includes(variant.name))) continue;
    write(`\n=== ${variant.name}`);
    const start = performance.now();
    const ended = await runVariant(variant, interrupted.signal);
    results.push(...ended.results);
    const count = (outcome: TestResult["outcome"]): number =>
      ended.results.filter((one) => one.outcome === outcome).length;
    figures.push(
      `${variant.name.padEnd(20)} ${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped; ${ended.figures}; ${((performance.now() - start) / 1000).toFixed(0)} s in all`,
    );
  }
  write("");
  for (const line of figures) write(`  ${line}`);
  for (const one of results)
    if (one.outcome === "failed") write(`  failed: ${one.file}: ${one.name}: ${(one.why ?? "").split("\n")[0]}`);
  const total = (outcome: TestResult["outcome"]): number => results.filter((one) => one.outcome === outcome).length;
  write(`${total("passed")} passed, ${total("failed")} failed, ${total("skipped")} skipped`);
  return total("failed") > 0 || results.length === 0 || interrupted.signal.aborted ? 1 : 0;
}

goOnUnread();
try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`error: ${describeError(error)}\n`);
  process.exitCode = 2;
}
