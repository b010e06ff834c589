import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

import { cgroupHierarchies } from "../machine/cgroups.ts";
import { run } from "../machine/exec.ts";
import { allProcesses, hasEnded, type ProcessStat } from "../machine/processes.ts";

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
 * Processes that came after `before` and have no ancestor from then, up to the one that takes orphans: daemons,
 * each with the one at the top of its line. What other programs of the machine start meanwhile has an older ancestor.
 */
export function orphansSince(
  before: readonly ProcessStat[],
  now: readonly ProcessStat[],
): { readonly process: ProcessStat; readonly top: ProcessStat }[] {
  const old = new Set(before.map(identity));
  const byPid = new Map(now.map((process) => [process.pid, process]));
  const topOf = (process: ProcessStat): ProcessStat | undefined => {
    let top: ProcessStat | undefined;
    for (let at: ProcessStat | undefined = process; at !== undefined; at = byPid.get(at.parent)) {
      if (at.pid === 1 || at.parent === 0) return top;
      if (old.has(identity(at))) return undefined;
      top = at;
    }
    return top;
  };
  return now.flatMap((process) => {
    const top = hasEnded(process) ? undefined : topOf(process);
    return top === undefined ? [] : [{ process, top }];
  });
}

/** Whether a process is the stack's by what /proc tells: a path of its own, the mark in its environment, its cgroup. */
function mentionsStack(pid: number): boolean {
  return ["cmdline", "environ", "cgroup"].some((file) => {
    try {
      return /kuryr-dev|KURYR_DEV_STACK=/.test(readFileSync(`/proc/${pid}/${file}`, "latin1"));
    } catch {
      return false; // Ended in the meantime.
    }
  });
}

/** A container of the machine's may run a stack of its own, which is another. */
function sharesMachine(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/cgroup`) === readlinkSync("/proc/self/ns/cgroup");
  } catch {
    return false;
  }
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

/** The upper cgroups of every hierarchy, and all below the stack's own. */
function cgroups(): string[] {
  const found: string[] = [];
  const walk = (path: string, depth: number): void => {
    found.push(path);
    if (depth === 0) return;
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) walk(join(path, entry.name), depth - 1);
  };
  for (const hierarchy of cgroupHierarchies()) {
    walk(hierarchy, 1);
    if (existsSync(join(hierarchy, "kuryr-dev"))) walk(join(hierarchy, "kuryr-dev"), Infinity);
  }
  return found;
}

/** Pid and start of processes, by which `takeSnapshot` knows them again. */
export function identities(pids: ReadonlySet<number>): Set<string> {
  return new Set(
    allProcesses()
      .filter((one) => pids.has(one.pid))
      .map(identity),
  );
}

/**
 * Looks at the machine. Of the processes since `before` those count that are the stack's, or that `known` names
 * (pid and start) because they were the stack's while it ran.
 */
export async function takeSnapshot(
  before: readonly ProcessStat[],
  known: ReadonlySet<string> = new Set(),
): Promise<Snapshot> {
  const [links, addresses] = await Promise.all([
    run(["ip", "-o", "link", "show"]),
    run(["ip", "-o", "address", "show"]),
  ]);
  const now = allProcesses();
  const processes = orphansSince(before, now)
    .filter(
      ({ process, top }) => sharesMachine(top.pid) && (known.has(identity(process)) || mentionsStack(process.pid)),
    )
    .map(({ process }) => process);
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
