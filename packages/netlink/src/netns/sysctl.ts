import { closeSync, openSync, readFileSync, write, writeFileSync, writeSync } from "node:fs";
import { promisify } from "node:util";
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

/**
 * Settings that are opened inside a network namespace and written outside: an open file stays that of the namespace. For
 * `disable_ipv6` and its like the kernel takes its network lock by trying again and again, so a thread that writes one
 * spins while anybody has the lock; `write` lets one of the pool do it, whose namespace is the process's own.
 */
export class OpenSettings implements Disposable {
  readonly #settings: { readonly fd: number; readonly value: string }[] = [];

  get size(): number {
    return this.#settings.length;
  }

  /** Opens a setting, to write `value` to it. @throws what `fs.openSync` throws: ENOENT, EACCES, EROFS */
  open(path: string, value: string): void {
    this.#settings.push({ fd: openSync(path, "w"), value });
  }

  /** Writes the values in order, on threads of the pool. @throws what `fs.write` throws: EINVAL, EPERM */
  async write(): Promise<void> {
    for (const { fd, value } of this.#settings) await promisify(write)(fd, value);
  }

  /** As `write`, on the calling thread. */
  writeSync(): void {
    for (const { fd, value } of this.#settings) writeSync(fd, value);
  }

  [Symbol.dispose](): void {
    for (const { fd } of this.#settings.splice(0)) closeSync(fd);
  }
}
