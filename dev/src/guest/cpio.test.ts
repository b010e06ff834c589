import assert from "node:assert/strict";
import { test } from "node:test";

import type { TarEntry } from "../images/tar.ts";
import { cpioArchive } from "./cpio.ts";

interface Member {
  readonly path: string;
  readonly mode: number;
  readonly content: string;
}

/** Reads an archive as the kernel does: header, name and content each padded to four bytes. */
function members(archive: Buffer): Member[] {
  const found: Member[] = [];
  let at = 0;
  const padded = (size: number): number => size + ((4 - (size % 4)) % 4);
  while (at < archive.length) {
    assert.equal(archive.toString("latin1", at, at + 6), "070701");
    const field = (index: number): number =>
      Number.parseInt(archive.toString("latin1", at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const nameEnd = at + 110 + field(11);
    const start = padded(nameEnd);
    const member = {
      path: archive.toString("utf8", at + 110, nameEnd - 1),
      mode: field(1),
      content: archive.toString("utf8", start, start + field(6)),
    };
    at = padded(start + field(6));
    found.push(member);
  }
  return found;
}

test("an archive for the kernel holds directories, files and links, and its end mark", async () => {
  const entries: TarEntry[] = [
    { type: "directory", path: "bin", mode: 0o755 },
    { type: "file", path: "bin/a", mode: 0o700, content: Buffer.from("hello") },
    { type: "file", path: "bin/empty", mode: 0o644, content: Buffer.alloc(0) },
    { type: "symlink", path: "bin/sh", target: "a" },
  ];
  assert.deepEqual(members(await cpioArchive(entries)), [
    { path: "bin", mode: 0o040755, content: "" },
    { path: "bin/a", mode: 0o100700, content: "hello" },
    { path: "bin/empty", mode: 0o100644, content: "" },
    { path: "bin/sh", mode: 0o120777, content: "a" },
    { path: "TRAILER!!!", mode: 0, content: "" },
  ]);
});

test("a file of the machine that changed its size is told", async () => {
  const content = { source: import.meta.filename, size: 1 };
  await assert.rejects(cpioArchive([{ type: "file", path: "a", mode: 0o644, content }]), { code: "KURYR_DEV_GUEST" });
});
