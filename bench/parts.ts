import { readdirSync, readFileSync } from "node:fs";

import { cpuMs } from "./processes.ts";

/** What shares the processors of a development stack. */
const parts: readonly (readonly [part: string, commandLine: RegExp])[] = [
  ["Neutron and its database", /neutron|mariadbd/],
  ["OVN and Open vSwitch", /ovn-|ovn_|ovs-vswitchd|ovsdb-server/],
  ["Kuryr", /\/opt\/kuryr\//],
  ["Kubernetes and containers", /kube|etcd|containerd|runc/],
];

/** Processor time so far by part, in milliseconds, with that of children that have ended. */
export function timeByPart(): ReadonlyMap<string, number> {
  const sums = new Map(parts.map(([part]) => [part, 0]));
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${entry}/cmdline`, "utf8");
      const [part] = parts.find(([, pattern]) => pattern.test(command)) ?? [];
      if (part !== undefined) sums.set(part, (sums.get(part) ?? 0) + cpuMs(Number(entry), true));
    } catch {
      // It ended meanwhile; its parent has its time.
    }
  }
  return sums;
}
