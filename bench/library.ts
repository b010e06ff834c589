import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Row } from "./row.ts";

const root = join(import.meta.dirname, "..");

/**
 * A bench that a library keeps beside its code: a program of its own, which needs no stack.
 * @param script path from the checkout
 * @returns its rows; what it prints is shown meanwhile
 */
export async function libraryBench(script: string, words: readonly string[], signal: AbortSignal): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), "kuryr-bench-"));
  const file = join(directory, "rows.json");
  try {
    const argv = ["--disable-warning=ExperimentalWarning", "-C", "kuryr-source", join(root, script), ...words];
    const child = spawn(process.execPath, [...argv, "--json", file], { cwd: root, stdio: "inherit" });
    // Asked to end, it is waited for: it may have namespaces and servers to take away.
    const end = (): void => void child.kill("SIGTERM");
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    const code = await new Promise<number | string>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exit, killed) => resolve(exit ?? killed ?? "nothing"));
    });
    signal.removeEventListener("abort", end);
    signal.throwIfAborted();
    // 1 with rows tells of a missed goal, which the rows tell better.
    if (!existsSync(file)) throw new Error(`${script} ended with ${code} and measured nothing`);
    return JSON.parse(readFileSync(file, "utf8")) as Row[];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
