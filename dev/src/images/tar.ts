import { createReadStream } from "node:fs";

import { StackError } from "../errors.ts";

/** What a file of the archive holds: the bytes, or a file of this machine with the size it must still have. */
export type TarContent = Uint8Array | { readonly source: string; readonly size: number };

/** One member of an archive. Paths are relative, without `.`, `..` and trailing slash. */
export type TarEntry =
  | { readonly type: "directory"; readonly path: string; readonly mode: number }
  | { readonly type: "symlink"; readonly path: string; readonly target: string }
  | { readonly type: "file"; readonly path: string; readonly mode: number; readonly content: TarContent };

const blockSize = 512;

function bad(path: string, why: string): StackError {
  return new StackError("KURYR_DEV_TAR", `${JSON.stringify(path)} cannot go into an archive: ${why}`);
}

/** Bytes that fill a member up to the next block. */
function padding(size: number): Uint8Array {
  return new Uint8Array((blockSize - (size % blockSize)) % blockSize);
}

function contentSize(content: TarContent): number {
  return content instanceof Uint8Array ? content.byteLength : content.size;
}

/** An ASCII path as ustar's name and prefix, split at a slash; `undefined` where it does not fit. */
function ustarName(path: string): { name: string; prefix: string } | undefined {
  if (!/^[\x20-\x7e]*$/.test(path)) return undefined;
  if (path.length <= 100) return { name: path, prefix: "" };
  for (let slash = path.indexOf("/"); slash !== -1 && slash <= 155; slash = path.indexOf("/", slash + 1)) {
    const name = path.slice(slash + 1);
    if (name.length > 0 && name.length <= 100) return { name, prefix: path.slice(0, slash) };
  }
  return undefined;
}

interface Fields {
  readonly name: string;
  readonly prefix: string;
  readonly mode: number;
  readonly size: number;
  readonly type: string;
  readonly link: string;
}

/** One ustar header block: owner and time are 0, so that equal contents give equal bytes. */
function headerBlock(fields: Fields): Buffer {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, at: number, length: number): void => {
    block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "latin1");
  };
  block.write(fields.name, 0, 100, "utf8");
  octal(fields.mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(fields.size, 124, 12);
  octal(0, 136, 12);
  block.write("        ", 148, "latin1");
  block.write(fields.type, 156, "latin1");
  block.write(fields.link, 157, 100, "utf8");
  block.write("ustar\x0000", 257, "latin1");
  block.write(fields.prefix, 345, 155, "utf8");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** One record of a pax header, which begins with its own length in bytes. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (bytes + String(length).length !== length) length += 1;
  return `${length}${rest}`;
}

/**
 * The header of one member: a ustar block, preceded by a pax header where a name is too long or not ASCII.
 * Source: POSIX.1-2017 pax, "ustar Interchange Format" and "pax Extended Header".
 * @throws StackError KURYR_DEV_TAR for a path that would leave the archive's root, or a file of 8 GiB and more
 */
export function tarHeader(entry: TarEntry): Buffer {
  const parts = entry.path.split("/");
  if (parts.some((part) => part === "" || part === "." || part === ".."))
    throw bad(entry.path, "not a clean relative path");
  if (entry.path.includes("\0")) throw bad(entry.path, "it contains a NUL");
  const path = entry.type === "directory" ? `${entry.path}/` : entry.path;
  const size = entry.type === "file" ? contentSize(entry.content) : 0;
  if (size >= 8 ** 11) throw bad(entry.path, "it has 8 GiB or more");
  const link = entry.type === "symlink" ? entry.target : "";
  const fit = ustarName(path);
  const records: string[] = [];
  if (fit === undefined) records.push(paxRecord("path", path));
  if (ustarName(link)?.prefix !== "") records.push(paxRecord("linkpath", link));
  const cut = (text: string): string => Buffer.from(text.replaceAll(/[^\x20-\x7e]/g, "_")).toString("latin1", 0, 100);
  const block = headerBlock({
    name: fit?.name ?? cut(path),
    prefix: fit?.prefix ?? "",
    mode: entry.type === "symlink" ? 0o777 : entry.mode,
    size,
    type: { file: "0", symlink: "2", directory: "5" }[entry.type],
    link: records.some((record) => record.includes(" linkpath=")) ? cut(link) : link,
  });
  if (records.length === 0) return block;
  const text = Buffer.from(records.join(""));
  const pax = headerBlock({ name: "pax", prefix: "", mode: 0o644, size: text.length, type: "x", link: "" });
  return Buffer.concat([pax, text, padding(text.length), block]);
}

/**
 * The bytes of an archive, members in the given order.
 * @throws StackError KURYR_DEV_TAR, also when a file of this machine changed its size meanwhile
 */
export async function* tarStream(entries: Iterable<TarEntry>): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield tarHeader(entry);
    if (entry.type !== "file") continue;
    const size = contentSize(entry.content);
    if (entry.content instanceof Uint8Array) {
      yield entry.content;
    } else {
      let seen = 0;
      for await (const chunk of createReadStream(entry.content.source, { highWaterMark: 1 << 20 })) {
        if (!(chunk instanceof Uint8Array)) throw bad(entry.path, "it was not read as bytes");
        seen += chunk.byteLength;
        if (seen > size) break;
        yield chunk;
      }
      if (seen !== size) throw bad(entry.path, `${entry.content.source} changed while it was read`);
    }
    yield padding(size);
  }
  yield new Uint8Array(2 * blockSize);
}
