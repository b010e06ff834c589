import { chmod, mkdir, mkdtemp, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { StackError } from "../errors.ts";
import { run } from "../machine/exec.ts";
import { buildBinary, goNeeded, prepareBuild } from "./build.ts";
import type { BinaryName, BinarySpec, Release } from "./catalogue.ts";
import { chooseGo, type Go } from "./choose.ts";
import { download, type DownloadSites } from "./download.ts";
import { withHeartbeat } from "./heartbeat.ts";
import { type Environment, printedVersion } from "./machine.ts";

/** Where things are and whom to tell. */
export interface ObtainContext {
  readonly cacheDir: string;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
  readonly sites: DownloadSites;
  readonly environment: Environment;
  readonly moduleRoot: string;
  readonly buildBytes: number;
}

/** Called for each program as soon as it is in the cache. */
export type Obtained = (name: BinaryName, path: string) => void;

/** Where a program of a release lies in the cache. */
export function cachePath(cacheDir: string, release: Pick<Release, "component" | "version">, name: BinaryName): string {
  return join(cacheDir, "bin", `${release.component}-${release.version}`, name);
}

/** The last step of both ways: a program counts once it has printed the wanted version, and appears in one step. */
async function putInPlace(
  release: Release,
  binary: BinarySpec,
  temporary: string,
  context: ObtainContext,
): Promise<string> {
  await chmod(temporary, 0o755);
  const version = await printedVersion(temporary, binary, context.signal);
  if (version !== release.version) {
    throw new StackError(
      "KURYR_DEV_BINARY",
      `the new ${binary.name} prints version ${version ?? "nothing"}, not ${release.version}`,
    );
  }
  const file = await open(temporary, "r");
  try {
    await file.sync(); // A crash of the machine must not leave an empty file under the final name.
  } finally {
    await file.close();
  }
  const path = cachePath(context.cacheDir, release, binary.name);
  await rename(temporary, path);
  return path;
}

/**
 * The second way: `go build` from the module in the repository.
 * @throws StackError KURYR_DEV_GO without a new enough Go or a module, KURYR_DEV_DISK, CommandFailed
 */
export async function buildMissing(
  release: Release,
  missing: readonly BinarySpec[],
  goes: readonly Go[],
  context: ObtainContext,
  obtained: Obtained,
): Promise<void> {
  const needed = await goNeeded(release, context.moduleRoot);
  if (needed === undefined) {
    throw new StackError("KURYR_DEV_GO", `the repository has no dev/go/${release.module} to build from`);
  }
  const go = chooseGo(goes, needed);
  if (go === undefined) {
    const have = goes.length === 0 ? "none found" : `found ${goes.map((g) => `${g.version} (${g.path})`).join(", ")}`;
    throw new StackError("KURYR_DEV_GO", `Go ${needed} or newer is needed, ${have}`);
  }
  await prepareBuild(context.cacheDir, context.buildBytes);
  await mkdir(join(context.cacheDir, "log"), { recursive: true });
  for (const binary of missing) {
    const temporary = `${cachePath(context.cacheDir, release, binary.name)}.${process.pid}.tmp`;
    const log = join(context.cacheDir, "log", `build-${binary.name}-${release.version}.log`);
    await rm(log, { force: true });
    try {
      const what = `building ${binary.name} ${release.version} with Go ${go.version} (log ${log})`;
      await withHeartbeat(what, context.progress, () =>
        buildBinary(release, binary, temporary, go, { ...context, log }),
      );
      obtained(binary.name, await putInPlace(release, binary, temporary, context));
    } finally {
      await rm(temporary, { force: true });
    }
  }
}

/**
 * The third way: the upstream release, verified by its checksum file.
 * @throws StackError KURYR_DEV_DOWNLOAD, KURYR_DEV_CHECKSUM
 */
export async function fetchMissing(
  release: Release,
  missing: readonly BinarySpec[],
  context: ObtainContext,
  obtained: Obtained,
): Promise<void> {
  const { download: from } = release;
  const site = context.sites[from.site];
  const directory = await mkdtemp(join(context.cacheDir, "bin", "download-"));
  const heard = (url: string, file: string, checksums: string): Promise<void> =>
    withHeartbeat(`downloading ${url}`, context.progress, () => download(url, checksums, file, context.signal));
  try {
    if (from.kind === "archive") {
      const archive = join(directory, "archive");
      await heard(`${site}/${from.path}`, archive, `${site}/${from.checksums}`);
      const members = missing.map((binary) => binary.member);
      await run(["tar", "-xzf", archive, "-C", directory, "--no-same-owner", ...members], { signal: context.signal });
    }
    for (const binary of missing) {
      const file = join(directory, binary.member);
      if (from.kind === "files") {
        const url = `${site}/${from.directory}/${binary.member}`;
        await heard(url, file, `${url}${from.checksumSuffix}`);
      }
      obtained(binary.name, await putInPlace(release, binary, file, context));
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
