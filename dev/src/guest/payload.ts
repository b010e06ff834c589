import { readFile, realpath } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { basename, join } from "node:path";

import { libraryClosure } from "../images/libraries.ts";
import type { TarEntry } from "../images/tar.ts";
import { directoryEntries, fileEntry, textEntry } from "../images/tree.ts";

/** A program for a guest, with every file that it needs. */
export interface Payload {
  readonly entries: readonly TarEntry[];
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A program of this machine at its own path, with the libraries that it is linked to. @throws CommandFailed from ldd */
export async function programEntries(path: string, as: string, signal: AbortSignal): Promise<TarEntry[]> {
  const program = await realpath(path);
  const entries = [await fileEntry(program, as, 0o755)];
  for (const library of await libraryClosure([program], signal)) {
    entries.push(await fileEntry(library, library.slice(1), 0o755));
  }
  return entries;
}

const isSource = (path: string): boolean => {
  const name = basename(path);
  if (name === "node_modules" || /\.(d|test)\.ts$/.test(name)) return false;
  return !name.includes(".") || /\.(ts|js|cjs|json|node)$/.test(name);
};

/** Types are taken out here: doing it in the guest would cost more seconds than all the rest. */
async function withoutTypes(entry: TarEntry): Promise<TarEntry> {
  if (entry.type !== "file" || entry.content instanceof Uint8Array || !entry.path.endsWith(".ts")) return entry;
  const text = stripTypeScriptTypes(await readFile(entry.content.source, "utf8"));
  return { ...entry, content: Buffer.from(text) };
}

/** Tells the guest's Node that what is called `.ts` is JavaScript already. */
const loader = `import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
const load = (url, context, next) =>
  url.endsWith(".ts") ? { format: "module", source: readFileSync(new URL(url)), shortCircuit: true } : next(url, context);
registerHooks({ load });
`;

/**
 * A script of the checkout that runs in a guest on this very Node, its types taken out and nothing else changed.
 * @param options.script path from `root`
 * @param options.sources directories from `root` with what it imports: `packages/netlink`, `node_modules/koffi`
 * @param options.links symbolic links by their path from `root`: `node_modules/@kuryr/netlink` to `../../packages/netlink`
 * @param options.programs of this machine that the script starts, by path; in the guest they are in `/usr/bin`
 * @throws CommandFailed, what reading the files throws
 */
export async function nodePayload(options: {
  readonly root: string;
  readonly script: string;
  readonly sources: readonly string[];
  readonly links?: Readonly<Record<string, string>>;
  readonly programs?: readonly string[];
  readonly signal: AbortSignal;
}): Promise<Payload> {
  const { root, script, signal } = options;
  const entries = new Map<string, TarEntry>();
  const add = (more: readonly TarEntry[]): void => more.forEach((entry) => entries.set(entry.path, entry));
  add(await programEntries(process.execPath, "usr/bin/node", signal));
  for (const program of options.programs ?? []) {
    add(await programEntries(program, join("usr/bin", basename(program)), signal));
  }
  for (const source of options.sources)
    add(await directoryEntries(join(root, source), join("payload", source), isSource));
  for (const [path, target] of Object.entries(options.links ?? {})) {
    add([{ type: "symlink", path: join("payload", path), target }]);
  }
  add([
    await fileEntry(join(root, script), join("payload", script)),
    await fileEntry(join(root, "package.json"), "payload/package.json"),
  ]);
  add([textEntry("payload/loader.mjs", loader)]);
  return {
    entries: await Promise.all([...entries.values()].map(withoutTypes)),
    argv: ["/usr/bin/node", "-C", "kuryr-source", "--import", "/payload/loader.mjs", join("/payload", script)],
  };
}
