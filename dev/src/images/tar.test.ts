import assert from "node:assert/strict";
import { lstat, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import * as fc from "fast-check";

import { run } from "../machine/exec.ts";
import { type TarEntry, tarHeader, tarStream } from "./tar.ts";
import { completeTree } from "./tree.ts";

let scratch = "";
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "kuryr-tar-"));
});
after(() => rm(scratch, { recursive: true, force: true }));

async function archive(entries: Iterable<TarEntry>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of tarStream(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const text = (path: string, content: string, mode = 0o644): TarEntry => ({
  type: "file",
  path,
  mode,
  content: Buffer.from(content),
});

test("tar lists modes, owners, sizes, times and targets as they were given", async () => {
  const file = join(scratch, "listed.tar");
  const entries: TarEntry[] = [
    { type: "directory", path: "tmp", mode: 0o1777 },
    text("bin/busybox", "12345", 0o4755),
    { type: "symlink", path: "bin/sh", target: "busybox" },
    text("empty", ""),
  ];
  await writeFile(file, await archive(completeTree(entries)));
  const { stdout, stderr } = await run(["tar", "--utc", "--numeric-owner", "-tvf", file]);
  assert.equal(stderr, "");
  assert.deepEqual(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.replaceAll(/ +/g, " ")),
    [
      "drwxr-xr-x 0/0 0 1970-01-01 00:00 bin/",
      "-rwsr-xr-x 0/0 5 1970-01-01 00:00 bin/busybox",
      "lrwxrwxrwx 0/0 0 1970-01-01 00:00 bin/sh -> busybox",
      "-rw-r--r-- 0/0 0 1970-01-01 00:00 empty",
      "drwxrwxrwt 0/0 0 1970-01-01 00:00 tmp/",
    ],
  );
});

test("any tree comes out of tar as it went in: long names, other scripts, contents, modes and links", async () => {
  const part = fc.oneof(
    fc.stringMatching(/^[a-zA-Z0-9._ -]{1,120}$/),
    fc.stringMatching(/^[a-z\u00e0-\u00ff\u4e00-\u4e20]{1,40}$/),
  );
  const path = fc
    .array(
      part.filter((p) => !/^\.+$/.test(p)),
      { minLength: 1, maxLength: 6 },
    )
    .map((parts) => parts.join("/"))
    .filter((p) => Buffer.byteLength(p) < 1000);
  const entry = fc.oneof(
    fc
      .record({ path, mode: fc.integer({ min: 0o400, max: 0o777 }), content: fc.uint8Array({ maxLength: 1500 }) })
      .map((e): TarEntry => ({ type: "file", ...e })),
    fc.record({ path, target: path }).map((e): TarEntry => ({ type: "symlink", ...e })),
  );
  // One long run of tar instead of hundreds: each entry gets a directory of its own.
  const sample = fc.sample(entry, 250).map((e, i): TarEntry => ({ ...e, path: `${i}/${e.path}` }));
  const file = join(scratch, "random.tar");
  await writeFile(file, await archive(completeTree(sample)));
  const out = join(scratch, "out");
  await mkdir(out);
  await run(["tar", "-xpf", file, "-C", out]);
  for (const item of sample) {
    const at = join(out, item.path);
    const found = await lstat(at);
    if (item.type === "symlink") {
      assert.equal(await readlink(at), item.target);
    } else if (item.type === "file") {
      assert.equal(found.mode & 0o777, item.mode);
      assert.deepEqual(await readFile(at), Buffer.from(item.content instanceof Uint8Array ? item.content : []));
    }
  }
});

test("a name of up to 255 bytes needs no extended header when a slash is in the right place, any other does", () => {
  const plain = `${"a".repeat(154)}/${"b".repeat(100)}`;
  assert.equal(tarHeader(text(plain, "")).length, 512);
  assert.equal(tarHeader(text("b".repeat(100), "")).length, 512);
  assert.equal(tarHeader(text("b".repeat(101), "")).length, 3 * 512);
  assert.equal(tarHeader({ type: "symlink", path: "a", target: "b".repeat(101) }).length, 3 * 512);
});

test("a path that could leave the root of the image is refused", () => {
  for (const path of ["/etc/passwd", "../x", "a/../b", "a//b", "./a", "", "a/", "a\0b"]) {
    assert.throws(() => tarHeader(text(path, "")), { code: "KURYR_DEV_TAR" });
  }
});

test("a file that changed its size since it was looked at is an error, not a broken archive", async () => {
  const source = join(scratch, "growing");
  await writeFile(source, "12345");
  for (const size of [4, 6]) {
    const entry: TarEntry = { type: "file", path: "f", mode: 0o644, content: { source, size } };
    await assert.rejects(archive([entry]), /changed while it was read/);
  }
});

test("a tree is sorted, has every parent once, and refuses two files of one name", () => {
  const tree = completeTree([text("b/c/d", ""), text("a", ""), { type: "directory", path: "b", mode: 0o700 }]);
  assert.deepEqual(
    tree.map((entry) => entry.path),
    ["a", "b", "b/c", "b/c/d"],
  );
  assert.equal(tree[1]?.type === "directory" && tree[1].mode, 0o700);
  assert.throws(() => completeTree([text("a", "1"), text("a", "2")]), /twice/);
  assert.throws(() => completeTree([text("a", "1"), text("a/b", "2")]), /no directory/);
});
