import { lstat, readdir, readlink, stat } from "node:fs/promises";
import { join, posix } from "node:path";

import { StackError } from "../errors.ts";
import type { TarEntry } from "./tar.ts";

/**
 * A file tree as an archive wants it: sorted by path, every parent directory present (mode 0755 unless given).
 * @throws StackError KURYR_DEV_TAR when two entries claim one path (equal directories excepted)
 */
export function completeTree(entries: Iterable<TarEntry>): TarEntry[] {
  const byPath = new Map<string, TarEntry>();
  for (const entry of entries) {
    const known = byPath.get(entry.path);
    if (
      known !== undefined &&
      !(known.type === "directory" && entry.type === "directory" && known.mode === entry.mode)
    ) {
      throw new StackError("KURYR_DEV_TAR", `the path ${entry.path} stands twice in one image`);
    }
    byPath.set(entry.path, entry);
  }
  for (const path of byPath.keys()) {
    for (let parent = posix.dirname(path); parent !== "."; parent = posix.dirname(parent)) {
      const known = byPath.get(parent);
      if (known === undefined) byPath.set(parent, { type: "directory", path: parent, mode: 0o755 });
      else if (known.type !== "directory")
        throw new StackError("KURYR_DEV_TAR", `${path} lies under ${parent}, which is no directory`);
    }
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A file of this machine, links followed, at a path of the image. */
export async function fileEntry(source: string, path: string, mode?: number): Promise<TarEntry> {
  const found = await stat(source);
  return { type: "file", path, mode: mode ?? found.mode & 0o7777, content: { source, size: found.size } };
}

/** A small text file of the image. */
export function textEntry(path: string, text: string, mode = 0o644): TarEntry {
  return { type: "file", path, mode, content: Buffer.from(text) };
}

/**
 * Everything under a directory of this machine: files, directories, symbolic links as they are.
 * @param prefix where it goes in the image, without slashes at the ends; empty for its root
 * @param keep names what to take, by its path relative to `root`; a directory that is not kept is not entered
 */
export async function directoryEntries(
  root: string,
  prefix: string,
  keep: (path: string) => boolean = () => true,
): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  const visit = async (below: string): Promise<void> => {
    for (const name of (await readdir(join(root, below))).sort()) {
      const relative = posix.join(below, name);
      if (!keep(relative)) continue;
      const source = join(root, relative);
      const path = posix.join(prefix, relative);
      const found = await lstat(source);
      if (found.isDirectory()) {
        entries.push({ type: "directory", path, mode: found.mode & 0o7777 });
        await visit(relative);
      } else if (found.isSymbolicLink()) {
        entries.push({ type: "symlink", path, target: await readlink(source) });
      } else if (found.isFile()) {
        entries.push(await fileEntry(source, path));
      }
    }
  };
  await visit("");
  return entries;
}
