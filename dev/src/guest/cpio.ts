import { readFile } from "node:fs/promises";

import { StackError } from "../errors.ts";
import type { TarEntry } from "../images/tar.ts";

const types = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const;

/** Zeros up to the next multiple of four, where every header and every content begins. */
const padding = (size: number): Uint8Array => new Uint8Array((4 - (size % 4)) % 4);

function member(inode: number, mode: number, path: string, content: Uint8Array): Uint8Array[] {
  const name = Buffer.from(`${path}\0`);
  // Owner, time and devices are 0, so that equal contents give equal bytes.
  const fields = [inode, mode, 0, 0, 1, 0, content.byteLength, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`);
  return [header, name, padding(header.length + name.length), content, padding(content.byteLength)];
}

/**
 * An archive that the kernel unpacks as its first root file system; members in the given order, a directory before
 * what is in it. Source: the kernel's Documentation/driver-api/early-userspace/buffer-format.rst ("newc").
 * @throws StackError KURYR_DEV_GUEST when a file of this machine changed its size meanwhile
 */
export async function cpioArchive(entries: Iterable<TarEntry>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let inode = 0;
  for (const entry of entries) {
    inode += 1;
    if (entry.type === "directory") {
      parts.push(...member(inode, types.directory | entry.mode, entry.path, new Uint8Array()));
    } else if (entry.type === "symlink") {
      parts.push(...member(inode, types.symlink | 0o777, entry.path, Buffer.from(entry.target)));
    } else {
      const content = entry.content instanceof Uint8Array ? entry.content : await readFile(entry.content.source);
      if (!(entry.content instanceof Uint8Array) && content.byteLength !== entry.content.size) {
        throw new StackError("KURYR_DEV_GUEST", `${entry.content.source} changed while it was read`);
      }
      parts.push(...member(inode, types.file | entry.mode, entry.path, content));
    }
  }
  parts.push(...member(0, 0, "TRAILER!!!", new Uint8Array()));
  return Buffer.concat(parts);
}
