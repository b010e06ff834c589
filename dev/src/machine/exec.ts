import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";

import { StackError } from "../errors.ts";
import { at, type Place } from "./place.ts";

/** The environment every child starts from: nothing of the caller's, so that no proxy, CA bundle or shim of a shell leaks in. */
export const cleanEnv: Readonly<Record<string, string>> = {
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
  no_proxy: "*",
  // Inherited by all that the stack starts: a process that it left behind is told by it.
  KURYR_DEV_STACK: "1",
};

export interface RunOptions {
  readonly place?: Place;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  /** Milliseconds; the whole process group is killed after it. Default 60,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Both streams are appended to this file as well. */
  readonly log?: string;
  /** Exit codes that are no failure; default `[0]`. */
  readonly accept?: readonly number[];
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that ended with an exit code nobody expected, or ran out of time. */
export class CommandFailed extends StackError {
  readonly exitCode: number | undefined;
  readonly stderr: string;

  constructor(argv: readonly string[], exitCode: number | undefined, stdout: string, stderr: string, why: string) {
    const said = (stderr.trim() || stdout.trim()).split("\n").slice(-12).join("\n    ");
    super("KURYR_DEV_COMMAND", `${argv.join(" ").slice(0, 300)}\n  ${why}${said === "" ? "" : `:\n    ${said}`}`);
    this.name = "CommandFailed";
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/**
 * Runs one command to its end and collects what it printed.
 * @throws CommandFailed on an unexpected exit code, a missing program, the time limit or an abort.
 */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const full = at(options.place, argv);
  const program = full[0];
  if (program === undefined) throw new StackError("KURYR_DEV_COMMAND", "an empty command line");
  return new Promise((resolve, reject) => {
    const child = spawn(program, full.slice(1), {
      env: { ...cleanEnv, ...options.env },
      cwd: options.cwd ?? "/",
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    let why: string | undefined;
    const end = (reason: string): void => {
      why ??= reason;
      if (child.pid !== undefined) {
        try {
          process.kill(-child.pid, "SIGKILL");
        } catch {
          // Gone already.
        }
      }
    };
    const timer = setTimeout(() => end(`ran out of time after ${Math.round(timeoutMs / 1000)} s`), timeoutMs);
    const onAbort = (): void => end("was interrupted");
    options.signal?.addEventListener("abort", onAbort, { once: true });
    if (options.signal?.aborted === true) onAbort();
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (options.log !== undefined) appendFileSync(options.log, text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (options.log !== undefined) appendFileSync(options.log, text);
    });
    child.stdin.on("error", () => undefined); // A program that never reads its input closes the pipe; its exit code tells enough.
    child.stdin.end(options.input ?? "");
    const done = (): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
    };
    child.on("error", (error) => {
      done();
      reject(new CommandFailed(full, undefined, stdout, stderr, `could not be started (${error.message})`));
    });
    child.on("close", (code, signal) => {
      done();
      if (why !== undefined) reject(new CommandFailed(full, undefined, stdout, stderr, why));
      else if (code !== null && (options.accept ?? [0]).includes(code)) resolve({ code, stdout, stderr });
      else reject(new CommandFailed(full, code ?? undefined, stdout, stderr, `ended with ${code ?? signal}`));
    });
  });
}

/** Whether the command ends with exit code 0. */
export async function succeeds(argv: readonly string[], options: RunOptions = {}): Promise<boolean> {
  try {
    await run(argv, options);
    return true;
  } catch (error) {
    if (error instanceof CommandFailed) return false;
    throw error;
  }
}
