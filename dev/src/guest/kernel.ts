import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { StackError } from "../errors.ts";
import { run } from "../machine/exec.ts";
import { installPackages } from "../machine/packages.ts";

/** A kernel with its modules, unpacked from its Debian package and not installed. */
export interface GuestKernel {
  /** `6.1.0-13-cloud-amd64`, as `uname -r` says it. */
  readonly release: string;
  readonly image: string;
  /** Its `lib/modules/RELEASE`. */
  readonly modules: string;
}

/** `cloud` is small and boots fast; `full` has the drivers of real hardware as well. */
export type KernelFlavour = "cloud" | "full";

/** Where things are and whom to tell. */
export interface GuestContext {
  /** The kernel is kept in `<cacheDir>/guest`. */
  readonly cacheDir: string;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
  /** File for what the package tools print. */
  readonly log: string;
}

/** What boots a guest and what its first process runs on. */
const packages = ["qemu-system-x86", "busybox-static"] as const;

/** Installs the emulator and the guest's shell where they are missing. @throws CommandFailed */
export async function ensureEmulator(context: GuestContext): Promise<void> {
  await installPackages(packages, { ...context, say: context.progress, note: context.progress });
}

const metaPackage: Readonly<Record<KernelFlavour, string>> = {
  cloud: "linux-image-cloud-amd64",
  full: "linux-image-amd64",
};

/** The kernel in one unpacked package. */
async function kernelIn(directory: string): Promise<GuestKernel | undefined> {
  const releases = await readdir(join(directory, "lib/modules")).catch(() => []);
  const [release] = releases;
  if (release === undefined) return undefined;
  return {
    release,
    image: join(directory, "boot", `vmlinuz-${release}`),
    modules: join(directory, "lib/modules", release),
  };
}

/**
 * A kernel of Debian: the one kept in the cache, or the newest of the package lists, downloaded and unpacked (27 MB).
 * @throws StackError KURYR_DEV_GUEST when Debian has none for this machine, CommandFailed from the package tools
 */
export async function ensureKernel(flavour: KernelFlavour, context: GuestContext): Promise<GuestKernel> {
  const home = join(context.cacheDir, "guest");
  const kept = join(home, `kernel-${flavour}`);
  const known = await kernelIn(kept);
  if (known !== undefined) return known;
  await mkdir(home, { recursive: true });
  const work = await mkdtemp(join(home, "download-"));
  const options = { signal: context.signal, timeoutMs: 300_000, log: context.log };
  try {
    await run(["apt-get", "update", "-q"], { ...options, accept: [0, 100] });
    const { stdout } = await run(["apt-cache", "depends", metaPackage[flavour]], options);
    const name = /^\s*Depends: (linux-image-\S+)$/m.exec(stdout)?.[1];
    if (name === undefined) {
      throw new StackError(
        "KURYR_DEV_GUEST",
        `Debian has no ${metaPackage[flavour]} for this machine`,
        "A guest needs an amd64 machine with Debian's package lists (apt-get update).",
      );
    }
    context.progress(`downloading ${name}`);
    // As root: the directory is not open to the user that apt gives its downloads to.
    await run(["apt-get", "-o", "APT::Sandbox::User=root", "download", "-q", name], { ...options, cwd: work });
    const [file] = (await readdir(work)).filter((one) => one.endsWith(".deb"));
    if (file === undefined) throw new StackError("KURYR_DEV_GUEST", `${name} was not downloaded`);
    const unpacked = join(work, "unpacked");
    await run(["dpkg-deb", "-x", join(work, file), unpacked], options);
    await rm(kept, { recursive: true, force: true });
    await rename(unpacked, kept);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const kernel = await kernelIn(kept);
  if (kernel === undefined) throw new StackError("KURYR_DEV_GUEST", `${kept} holds no kernel`);
  return kernel;
}
