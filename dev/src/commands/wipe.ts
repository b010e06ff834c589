import { rmdirSync, rmSync } from "node:fs";

import { layout } from "../layout.ts";
import { takeStackDown } from "./down.ts";

/** Directories made on the host only as mount points; removed where nothing is in them. */
const mountPoints = [
  "/var/lib/kuryr",
  "/run/kuryr",
  "/opt/cni/bin",
  "/opt/cni",
  "/etc/cni",
  "/etc/kubernetes",
  "/var/lib/cni",
];

/** `wipe`: down, and the data are gone; what was downloaded or built stays in the cache. */
export async function wipeCommand(_args: string[], signal: AbortSignal): Promise<number> {
  await takeStackDown(signal);
  rmSync(layout.state, { recursive: true, force: true });
  rmSync(layout.logs, { recursive: true, force: true });
  for (const path of mountPoints) {
    try {
      rmdirSync(path);
    } catch {
      // Not there, or somebody's.
    }
  }
  process.stdout.write("wiped: the data of the stack are gone; binaries and images stay cached\n");
  return 0;
}
