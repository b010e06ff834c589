import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { run } from "../machine/exec.ts";
import { fullName, sha256 } from "./layout.ts";
import { type ImageSource, keptMs, packedDigest, packImage } from "./pack.ts";
import { directoryEntries, textEntry } from "./tree.ts";

let scratch = "";
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "kuryr-pack-"));
});
after(() => rm(scratch, { recursive: true, force: true }));

const signal = AbortSignal.timeout(60_000);

async function tree(name: string): Promise<string> {
  const root = join(scratch, name);
  await mkdir(join(root, "bin"), { recursive: true });
  await writeFile(join(root, "bin/tool"), "#!/bin/sh\n");
  await chmod(join(root, "bin/tool"), 0o755);
  await symlink("tool", join(root, "bin/alias"));
  return root;
}

async function source(root: string, extra = "hello"): Promise<ImageSource> {
  return {
    name: "sample",
    ref: "kuryr/sample:1",
    config: {
      entrypoint: ["/bin/tool"],
      cmd: ["-v"],
      env: ["PATH=/bin"],
      user: "1:1",
      workingDir: "/",
      exposedPorts: ["80/tcp"],
    },
    entries: [...(await directoryEntries(root, "")), textEntry("etc/motd", extra)],
  };
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

async function blob(root: string, { digest, size }: Descriptor): Promise<Buffer> {
  const bytes = await readFile(join(root, "blobs", digest.replace(":", "/")));
  assert.equal(sha256(bytes), digest);
  assert.equal(bytes.length, size);
  return bytes;
}

const parsed = (bytes: Buffer): unknown => JSON.parse(bytes.toString());

test("a packed image is a layout in which every digest and size holds, from the index down to the layer", async () => {
  const image = await packImage(await source(await tree("layout")), join(scratch, "layout-out"), signal);
  const root = join(scratch, "layout-x");
  await mkdir(root);
  await run(["tar", "-xf", image.file, "-C", root]);
  assert.deepEqual(parsed(await readFile(join(root, "oci-layout"))), { imageLayoutVersion: "1.0.0" });
  const index = parsed(await readFile(join(root, "index.json"))) as {
    manifests: (Descriptor & { annotations: Record<string, string> })[];
  };
  const [entry] = index.manifests;
  assert.ok(entry !== undefined);
  assert.equal(entry.digest, image.digest);
  assert.equal(entry.annotations["io.containerd.image.name"], "docker.io/kuryr/sample:1");
  assert.equal(entry.annotations["org.opencontainers.image.ref.name"], "1");
  const manifest = parsed(await blob(root, entry)) as { config: Descriptor; layers: Descriptor[] };
  const [layer] = manifest.layers;
  assert.ok(layer !== undefined && manifest.layers.length === 1);
  const config = parsed(await blob(root, manifest.config)) as { config: unknown; rootfs: { diff_ids: string[] } };
  assert.deepEqual(config.rootfs.diff_ids, [layer.digest]);
  assert.deepEqual(config.config, {
    User: "1:1",
    ExposedPorts: { "80/tcp": {} },
    Env: ["PATH=/bin"],
    Entrypoint: ["/bin/tool"],
    Cmd: ["-v"],
    WorkingDir: "/",
  });
  const layerFile = join(scratch, "layer.tar");
  await writeFile(layerFile, await blob(root, layer));
  const { stdout } = await run(["tar", "-tf", layerFile]);
  assert.deepEqual(stdout.trim().split("\n"), ["bin/", "bin/alias", "bin/tool", "etc/", "etc/motd"]);
  assert.equal(await packedDigest(image.file), image.digest);
});

test("equal inputs give equal bytes, wherever and whenever they are packed", async () => {
  const one = await packImage(await source(await tree("same-1")), join(scratch, "same-out-1"), signal);
  const two = await packImage(await source(await tree("same-2")), join(scratch, "same-out-2"), signal);
  assert.equal(one.digest, two.digest);
  assert.deepEqual(await readFile(one.file), await readFile(two.file));
});

test("unchanged inputs are not packed again; changed ones are, and in time take the place of the old file", async () => {
  const root = await tree("changing");
  const out = join(scratch, "changing-out");
  const before = await packImage(await source(root), out, signal);
  const { ino, mtimeMs } = await stat(before.file);
  assert.deepEqual(await packImage(await source(root), out, signal), before);
  const again = await stat(before.file);
  assert.deepEqual([again.ino, again.mtimeMs], [ino, mtimeMs]);

  await writeFile(join(root, "bin/tool"), "#!/bin/dash\n");
  const changed = await packImage(await source(root), out, signal);
  assert.notEqual(changed.digest, before.digest);
  assert.equal((await readdir(out)).length, 2, "another checkout may be about to import the other one");
  const longAgo = new Date(Date.now() - 2 * keptMs);
  for (const file of [before.file, changed.file]) await utimes(file, longAgo, longAgo);
  await chmod(join(root, "bin/tool"), 0o700);
  const tightened = await packImage(await source(root), out, signal);
  assert.notEqual(tightened.digest, changed.digest);
  assert.deepEqual(await readdir(out), [tightened.file.slice(out.length + 1)]);
});

test("a layer below comes first, and equal ones have equal digests whatever lies above", async () => {
  const base = [textEntry("etc/base", "base")];
  const layersOf = async (name: string, extra: string): Promise<string[]> => {
    const image = await packImage(
      { ...(await source(await tree(name), extra)), base },
      join(scratch, `${name}-out`),
      signal,
    );
    const root = join(scratch, `${name}-x`);
    await mkdir(root);
    await run(["tar", "-xf", image.file, "-C", root]);
    const index = parsed(await readFile(join(root, "index.json"))) as { manifests: [Descriptor] };
    const manifest = parsed(await blob(root, index.manifests[0])) as { config: Descriptor; layers: Descriptor[] };
    const config = parsed(await blob(root, manifest.config)) as { rootfs: { diff_ids: string[] } };
    assert.deepEqual(
      config.rootfs.diff_ids,
      manifest.layers.map(({ digest }) => digest),
    );
    return config.rootfs.diff_ids;
  };
  const [one, two] = [await layersOf("layers-1", "one"), await layersOf("layers-2", "two")];
  assert.equal(one.length, 2);
  assert.equal(one[0], two[0]);
  assert.notEqual(one[1], two[1]);
});

test("an interrupted packing leaves nothing", async () => {
  const out = join(scratch, "interrupted-out");
  await assert.rejects(packImage(await source(await tree("interrupted")), out, AbortSignal.abort(new Error("no"))));
  assert.deepEqual(await readdir(out), []);
});

test("the tag latest, or none, is refused, because a node would try to pull it", async () => {
  const sample = await source(await tree("latest"));
  for (const ref of ["kuryr/sample:latest", "kuryr/sample", "registry:5000/sample"]) {
    await assert.rejects(packImage({ ...sample, ref }, join(scratch, "latest-out"), signal), {
      code: "KURYR_DEV_IMAGE",
    });
  }
});

test("names get the registry that container runtimes add", () => {
  assert.equal(fullName("kuryr/demo:1"), "docker.io/kuryr/demo:1");
  assert.equal(fullName("busybox:1"), "docker.io/library/busybox:1");
  assert.equal(fullName("registry.example/kuryr/demo:1"), "registry.example/kuryr/demo:1");
  assert.equal(fullName("localhost/demo:1"), "localhost/demo:1");
});
