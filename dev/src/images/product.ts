import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, realpath, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

import { run } from "../machine/exec.ts";
import { compileStatic } from "./compile.ts";
import { libraryClosure } from "./libraries.ts";
import type { ImageConfig } from "./layout.ts";
import { keptMs, type ImageSource } from "./pack.ts";
import type { TarContent, TarEntry } from "./tar.ts";
import { directoryEntries, fileEntry, textEntry } from "./tree.ts";

/** The processes of Kuryr that have images of their own. */
export type Component = "controller" | "daemon";

const repository = join(import.meta.dirname, "..", "..", "..");

/** Where the product lies in its images; the shim is what the daemon installs on its node. */
export const productDirectory = "/opt/kuryr";
const cacheDirectory = `${productDirectory}/compile-cache`;

/** Names as pods say them: the original's. */
export const productImages: Readonly<Record<Component, string>> = {
  controller: "kuryr/controller:0.1.0",
  daemon: "kuryr/cni:0.1.0",
};

/** No name of the image's /etc/passwd: a number is what `runAsNonRoot` can verify. */
const users: Readonly<Record<Component, number>> = { controller: 65532, daemon: 0 };

/**
 * Small: both processes hold little and allocate little. The daemon, of which every node has one, has 90 MiB in all: a
 * heap that is collected before it spreads, and one thread beside the main one to do it (docs/decisions/0004).
 */
export const nodeFlags: Readonly<Record<Component, readonly string[]>> = {
  controller: ["--max-semi-space-size=1", "--optimize-for-size"],
  daemon: ["--max-semi-space-size=1", "--optimize-for-size", "--v8-pool-size=1", "--max-old-space-size=32"],
};

/** How a component's container starts. */
export function productConfig(component: Component): ImageConfig {
  return {
    entrypoint: [
      "/usr/bin/node",
      ...nodeFlags[component],
      "-C",
      "kuryr-source",
      `${productDirectory}/packages/kuryr/src/${component}/main.ts`,
    ],
    // The cache holds the stripped sources, so that the process need not load the 30 MB that strip them.
    env: [
      "PATH=/usr/bin",
      `NODE_COMPILE_CACHE=${cacheDirectory}`,
      "NODE_COMPILE_CACHE_PORTABLE=1",
      "MALLOC_ARENA_MAX=2",
    ],
    user: `${users[component]}:${users[component]}`,
    workingDir: "/",
  };
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = async (directory: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(directory, "package.json"), "utf8")) as Manifest;

/** What a process loads of a package: no sources in C, no documentation, no types. */
const isLoaded = (path: string): boolean =>
  !/^(doc|docs|test|vendor)(\/|$)/.test(path) && !/\.(d\.[cm]?ts|map|md|cc|hh|S|asm|inc|def|txt)$/.test(path);

/** Product sources: everything but tests. */
const isSource = (path: string): boolean =>
  path === "package.json" || path === "src" || (path.startsWith("src/") && !path.endsWith(".test.ts"));

/** Readable by everyone, whatever the checkout's own modes are. */
const readable = (entries: readonly TarEntry[]): TarEntry[] =>
  entries.map((entry) =>
    entry.type === "symlink" ? entry : { ...entry, mode: entry.type === "directory" ? 0o755 : 0o644 },
  );

/** The workspace packages and the libraries that a process of Kuryr needs, as paths below the product's directory. */
export async function productTree(): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  const seen = new Set<string>();
  const libraries: string[] = [];
  const visit = async (name: string, optional: boolean): Promise<void> => {
    if (seen.has(name)) return;
    seen.add(name);
    const link = join(repository, "node_modules", name);
    if (!existsSync(link)) {
      if (optional) return; // Of another platform.
      throw new Error(`${name} is not installed: npm ci`);
    }
    const directory = await realpath(link);
    const own = name.startsWith("@kuryr/");
    const at = relative(repository, directory);
    entries.push(...readable(await directoryEntries(directory, at, own ? isSource : isLoaded)));
    if (own)
      entries.push({ type: "symlink", path: `node_modules/${name}`, target: relative(dirname(link), directory) });
    else libraries.push(directory);
    const manifest = await manifestOf(directory);
    for (const one of Object.keys(manifest.dependencies ?? {})) await visit(one, false);
    for (const one of Object.keys(manifest.optionalDependencies ?? {})) await visit(one, true);
  };
  await visit("@kuryr/kuryr", false);
  entries.push(textEntry("package.json", JSON.stringify({ type: "module", private: true })));
  return entries;
}

/** A root of Debian's with Node in it, and nothing to start but Node. */
async function debianRoot(signal: AbortSignal): Promise<TarEntry[]> {
  const node = await realpath(process.execPath);
  const entries: TarEntry[] = [
    { type: "directory", path: "tmp", mode: 0o1777 },
    { type: "directory", path: "run", mode: 0o755 },
    // Where runtimes say that network namespaces are.
    { type: "symlink", path: "var/run", target: "/run" },
    textEntry("etc/passwd", "root:x:0:0:root:/:/usr/sbin/nologin\nkuryr:x:65532:65532:kuryr:/:/usr/sbin/nologin\n"),
    textEntry("etc/group", "root:x:0:\nkuryr:x:65532:\n"),
    // Without it glibc asks DNS before /etc/hosts.
    textEntry("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
    await fileEntry("/etc/os-release", "etc/os-release", 0o644),
    await fileEntry(node, "usr/bin/node", 0o755),
  ];
  for (const library of await libraryClosure([node], signal)) {
    entries.push(await fileEntry(library, library.slice(1), 0o755));
  }
  return entries;
}

const bytesOf = async (content: TarContent): Promise<Uint8Array> =>
  content instanceof Uint8Array ? content : readFile(content.source);

/** Of everything that the cache of the compiled sources comes from. */
async function keyOf(component: Component, tree: readonly TarEntry[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([process.version, productConfig(component)]));
  for (const entry of tree) {
    hash.update(`${entry.type} ${entry.path}\n`);
    if (entry.type !== "file") continue;
    hash.update(await bytesOf(entry.content));
  }
  return hash.digest("hex").slice(0, 16);
}

/**
 * The cache of one component's sources, stripped and compiled: what Node writes when it starts the component in a copy
 * of the tree, as the user that it will run as (who is in the cache's key).
 */
async function compileCache(component: Component, tree: readonly TarEntry[], directory: string, signal: AbortSignal) {
  const stage = join(directory, `compiled-${component}-${await keyOf(component, tree)}`);
  if (!existsSync(stage)) {
    const unfinished = `${stage}.${process.pid}`;
    try {
      for (const entry of tree) {
        const path = join(unfinished, entry.path);
        await mkdir(entry.type === "directory" ? path : dirname(path), { recursive: true });
        if (entry.type === "symlink") await symlink(entry.target, path);
        if (entry.type === "file") await writeFile(path, await bytesOf(entry.content));
      }
      const cache = join(unfinished, "compile-cache");
      await mkdir(cache);
      await chmod(cache, 0o1777);
      const { entrypoint = [], env = [] } = productConfig(component);
      const [, ...words] = entrypoint.map((word) => word.replace(productDirectory, unfinished));
      const variables = env.map((one) => one.replace(productDirectory, unfinished));
      const user = ["setpriv", `--reuid=${users[component]}`, `--regid=${users[component]}`, "--clear-groups"];
      const fill = [...user, "env", ...variables, process.execPath, ...words, "--version"];
      await tryThrice(() => run(fill, { signal, cwd: "/", timeoutMs: 15_000 }), signal);
      for (const name of await readdir(directory)) {
        const old = join(directory, name);
        if (!name.startsWith(`compiled-${component}-`) || old === unfinished) continue;
        const age = Date.now() - ((await stat(old).catch(() => undefined))?.mtimeMs ?? 0);
        if (age > keptMs) await rm(old, { recursive: true, force: true });
      }
      await rename(unfinished, stage);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  return readable(await directoryEntries(join(stage, "compile-cache"), "compile-cache"));
}

/** Node 26 hangs in its own exit about once in 200 short runs on a busy machine, after all is said and done. */
async function tryThrice(work: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  for (let left = 2; ; left -= 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (left === 0 || signal.aborted) throw error;
    }
  }
}

const under = (prefix: string, entry: TarEntry): TarEntry => ({ ...entry, path: `${prefix}/${entry.path}` });

/** What the image of a component is made of. @param directory where images are packed */
export async function productImage(component: Component, directory: string, signal: AbortSignal): Promise<ImageSource> {
  await mkdir(directory, { recursive: true });
  const tree = await productTree();
  const product = [...tree, ...(await compileCache(component, tree, directory, signal))];
  if (component === "daemon") {
    const shim = join(repository, "cni", "kuryr-cni.c");
    const program = await compileStatic("kuryr-cni", shim, join(directory, "compiled"), signal);
    product.push(await fileEntry(program, "bin/kuryr-cni", 0o755));
  }
  return {
    name: `kuryr-${component}`,
    ref: productImages[component],
    config: productConfig(component),
    base: await debianRoot(signal),
    entries: product.map((entry) => under(productDirectory.slice(1), entry)),
  };
}
