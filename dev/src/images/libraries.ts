import { run } from "../machine/exec.ts";

/**
 * The shared libraries and the loader that `ldd` lists, by the paths at which the loader looks for them.
 * The kernel's own `linux-vdso` has no file. Source: ldd(1).
 */
export function librariesIn(lddOutput: string): string[] {
  const found: string[] = [];
  for (const line of lddOutput.split("\n")) {
    const path = /^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)\s*$/.exec(line)?.[1];
    if (path !== undefined) found.push(path);
  }
  return found;
}

/** All shared libraries that these dynamically linked programs need, sorted. @throws CommandFailed from ldd */
export async function libraryClosure(programs: readonly string[], signal: AbortSignal): Promise<string[]> {
  const all = new Set<string>();
  for (const program of programs) {
    const { stdout } = await run(["ldd", program], { timeoutMs: 10_000, signal });
    for (const library of librariesIn(stdout)) all.add(library);
  }
  return [...all].sort();
}
