import { mkdir, readFile, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";

import { StackError } from "../errors.ts";
import { run } from "../machine/exec.ts";
import type { BinarySpec, Release } from "./catalogue.ts";
import { buildArguments, type Go } from "./choose.ts";
import type { Environment } from "./machine.ts";
import { goLine } from "./version.ts";

/**
 * Room that a build set may take while it runs. Measured for containerd, Kubernetes and CoreDNS together: 2 GB of
 * modules, 5 GB of build cache and 0.6 GB of binaries; all but the binaries goes when the set is done.
 */
export const buildBytes = 9 * 2 ** 30;

/** What go may see of the caller's environment: where modules come from and how to get there. */
const passedOn = [
  "GOPROXY",
  "GOPRIVATE",
  "GONOPROXY",
  "GOSUMDB",
  "GONOSUMDB",
  "GOAUTH",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "HOME",
];

/**
 * The directory of go's module cache, build cache and temporary files. They are the build's own, so that they can be
 * removed when it is done (the binaries stay); after a failure they stay, and the next try goes on from there.
 */
export function goDirectory(cacheDir: string): string {
  return join(cacheDir, "go");
}

function goEnvironment(go: Go, cacheDir: string, environment: Environment): Record<string, string> {
  const passed: Record<string, string> = { no_proxy: "" };
  for (const name of passedOn) {
    const value = environment[name];
    if (value !== undefined) passed[name] = value;
  }
  return {
    ...passed,
    PATH: `${dirname(go.path)}:/usr/sbin:/usr/bin:/sbin:/bin`,
    GOCACHE: join(goDirectory(cacheDir), "build"),
    GOMODCACHE: join(goDirectory(cacheDir), "mod"),
    GOTMPDIR: join(goDirectory(cacheDir), "tmp"),
    // The modules are what go.mod and go.sum in the repository say, whatever `go env -w` or a workspace holds.
    GOFLAGS: "-mod=readonly -modcacherw -buildvcs=false",
    GOWORK: "off",
    GOTOOLCHAIN: "local",
    CGO_ENABLED: "0",
  };
}

/**
 * The oldest Go that builds a release.
 * @returns `undefined` where the repository holds no module for it
 */
export async function goNeeded(release: Release, moduleRoot: string): Promise<string | undefined> {
  try {
    return goLine(await readFile(join(moduleRoot, release.module, "go.mod"), "utf8"));
  } catch {
    return undefined;
  }
}

/** Makes room and directories for a build set. @throws StackError KURYR_DEV_DISK when the disk is too full for it. */
export async function prepareBuild(cacheDir: string, neededBytes: number): Promise<void> {
  const directory = goDirectory(cacheDir);
  await rm(join(directory, "tmp"), { recursive: true, force: true });
  await mkdir(join(directory, "tmp"), { recursive: true });
  const disk = await statfs(directory);
  const free = disk.bavail * disk.bsize;
  if (free < neededBytes) {
    const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
    throw new StackError(
      "KURYR_DEV_DISK",
      `${directory} has ${gib(free)} GiB free; building takes up to ${gib(neededBytes)} GiB while it runs`,
    );
  }
}

/**
 * Builds one program into `output` from the module in the repository, checksums of all modules verified by its go.sum.
 * @param log receives what go prints
 * @throws CommandFailed with go's last lines; on an abort the whole process group is gone before it throws
 */
export async function buildBinary(
  release: Release,
  binary: BinarySpec,
  output: string,
  go: Go,
  options: { moduleRoot: string; cacheDir: string; environment: Environment; log: string; signal: AbortSignal },
): Promise<void> {
  // The cloud is often started meanwhile, and its services have deadlines: the compiler is the one that can wait.
  await run(["nice", "-n", "5", go.path, ...buildArguments(release, binary, output)], {
    cwd: join(options.moduleRoot, release.module),
    env: goEnvironment(go, options.cacheDir, options.environment),
    timeoutMs: 60 * 60_000,
    signal: options.signal,
    log: options.log,
  });
}

/** Ends a build set: go's caches are gigabytes that the next `up` does not need. */
export async function forgetBuild(cacheDir: string): Promise<void> {
  await rm(goDirectory(cacheDir), { recursive: true, force: true });
}
