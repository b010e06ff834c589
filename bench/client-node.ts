import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { layout } from "../dev/src/layout.ts";
import { run } from "../dev/src/machine/exec.ts";

const version = "2.0.1";

/**
 * The peer of the informer, which no package of the repository depends on: installed once, below the cache of the stack.
 * @returns the directory whose `node_modules` holds it
 * @throws CommandFailed with what npm says
 */
export async function clientNode(signal: AbortSignal): Promise<string> {
  const directory = join(layout.cache, "bench", `client-node-${version}`);
  if (existsSync(directory)) return directory;
  await mkdir(dirname(directory), { recursive: true });
  const temporary = await mkdtemp(`${directory}.tmp-`);
  try {
    const words = ["install", "--prefix", temporary, "--no-audit", "--no-fund", "--ignore-scripts"];
    // npm's own settings (registry, certificates) are the machine's way to its packages.
    const env = Object.fromEntries(
      Object.entries(process.env).filter((one): one is [string, string] => one[1] !== undefined),
    );
    await run(["npm", ...words, `@kubernetes/client-node@${version}`], {
      env,
      cwd: temporary,
      signal,
      timeoutMs: 300_000,
    });
    await rename(temporary, directory);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return directory;
}
