import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

import { cgroupHierarchies } from "../machine/cgroups.ts";
import { run } from "../machine/exec.ts";
import { allProcesses, type ProcessStat } from "../machine/processes.ts";

/** What a stack could leave behind, as sorted lines that two snapshots are compared by. */
export interface Snapshot {
  readonly processes: readonly string[];
  readonly namespaces: readonly string[];
  readonly links: readonly string[];
  readonly addresses: readonly string[];
  readonly mounts: readonly string[];
  readonly cgroups: readonly string[];
}

const identity = (process: ProcessStat): string => `${process.pid}@${process.startTicks}`;

/**
 * Processes whose ancestors all came after `before`, up to the one that takes orphans: a daemon left behind.
 * What other programs of the machine start meanwhile has an older ancestor, and is none of ours.
 */
export function orphansSince(before: readonly ProcessStat[], now: readonly ProcessStat[]): ProcessStat[] {
  const old = new Set(before.map(identity));
  const byPid = new Map(now.map((process) => [process.pid, process]));
  const ours = (process: ProcessStat): boolean => {
    for (let at: ProcessStat | undefined = process; at !== undefined; at = byPid.get(at.parent)) {
      if (at.pid === 1 || at.parent === 0) return at !== process;
      if (old.has(identity(at))) return false;
    }
    return true;
  };
  return now.filter((process) => process.state !== "Z" && !old.has(identity(process)) && ours(process));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim().slice(0, 200);
  } catch {
    return "?";
  }
}

function namespacesOf(pid: number): string[] {
  const found: string[] = [];
  for (const kind of ["cgroup", "ipc", "mnt", "net", "pid", "uts"]) {
    try {
      found.push(readlinkSync(`/proc/${pid}/ns/${kind}`));
    } catch {
      // Ended in the meantime.
    }
  }
  return found;
}

/** Mounts without their ids, which change whenever something is mounted. Source: proc_pid_mountinfo(5). */
function mounts(): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .trimEnd()
    .split("\n")
    .map((line) =>
      line
        .split(" ")
        .slice(3, 6)
        .concat(line.split(" - ")[1] ?? "")
        .join(" "),
    );
}

function cgroups(): string[] {
  const found: string[] = [];
  const walk = (path: string): void => {
    found.push(path);
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) walk(join(path, entry.name));
  };
  for (const hierarchy of cgroupHierarchies()) walk(hierarchy);
  return found;
}

/** Looks at the machine; `before` are the processes that are not counted. */
export async function takeSnapshot(before: readonly ProcessStat[]): Promise<Snapshot> {
  const [links, addresses] = await Promise.all([
    run(["ip", "-o", "link", "show"]),
    run(["ip", "-o", "address", "show"]),
  ]);
  const processes = orphansSince(before, allProcesses());
  const own = namespacesOf(process.pid);
  const pinned = mounts().filter((line) => line.includes(" nsfs "));
  return {
    processes: processes.map((one) => commandLine(one.pid)).sort(),
    namespaces: [
      ...new Set([
        ...processes.flatMap((one) => namespacesOf(one.pid)).filter((name) => !own.includes(name)),
        ...pinned,
      ]),
    ].sort(),
    links: links.stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(": ")[1] ?? line)
      .sort(),
    addresses: addresses.stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/\s+/).slice(1, 4).join(" "))
      .sort(),
    mounts: mounts().sort(),
    cgroups: cgroups().sort(),
  };
}
