import { readFileSync, writeFileSync } from "node:fs";
import { CodecError } from "../errors.ts";
import { inNetns, type NetnsFile } from "./netns.ts";

/**
 * File of a network setting. As in sysctl(8) the first separator decides: `net.ipv4.conf.eth0.arp_notify`, or with
 * slashes where an interface name holds a dot: `net/ipv4/conf/eth0.100/arp_notify`.
 *
 * @param procDirectory where a proc file system is mounted that may be written to: a container's own is read-only
 * @throws CodecError for a name outside `net` or with a step upwards
 */
export function sysctlPath(name: string, procDirectory = "/proc"): string {
  const separator = /[./]/.exec(name)?.[0] ?? ".";
  const parts = name.split(separator);
  const bad = parts.some((part) => part === "" || part === "." || part === ".." || /[\0/]/.test(part));
  // Only settings below net belong to a network namespace.
  if (bad || parts.length < 2 || parts[0] !== "net") {
    throw new CodecError(`not a network setting: ${JSON.stringify(name)}`);
  }
  return `${procDirectory}/sys/${parts.join("/")}`;
}

/** Writes a setting in a network namespace. @throws what `fs.writeFileSync` throws: ENOENT, EACCES, EROFS, EINVAL */
export function writeSysctl(netns: NetnsFile, name: string, value: string): void {
  const path = sysctlPath(name);
  inNetns(netns, () => writeFileSync(path, value));
}

/** Reads a setting in a network namespace, without the closing newline. */
export function readSysctl(netns: NetnsFile, name: string): string {
  const path = sysctlPath(name);
  return inNetns(netns, () => readFileSync(path, "utf8").trimEnd());
}
