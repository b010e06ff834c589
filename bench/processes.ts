import { readFileSync } from "node:fs";

/** Jiffies in a second; the same on all Linux that Node runs on. */
const hertz = 100;

/**
 * Processor time that a process has spent, in milliseconds, user and system; with that of its children that have ended,
 * if asked. Source: proc_pid_stat(5)
 */
export function cpuMs(pid: number, withChildren = false): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, withChildren ? 15 : 13).reduce((sum, field) => sum + Number(field), 0);
  return (ticks * 1000) / hertz;
}

/** Resident memory of a process in MiB: now, and the most that it ever had. */
export function memoryMiB(pid: number): { readonly now: number; readonly peak: number } {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  const of = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1]) / 1024;
  return { now: of("VmRSS"), peak: of("VmHWM") };
}
