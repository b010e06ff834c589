import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { StackError } from "../errors.ts";
import { buildBytes, forgetBuild } from "./build.ts";
import { type BinaryName, corednsRelease, type Release, releasesFor, type Want } from "./catalogue.ts";
import { chooseExisting, type Go } from "./choose.ts";
import { type DownloadSites, upstreamSites } from "./download.ts";
import { cachedProgram, candidatesOnPath, type Environment, findGo, printedVersion } from "./machine.ts";
import { buildMissing, cachePath, fetchMissing } from "./obtain.ts";

export type { BinaryName, Want } from "./catalogue.ts";

/** One program, ready to run. */
export interface Binary {
  readonly path: string;
  readonly version: string;
  /** How it was come by in this run. */
  readonly source: "path" | "cache" | "built" | "downloaded" | "debian";
}

/** CoreDNS is there when it was wanted. */
export type Binaries = Readonly<Record<Exclude<BinaryName, "coredns">, Binary> & Partial<Record<"coredns", Binary>>>;

export interface EnsureOptions {
  /** Binaries go to `<cacheDir>/bin/<component>-<version>/`, logs to `<cacheDir>/log/`; go works in `<cacheDir>/go`. */
  readonly cacheDir: string;
  /** What is going on, in a sentence; at least every 10 s while something takes long. */
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
  /** Where else to download from. */
  readonly sites?: DownloadSites;
  /** Instead of the process's own: its PATH, proxies and Go settings count. */
  readonly environment?: Environment;
  /** Instead of this repository's `dev/go`. */
  readonly moduleRoot?: string;
  /** Bytes that must be free in `cacheDir` for a build to begin. */
  readonly buildBytes?: number;
  /** Where `usr/local/go` and `usr/lib/go-*` are looked for; and Debian's containerd in `usr/bin`. */
  readonly root?: string;
}

type Context = Required<EnsureOptions>;

/** Go's name for this machine's processor. */
const architecture = process.arch === "x64" ? "amd64" : process.arch;

/** Says which program came from where, a release in one line. */
function report(context: Context, release: Release, found: ReadonlyMap<BinaryName, Binary>): void {
  const sources = Map.groupBy(
    release.binaries.filter((binary) => found.has(binary.name)),
    (binary) => found.get(binary.name)?.source,
  );
  const words = {
    path: "found in PATH",
    cache: "from the cache",
    built: "built from Go modules",
    downloaded: "downloaded",
    debian: "Debian's",
  };
  for (const [source, binaries] of sources) {
    if (source === undefined) continue;
    context.progress(
      `${release.component} ${release.version} (${binaries.map((b) => b.name).join(", ")}): ${words[source]}`,
    );
  }
}

/** A reason in one or a few lines, for the error that lists all of them. */
function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll("\n", "\n     ");
}

async function ensureRelease(
  release: Release,
  goes: () => Promise<readonly Go[]>,
  context: Context,
): Promise<Map<BinaryName, Binary>> {
  const found = new Map<BinaryName, Binary>();
  const rejected: string[] = [];
  await mkdir(join(context.cacheDir, "bin", `${release.component}-${release.version}`), { recursive: true });
  await Promise.all(
    release.binaries.map(async (binary) => {
      const onPath = await candidatesOnPath(binary, context.environment, context.signal);
      const cached = await cachedProgram(cachePath(context.cacheDir, release, binary.name));
      const existing = chooseExisting(release.version, { onPath, cached });
      if (existing !== undefined) found.set(binary.name, { ...existing, version: release.version });
      else rejected.push(...onPath.map((other) => `${other.path} is ${other.version ?? "of unknown version"}`));
    }),
  );
  const missing = release.binaries.filter((binary) => !found.has(binary.name));
  if (missing.length > 0) {
    const others = rejected.length === 0 ? "" : ` (${rejected.join(", ")})`;
    const problems = [`PATH and ${context.cacheDir}: none of version ${release.version}${others}`];
    const left = () => missing.filter((binary) => !found.has(binary.name));
    const obtained = (source: Binary["source"]) => (name: BinaryName, path: string) =>
      found.set(name, { path, version: release.version, source });
    const ways = [
      ["build from Go modules", async () => buildMissing(release, left(), await goes(), context, obtained("built"))],
      ["upstream release", async () => fetchMissing(release, left(), context, obtained("downloaded"))],
    ] as const;
    for (const [way, obtain] of ways) {
      try {
        await obtain();
        break;
      } catch (error) {
        context.signal.throwIfAborted();
        problems.push(`${way}: ${reason(error)}`);
        context.progress(`${release.component} ${release.version}: ${way} does not work: ${reason(error)}`);
      }
    }
    if (problems.length > ways.length) {
      throw new StackError(
        "KURYR_DEV_BINARIES",
        `${left()
          .map((binary) => binary.name)
          .join(", ")} ${release.version} could not be had in any of three ways:\n` +
          problems.map((problem, i) => `  ${i + 1}. ${problem}`).join("\n"),
        `Put the programs in PATH or in ${join(context.cacheDir, "bin", `${release.component}-${release.version}`)},` +
          ` or install Go (https://go.dev/dl), or allow access to ${context.sites[release.download.site]}.`,
      );
    }
  }
  report(context, release, found);
  return found;
}

/** containerd 1.6 as Debian packages it. @throws StackError KURYR_DEV_BINARIES when it is not there */
async function debianContainerd(context: Context): Promise<Map<BinaryName, Binary>> {
  const found = new Map<BinaryName, Binary>();
  const asked = { containerd: "--version", ctr: "--version", "containerd-shim-runc-v2": "-v" } as const;
  for (const name of ["containerd", "ctr", "containerd-shim-runc-v2"] as const) {
    const path = join(context.root, "usr/bin", name);
    const version = await printedVersion(path, { versionArguments: [asked[name]] }, context.signal);
    if (version === undefined || !version.startsWith("1.6.")) {
      const have = version === undefined ? "is missing" : `is version ${version}`;
      throw new StackError(
        "KURYR_DEV_BINARIES",
        `containerd 1.6 is wanted and ${path} ${have}`,
        "apt-get install containerd (Debian 12), or choose --containerd 2.",
      );
    }
    found.set(name, { path, version, source: "debian" });
  }
  context.progress(`containerd ${found.get("containerd")?.version ?? "1.6"}: Debian's`);
  return found;
}

/** One after the other within a process: two build sets would work in the same directory. */
let last: Promise<unknown> = Promise.resolve();

function inTurn<T>(task: () => Promise<T>): Promise<T> {
  const turn = last.then(task, task);
  last = turn;
  return turn;
}

/** Obtains releases in their order; go's caches go when something was built and all of them are there. */
async function ensureReleases(releases: readonly Release[], context: Context): Promise<Map<BinaryName, Binary>> {
  context.signal.throwIfAborted();
  let goes: Promise<readonly Go[]> | undefined;
  const findGoOnce = (): Promise<readonly Go[]> => (goes ??= findGo(context.environment, context.signal, context));
  const all = new Map<BinaryName, Binary>();
  for (const release of releases) {
    for (const [name, binary] of await ensureRelease(release, findGoOnce, context)) all.set(name, binary);
  }
  if ([...all.values()].some((binary) => binary.source === "built")) await forgetBuild(context.cacheDir);
  return all;
}

function contextOf(options: EnsureOptions): Context {
  return {
    sites: upstreamSites,
    environment: process.env,
    moduleRoot: join(import.meta.dirname, "../../go"),
    buildBytes,
    root: "/",
    ...options,
  };
}

function take(all: ReadonlyMap<BinaryName, Binary>, name: BinaryName): Binary {
  const binary = all.get(name);
  if (binary === undefined) throw new StackError("KURYR_DEV_BINARIES", `no release holds ${name}`);
  return binary;
}

/** CoreDNS alone, in the same three ways as `ensureBinaries`, for its image. */
export function ensureCoreDns(options: EnsureOptions): Promise<Binary> {
  const releases = [corednsRelease(architecture)];
  return inTurn(async () => take(await ensureReleases(releases, contextOf(options)), "coredns"));
}

/**
 * Finds, builds or downloads every program of the wanted versions, in three ways tried in this order:
 * exactly that version in PATH or in the cache; built from the Go modules of `dev/go`, whose go.sum pins every
 * source, where a new enough Go is found; the upstream release, verified by its published SHA-256.
 * Which one was taken is told through `progress`. What is missing appears in the cache in one step, never half.
 * @throws StackError KURYR_DEV_BINARIES naming what went wrong in each of the ways, KURYR_DEV_KUBERNETES_VERSION
 */
export function ensureBinaries(want: Want, options: EnsureOptions): Promise<Binaries> {
  return inTurn(async () => {
    const context = contextOf(options);
    const debian = want.containerd === "1.6" ? await debianContainerd(context) : [];
    const all = new Map([...debian, ...(await ensureReleases(releasesFor(want, architecture), context))]);
    return {
      etcd: take(all, "etcd"),
      "kube-apiserver": take(all, "kube-apiserver"),
      "kube-controller-manager": take(all, "kube-controller-manager"),
      "kube-scheduler": take(all, "kube-scheduler"),
      kubelet: take(all, "kubelet"),
      kubectl: take(all, "kubectl"),
      containerd: take(all, "containerd"),
      "containerd-shim-runc-v2": take(all, "containerd-shim-runc-v2"),
      ctr: take(all, "ctr"),
      ...(want.coredns ? { coredns: take(all, "coredns") } : {}),
    };
  });
}
