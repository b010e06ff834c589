import { readFileSync, statSync } from "node:fs";

import { processesInCgroup } from "../machine/cgroups.ts";
import { allProcesses, hasEnded, processesInNamespace } from "../machine/processes.ts";
import { readRecord } from "../supervisor/record.ts";
import type { StatusReport } from "./command-line.ts";

/** Proportional memory of one process in bytes; shared pages count by their share. Source: proc_pid_smaps_rollup. */
function proportionalBytes(pid: number): number {
  try {
    const line = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
    return Number(line?.[1] ?? 0) * 1024;
  } catch {
    return 0; // Ended in the meantime, or a kernel thread.
  }
}

/** Every process of the stack: the services with all they forked, and whatever runs in a node, containers included. */
export function stackProcesses(report: StatusReport): Set<number> {
  const sessions = new Set(report.components.flatMap((one) => readRecord(one.name)?.pid ?? []));
  const pids = new Set(
    allProcesses()
      .filter((one) => !hasEnded(one) && sessions.has(one.session))
      .map((one) => one.pid),
  );
  for (const node of report.nodes) {
    const inode = statSync(node.namespaces.mount, { bigint: true }).ino;
    for (const pid of processesInNamespace("mnt", inode)) pids.add(pid);
    for (const pid of processesInCgroup(`kuryr-dev/${node.name}`)) pids.add(pid);
  }
  return pids;
}

/** Memory of the whole stack in MiB (PSS), in all and of its largest processes. */
export function stackMemory(report: StatusReport): { mebibytes: number; processes: number } {
  const pids = stackProcesses(report);
  let bytes = 0;
  for (const pid of pids) bytes += proportionalBytes(pid);
  return { mebibytes: bytes / 2 ** 20, processes: pids.size };
}
