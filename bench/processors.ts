import { readFileSync } from "node:fs";

import { run } from "../dev/src/machine/exec.ts";
import { allProcesses, sessionMembers } from "../dev/src/machine/processes.ts";
import { defaultOptions, recordedOptions } from "../dev/src/options.ts";
import { describeStack } from "../dev/src/stack.ts";
import { readRecord } from "../dev/src/supervisor/record.ts";

/** Parent of the kernel's threads. */
const kthreadd = 2;

/** The processors a process may run on, as `taskset` writes them; `undefined` once it has ended. */
function allowed(pid: number): string | undefined {
  try {
    return /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}

/** Of all threads; a process that has ended meanwhile is no failure. */
async function allow(pid: number, processors: string): Promise<void> {
  await run(["taskset", "--all-tasks", "--cpu-list", "--pid", processors, String(pid)], { accept: [0, 1] });
}

/** The numbers of a list such as `0-2,5`. */
function numbersOf(list: string): number[] {
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** Pids of what is on another machine in a real cloud: OpenStack, its database, OVN's databases and northd. */
function cloudProcesses(): Set<number> {
  const { units } = describeStack(recordedOptions() ?? defaultOptions);
  const services = units.filter((unit) => unit.kind === "service" && unit.command().elsewhere === true);
  return new Set(
    services.flatMap(({ name }) => {
      const record = readRecord(name);
      return record === undefined ? [] : sessionMembers(record.pid);
    }),
  );
}

/**
 * Runs `work` while the cloud has the second half of the processors for itself, and all other processes the first: as
 * on machines of their own, where neither slows the other down.
 *
 * @throws Error on a machine with one processor, and where the cloud's processes are not found or stay where they are
 */
export async function withCloudApart<T>(work: () => Promise<T>): Promise<T> {
  const all = allowed(process.pid) ?? "";
  const processors = numbersOf(all);
  const half = Math.floor(processors.length / 2);
  const nodes = processors.slice(0, half).join(",");
  const cloud = processors.slice(half).join(",");
  if (half === 0) throw new Error("the cloud cannot have a processor of its own: this machine has one");
  const before = new Map<number, string>();
  const ofTheCloud = cloudProcesses();
  const processes = (): number[] =>
    allProcesses()
      .filter(({ pid, parent }) => pid !== 1 && pid !== kthreadd && parent !== kthreadd)
      .map(({ pid }) => pid);
  try {
    for (const pid of processes()) {
      const list = allowed(pid);
      if (list === undefined) continue;
      before.set(pid, list);
      await allow(pid, ofTheCloud.has(pid) ? cloud : nodes);
    }
    // Else the figures would be of something else.
    const apart = [...ofTheCloud].map(allowed).filter((list) => list !== undefined);
    if (apart.length === 0 || apart.some((list) => numbersOf(list).join(",") !== cloud))
      throw new Error("the cloud's processes could not be given processors of their own");
    return await work();
  } finally {
    // What was started meanwhile has it from its parent.
    for (const pid of processes()) await allow(pid, before.get(pid) ?? all);
  }
}
