import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

test("the example of the README runs as it stands", async () => {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1];
  assert.ok(example);
  const folder = await mkdtemp(join(tmpdir(), "fakes-readme-"));
  try {
    const file = join(folder, "example.ts");
    await writeFile(join(folder, "package.json"), '{"type": "module"}');
    const client = import.meta.resolve("@kuryr/openstack");
    const fakes = new URL("../index.ts", import.meta.url).href;
    await writeFile(file, example.replace("@kuryr/openstack", client).replace("@kuryr/fakes", fakes));
    const { stdout } = await promisify(execFile)(process.execPath, ["-C", "kuryr-source", file], { timeout: 30_000 });
    assert.equal(stdout, "1 port, ACTIVE\n");
  } finally {
    await rm(folder, { recursive: true });
  }
});
