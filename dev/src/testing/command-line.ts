import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";

import type { ComponentStatus } from "../commands/status.ts";
import type { StackOptions } from "../options.ts";

/** How a command of the repository ended. */
export interface CommandOutcome {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** What `status --json` prints. */
export interface StatusReport {
  readonly stack: StackOptions;
  readonly up: boolean;
  readonly components: readonly ComponentStatus[];
  readonly nodes: readonly {
    readonly name: string;
    readonly address: string;
    readonly namespaces: { readonly net: string; readonly mount: string };
  }[];
  readonly images: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();
let watching = false;

/** A test that is ended takes what it started with it. */
function endWithThisProcess(child: ChildProcess): void {
  running.add(child);
  child.once("close", () => running.delete(child));
  if (watching) return;
  watching = true;
  const endAll = (): void => running.forEach((one) => one.kill("SIGTERM"));
  process.once("exit", endAll);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      endAll();
      process.exit(1);
    });
  }
}

/** Runs a command to its end as a user would, and never throws for its exit code. */
export function runCommand(
  argv: readonly string[],
  options: { timeoutMs: number; cwd?: string; env?: Readonly<Record<string, string>>; input?: string },
): Promise<CommandOutcome> {
  const start = performance.now();
  const env: Record<string, string | undefined> = { ...process.env, ...options.env };
  // A child that runs node:test would report to this runner instead of printing.
  delete env["NODE_TEST_CONTEXT"];
  return new Promise((resolve) => {
    const child = spawn(argv[0] ?? "", argv.slice(1), {
      env,
      stdio: ["pipe", "pipe", "pipe"],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    endWithThisProcess(child);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.stdin.on("error", () => undefined); // It may end without reading.
    child.stdin.end(options.input ?? "");
    const timer = setTimeout(() => child.kill("SIGTERM"), options.timeoutMs);
    const ended = (code: number | string): void => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr, seconds: (performance.now() - start) / 1000 });
    };
    child.on("error", (error) => ended(error.message));
    child.on("close", (code, signal) => ended(code ?? signal ?? "nothing"));
  });
}

const main = join(import.meta.dirname, "..", "main.ts");

/** `npm run stack -- WORDS`, without npm. */
export function stackCommand(words: readonly string[], timeoutMs = 600_000): Promise<CommandOutcome> {
  return runCommand([process.execPath, "-C", "kuryr-source", main, ...words], { timeoutMs });
}

/** Both streams of a command for the message of an assertion. */
export function said(outcome: CommandOutcome): string {
  return `ended with ${outcome.code} after ${outcome.seconds.toFixed(1)} s\n${outcome.stdout}${outcome.stderr}`;
}

/** `status --json`, with its exit code. */
export async function stackStatus(): Promise<{ code: number | string; report: StatusReport }> {
  const outcome = await stackCommand(["status", "--json"], 60_000);
  return { code: outcome.code, report: JSON.parse(outcome.stdout) as StatusReport };
}
