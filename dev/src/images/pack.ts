import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import { StackError } from "../errors.ts";
import { fullName, type ImageConfig, imageLayout, type Layer, sha256 } from "./layout.ts";
import { type TarContent, type TarEntry, tarStream } from "./tar.ts";
import { completeTree } from "./tree.ts";

/** What an image is made of. */
export interface ImageSource {
  /** Of its file in the cache: `demo`. */
  readonly name: string;
  /** What pods say: `kuryr/demo:1`. Not `latest`, which nodes would try to pull. */
  readonly ref: string;
  readonly config: ImageConfig;
  /** A layer below, for what changes seldom and other images have too: nodes keep it once. */
  readonly base?: readonly TarEntry[];
  readonly entries: readonly TarEntry[];
}

export interface PackedImage {
  readonly ref: string;
  /** An OCI image layout in a tar, as `ctr images import` takes it. */
  readonly file: string;
  /** Of the manifest: what the node shows. */
  readonly digest: string;
}

/** Raised when the form of the archive changes, so that files of an older form are not taken. */
const form = 1;

const architecture = process.arch === "x64" ? "amd64" : process.arch;

let unfinished = 0;

/** Another checkout on this machine may be about to import an image of its own of that name. */
export const keptMs = 600_000;

/** Digests of files of this machine, by what changes with their content: packing is asked for again by every node. */
const knownDigests = new Map<string, string>();

async function digestOf(content: TarContent): Promise<string> {
  if (content instanceof Uint8Array) return sha256(content);
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(content.source, { bigint: true });
  const identity = [dev, ino, size, mtimeNs, ctimeNs].join(":");
  const known = knownDigests.get(identity);
  if (known !== undefined) return known;
  const hash = createHash("sha256");
  await pipeline(createReadStream(content.source, { highWaterMark: 1 << 20 }), hash);
  const digest = `sha256:${hash.digest("hex")}`;
  knownDigests.set(identity, digest);
  return digest;
}

/** The key of an image in the cache: everything that its bytes come from. */
async function inputKey(source: ImageSource, layers: readonly (readonly TarEntry[])[]): Promise<string> {
  const inputs: unknown[] = [form, architecture, source.ref, source.config];
  for (const [index, entries] of layers.entries()) {
    if (index > 0) inputs.push("layer");
    for (const entry of entries) {
      if (entry.type === "file") inputs.push([entry.type, entry.path, entry.mode, await digestOf(entry.content)]);
      else if (entry.type === "symlink") inputs.push([entry.type, entry.path, entry.target]);
      else inputs.push([entry.type, entry.path, entry.mode]);
    }
  }
  return createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 16);
}

async function writeTar(
  file: string,
  entries: Iterable<TarEntry>,
  signal: AbortSignal,
): Promise<{ digest: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  await pipeline(
    tarStream(entries),
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        size += chunk.byteLength;
        yield chunk;
      }
    },
    createWriteStream(file),
    { signal },
  );
  return { digest: `sha256:${hash.digest("hex")}`, size };
}

function corrupt(file: string, why: string): StackError {
  return new StackError(
    "KURYR_DEV_IMAGE",
    `${file} is no packed image: ${why}`,
    "Remove the file; it is packed again.",
  );
}

/**
 * The manifest's digest of a packed image, from the index at its beginning.
 * @throws StackError KURYR_DEV_IMAGE when the file was not written by `packImage`
 */
export async function packedDigest(file: string): Promise<string> {
  const handle = await open(file, "r");
  try {
    const header = Buffer.alloc(512);
    await handle.read(header, 0, 512, 0);
    if (!header.toString("latin1").startsWith("index.json\0")) throw corrupt(file, "it does not begin with an index");
    const index = Buffer.alloc(Number.parseInt(header.toString("latin1", 124, 135), 8));
    await handle.read(index, 0, index.length, 512);
    const digest = /"digest":"(sha256:[0-9a-f]{64})"/.exec(index.toString())?.[1];
    if (digest === undefined) throw corrupt(file, "its index names no manifest");
    return digest;
  } finally {
    await handle.close();
  }
}

/**
 * Packs a file tree into an image, deterministically: equal inputs, equal bytes.
 * The result is kept as `<directory>/<name>-<key>.tar`, keyed by all inputs; unchanged inputs cost only their hashing,
 * and what other inputs of that name gave more than ten minutes ago is removed.
 * @throws StackError KURYR_DEV_TAR for entries that do not form a tree, KURYR_DEV_IMAGE for a `latest` tag
 */
export async function packImage(source: ImageSource, directory: string, signal: AbortSignal): Promise<PackedImage> {
  if (!/:[\w.-]+$/.test(fullName(source.ref)) || source.ref.endsWith(":latest")) {
    throw new StackError("KURYR_DEV_IMAGE", `${source.ref} needs a tag other than latest: nodes would pull that one`);
  }
  const layers = [...(source.base === undefined ? [] : [source.base]), source.entries].map(completeTree);
  const file = join(directory, `${source.name}-${await inputKey(source, layers)}.tar`);
  const there = await stat(file).catch(() => undefined);
  if (there !== undefined) return { ref: source.ref, file, digest: await packedDigest(file) };

  await mkdir(directory, { recursive: true });
  // The nodes' imports may find the same image missing at once.
  unfinished += 1;
  const own = `${file}.${process.pid}-${unfinished}`;
  const layerFile = (index: number): string => `${own}.layer${index}`;
  const whole = `${own}.tmp`;
  try {
    const packed: Layer[] = [];
    for (const [index, entries] of layers.entries()) {
      const layer = await writeTar(layerFile(index), entries, signal);
      packed.push({ ...layer, content: { source: layerFile(index), size: layer.size } });
    }
    const layout = imageLayout(source.ref, source.config, packed, architecture);
    await writeTar(whole, layout.entries, signal);
    await rename(whole, file);
    for (const other of await readdir(directory)) {
      const old = new RegExp(`^${RegExp.escape(source.name)}-[0-9a-f]{16}\\.tar$`).test(other);
      if (!old || join(directory, other) === file) continue;
      const age = Date.now() - ((await stat(join(directory, other)).catch(() => undefined))?.mtimeMs ?? 0);
      if (age > keptMs) await rm(join(directory, other), { force: true });
    }
    return { ref: source.ref, file, digest: layout.digest };
  } finally {
    for (const index of layers.keys()) await rm(layerFile(index), { force: true });
    await rm(whole, { force: true });
  }
}
