import { accessSync, constants, existsSync, readFileSync } from "node:fs";

import { StackError } from "../errors.ts";
import { succeeds } from "./exec.ts";

/** Something the stack cannot do without, and what to do about it. */
export interface Missing {
  readonly what: string;
  readonly todo: string;
}

/** os-release as a map; empty where the file is missing. Source: os-release(5). */
export function parseOsRelease(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1).replace(/^"(.*)"$/, "$1"));
  }
  return fields;
}

/** Whether a kernel feature that the stack needs is there, found by trying it in a namespace of its own. */
async function kernelCan(): Promise<Missing[]> {
  const missing: Missing[] = [];
  if (!(await succeeds(["unshare", "--net", "--mount", "true"]))) {
    return [
      {
        what: "network and mount namespaces",
        todo: "run on a machine or VM where root may unshare (not an unprivileged container)",
      },
    ];
  }
  const tries: readonly (readonly [string, readonly string[]])[] = [
    ["veth pairs", ["ip", "link", "add", "kdtry0", "type", "veth", "peer", "name", "kdtry1"]],
    ["Linux bridges", ["ip", "link", "add", "kdtry0", "type", "bridge"]],
    ["tap devices (/dev/net/tun)", ["ip", "tuntap", "add", "dev", "kdtry0", "mode", "tap"]],
  ];
  for (const [what, argv] of tries) {
    if (!(await succeeds(["unshare", "--net", ...argv]))) {
      missing.push({ what, todo: "load the kernel module (modprobe veth bridge tun) or use a kernel that has it" });
    }
  }
  return missing;
}

/** Everything this machine lacks for the real stack; an empty list means it can run. */
export async function missingForStack(): Promise<Missing[]> {
  if (process.platform !== "linux") return [{ what: "Linux", todo: "use a Debian 12 machine or VM" }];
  const missing: Missing[] = [];
  const os = parseOsRelease(existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "");
  if (os.get("ID") !== "debian" || os.get("VERSION_ID") !== "12") {
    missing.push({
      what: `Debian 12 (this is ${os.get("PRETTY_NAME") ?? "unknown"})`,
      todo: "use a Debian 12 machine or VM: OVN, Open vSwitch and MariaDB are taken from its packages",
    });
  }
  if (process.getuid?.() !== 0) {
    missing.push({ what: "root", todo: "run as root: namespaces, bridges and packages need it" });
    return missing;
  }
  try {
    accessSync("/dev/net/tun", constants.R_OK | constants.W_OK);
  } catch {
    missing.push({ what: "/dev/net/tun", todo: "modprobe tun, or give the container that device" });
  }
  missing.push(...(await kernelCan()));
  if (!existsSync("/sys/fs/cgroup/cgroup.controllers") && !existsSync("/sys/fs/cgroup/memory/tasks")) {
    missing.push({ what: "cgroups under /sys/fs/cgroup", todo: "mount cgroup v2 (or the v1 controllers) there" });
  }
  return missing;
}

/** @throws StackError that names everything missing at once. */
export async function requireMachine(): Promise<void> {
  const missing = await missingForStack();
  if (missing.length === 0) return;
  throw new StackError(
    "KURYR_DEV_MACHINE",
    `this machine cannot run the stack; it lacks:\n${missing.map((m) => `    - ${m.what}`).join("\n")}`,
    missing
      .map((m) => m.todo)
      .filter((todo, i, all) => all.indexOf(todo) === i)
      .join("\n"),
  );
}
