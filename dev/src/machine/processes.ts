import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";

/** What /proc says of one process. */
export interface ProcessStat {
  readonly pid: number;
  /** `R`, `S`, ... `Z` for one that ended and was not reaped yet. */
  readonly state: string;
  readonly parent: number;
  readonly session: number;
  /** Clock ticks after boot; with the pid it identifies a process for good. */
  readonly startTicks: number;
  /** Threads that have not ended. The first one may be a zombie while others still hold the process's sockets open. */
  readonly threads: number;
}

/** Whether nothing of a process runs any more: it only waits to be reaped. */
export const hasEnded = (stat: ProcessStat): boolean => stat.state === "Z" && stat.threads <= 1;

/** Reads /proc/PID/stat, or `undefined` where there is no such process. Source: proc_pid_stat(5). */
export function processStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The command name stands in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    pid,
    state: fields[0] ?? "?",
    parent: Number(fields[1]),
    session: Number(fields[3]),
    startTicks: Number(fields[19]),
    threads: Number(fields[17]),
  };
}

/** Every process of the machine, zombies included. */
export function allProcesses(): ProcessStat[] {
  const found: ProcessStat[] = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = processStat(Number(entry));
    if (stat !== undefined) found.push(stat);
  }
  return found;
}

/** Live processes of one session: a service started in a session of its own, with whatever it forked. */
export function sessionMembers(session: number): number[] {
  return allProcesses()
    .filter((p) => p.session === session && !hasEnded(p))
    .map((p) => p.pid);
}

/**
 * Gives a session less of the processor. Where the kernel groups tasks by session, a process's own nice value counts only
 * against others of its session; the group has one of its own.
 *
 * @param nice -20 (most) to 19
 * Source: sched(7), "The autogroup feature"
 */
export function yieldAsSession(leader: number, nice: number): void {
  try {
    writeFileSync(`/proc/${leader}/autogroup`, String(nice));
  } catch {
    // This kernel has no such groups, and the process's own value counts; or it has ended already.
  }
}

/** Live processes inside a mount or network namespace, named by its inode number. */
export function processesInNamespace(kind: "mnt" | "net", inode: bigint): number[] {
  const link = `${kind}:[${inode}]`;
  return allProcesses()
    .filter((p) => {
      if (hasEnded(p)) return false;
      try {
        return readlinkSync(`/proc/${p.pid}/ns/${kind}`) === link;
      } catch {
        return false;
      }
    })
    .map((p) => p.pid);
}
