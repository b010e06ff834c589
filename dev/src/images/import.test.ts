import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { importImage, listedDigest } from "./import.ts";
import { packImage } from "./pack.ts";
import { textEntry } from "./tree.ts";

let scratch = "";
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "kuryr-import-"));
});
after(() => rm(scratch, { recursive: true, force: true }));

const signal = AbortSignal.timeout(60_000);

/** A program that answers like `ctr`: its store is a file of the listing, an import writes `imported` into it. */
async function ctr(name: string, imported: string): Promise<{ path: string; calls: () => Promise<string> }> {
  const path = join(scratch, name);
  await writeFile(
    path,
    `#!/bin/sh
echo "$@" >> ${path}.calls
case "$6" in
  ls) echo "REF TYPE DIGEST SIZE"; cat ${path}.store 2>/dev/null ;;
  import) echo "${imported}" > ${path}.store ;;
esac
exit 0
`,
  );
  await chmod(path, 0o755);
  return { path, calls: () => readFile(`${path}.calls`, "utf8") };
}

test("an image is imported once, under its full name, and not again while the node has that digest", async () => {
  const image = await packImage(
    { name: "one", ref: "kuryr/one:1", config: {}, entries: [textEntry("a", "b")] },
    scratch,
    signal,
  );
  const line = `docker.io/kuryr/one:1 application/vnd.oci.image.manifest.v1+json ${image.digest} 1.0 KiB linux/amd64 -`;
  const node = await ctr("ctr-one", line);
  const options = { ctr: node.path, socket: "/run/node.sock", signal, ...image };
  assert.equal(await importImage(options), true);
  assert.equal(await importImage(options), false);
  const calls = (await node.calls()).trim().split("\n");
  assert.equal(calls.filter((call) => call.includes("import")).length, 1);
  assert.equal(calls[0], "--address /run/node.sock --namespace k8s.io images ls name==docker.io/kuryr/one:1");
});

test("a node that shows another image after the import is an error", async () => {
  const image = await packImage(
    { name: "two", ref: "kuryr/two:1", config: {}, entries: [textEntry("a", "c")] },
    scratch,
    signal,
  );
  const node = await ctr("ctr-two", `docker.io/kuryr/two:1 type sha256:${"0".repeat(64)}`);
  await assert.rejects(importImage({ ctr: node.path, socket: "/s", signal, ...image }), { code: "KURYR_DEV_IMAGE" });
});

test("the digest of exactly the asked name is read from a listing", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const listing = `REF TYPE DIGEST SIZE\ndocker.io/kuryr/demo:10 t sha256:${"b".repeat(64)} 1 MiB\ndocker.io/kuryr/demo:1 t ${digest} 1 MiB\n`;
  assert.equal(listedDigest(listing, "docker.io/kuryr/demo:1"), digest);
  assert.equal(listedDigest("REF TYPE DIGEST\n", "docker.io/kuryr/demo:1"), undefined);
});
