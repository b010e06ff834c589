import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { layout } from "../layout.ts";
import { StackError } from "../errors.ts";
import { run } from "./exec.ts";

/** Where Debian's promtool lies once it was fetched. */
export const promtoolPath = join(layout.cache, "bin", "promtool", "promtool");

/**
 * Takes promtool out of Debian's package `prometheus`, unless it is there. That one is not installed: it would bring a
 * server with a user, a service and the pictures of its pages, and all that is wanted is the program that checks metrics
 * and rules. Only tests want it, so no `up` waits for it.
 * @throws CommandFailed of apt-get or dpkg-deb, StackError KURYR_DEV_DOWNLOAD without a package
 */
export async function ensurePromtool(signal: AbortSignal): Promise<void> {
  if (existsSync(promtoolPath)) return;
  await mkdir(layout.cache, { recursive: true });
  const directory = await mkdtemp(join(layout.cache, "promtool-"));
  try {
    // Old lists name versions that the mirrors have no more.
    await run(["apt-get", "update", "-q"], { timeoutMs: 240_000, signal, accept: [0, 100] });
    // Debian's own user for downloads cannot write here: root does it.
    const words = ["-q", "-o", "APT::Sandbox::User=root", "download", "prometheus"];
    await run(["apt-get", ...words], { cwd: directory, timeoutMs: 240_000, signal });
    const archive = (await readdir(directory)).find((name) => name.endsWith(".deb"));
    if (archive === undefined) throw new StackError("KURYR_DEV_DOWNLOAD", "apt-get download left no package");
    const unpacked = join(directory, "unpacked");
    await run(["dpkg-deb", "-x", join(directory, archive), unpacked], { signal });
    await mkdir(dirname(promtoolPath), { recursive: true });
    const temporary = `${promtoolPath}.${process.pid}.tmp`;
    await copyFile(join(unpacked, "usr", "bin", "promtool"), temporary);
    await rename(temporary, promtoolPath);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
