import { copyFileSync, mkdirSync, readFileSync, renameSync, chmodSync } from "node:fs";
import { dirname } from "node:path";

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Puts the plugin that came with the daemon where the runtime looks for plugins. By rename: a runtime may start the old
 * one at any moment, and a file that is being executed cannot be written.
 *
 * @returns whether it was put there; not where the same one is there already, or none came with the daemon
 */
export function installShim(source: string, target: string): boolean {
  const own = contentOf(source);
  if (own === undefined || contentOf(target)?.equals(own) === true) return false;
  mkdirSync(dirname(target), { recursive: true });
  const unfinished = `${target}.new`;
  copyFileSync(source, unfinished);
  chmodSync(unfinished, 0o755);
  renameSync(unfinished, target);
  return true;
}
