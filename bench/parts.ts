import { readdirSync, readFileSync } from "node:fs";

/** What shares the processors of a development stack. */
const parts: readonly (readonly [part: string, commandLine: RegExp])[] = [
  ["Neutron and its database", /neutron|mariadbd/],
  ["OVN and Open vSwitch", /ovn-|ovn_|ovs-vswitchd|ovsdb-server/],
  ["Kuryr", /\/opt\/kuryr\//],
  ["Kubernetes and containers", /kube|etcd|containerd|runc/],
];

/** Milliseconds in a clock tick; the same on all Linux that Node runs on. */
const tickMs = 10;

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // It ended meanwhile; its parent has its time.
  }
}

/** Processor time so far by part, in milliseconds, with that of children that have ended. Source: proc_pid_stat(5) */
export function timeByPart(): ReadonlyMap<string, number> {
  const sums = new Map(parts.map(([part]) => [part, 0]));
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const command = read(`/proc/${entry}/cmdline`);
    const [part] = parts.find(([, pattern]) => pattern.test(command)) ?? [];
    if (part === undefined) continue;
    const stat = read(`/proc/${entry}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + (Number(field) || 0), 0);
    sums.set(part, (sums.get(part) ?? 0) + ticks * tickMs);
  }
  return sums;
}
