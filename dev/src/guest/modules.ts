import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { globSync } from "node:fs";

import { StackError } from "../errors.ts";
import type { GuestKernel } from "./kernel.ts";

/** The kernel takes `-` and `_` in the name of a module for the same. */
const canonical = (name: string): string => name.replaceAll("-", "_");

/** What a module's own description says it needs. Source: the `depends=` field of a module's .modinfo section. */
export function dependenciesIn(module: Buffer): string[] {
  const key = Buffer.from("\0depends=");
  const at = module.indexOf(key);
  if (at === -1) return [];
  const start = at + key.length;
  const text = module.toString("latin1", start, module.indexOf(0, start));
  return text === "" ? [] : text.split(",");
}

/**
 * The files of these modules and of all that they need, in the order in which they load. What is built into the
 * kernel is left out.
 * @throws StackError KURYR_DEV_GUEST for a module that the kernel has not
 */
export async function modulesInOrder(kernel: GuestKernel, wanted: readonly string[]): Promise<string[]> {
  const files = new Map<string, string>();
  for (const file of globSync("kernel/**/*.ko", { cwd: kernel.modules })) {
    files.set(canonical(basename(file, ".ko")), join(kernel.modules, file));
  }
  const builtIn = new Set(
    (await readFile(join(kernel.modules, "modules.builtin"), "utf8"))
      .split("\n")
      .map((line) => canonical(basename(line, ".ko"))),
  );
  const ordered: string[] = [];
  const visit = async (name: string): Promise<void> => {
    const file = files.get(canonical(name));
    if (file === undefined) {
      if (builtIn.has(canonical(name))) return;
      throw new StackError("KURYR_DEV_GUEST", `kernel ${kernel.release} has no module ${name}`);
    }
    if (ordered.includes(file)) return;
    for (const needed of dependenciesIn(await readFile(file))) await visit(needed);
    ordered.push(file);
  };
  for (const name of wanted) await visit(name);
  return ordered;
}
