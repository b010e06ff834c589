import assert from "node:assert/strict";
import { test } from "node:test";

import { librariesIn } from "./libraries.ts";

test("libraries and loader are read from what ldd prints, the kernel's own object is left out", () => {
  const output = [
    "\tlinux-vdso.so.1 (0x00007ffd4a5e6000)",
    "\tlibcurl.so.4 => /lib/x86_64-linux-gnu/libcurl.so.4 (0x00007f3f0c000000)",
    "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f3f0bd5f000)",
    "\t/lib64/ld-linux-x86-64.so.2 (0x00007f3f0c1a0000)",
    "",
  ].join("\n");
  assert.deepEqual(librariesIn(output), [
    "/lib/x86_64-linux-gnu/libcurl.so.4",
    "/lib/x86_64-linux-gnu/libc.so.6",
    "/lib64/ld-linux-x86-64.so.2",
  ]);
  assert.deepEqual(librariesIn("\tstatically linked\n"), []);
});
