import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { type Netns, openNetns } from "./netns.ts";

/** A network namespace for a test or benchmark, with `ip` as the second opinion on what is in it. */
export interface ScratchNetns extends Disposable {
  readonly name: string;
  readonly path: string;
  readonly netns: Netns;
  /** `ip -j -d ARGUMENTS` in the namespace, parsed. */
  ip(...command: readonly string[]): Record<string, unknown>[];
}

/** Why tests of real namespaces cannot run here, or false when they can: the value of `node:test`'s `skip`. */
export function lacksRoot(): string | false {
  if (process.getuid?.() !== 0) return "needs root: makes network namespaces";
  return false;
}

/** A link name that nothing else has. */
export function scratchName(prefix = "kt"): string {
  return `${prefix}${randomBytes(4).toString("hex")}`;
}

/** Makes a namespace and opens it; it goes when disposed, with what is in it. */
export function scratchNetns(): ScratchNetns {
  const name = scratchName();
  execFileSync("ip", ["netns", "add", name]);
  const path = `/run/netns/${name}`;
  const netns = openNetns(path);
  return {
    name,
    path,
    netns,
    ip: (...command) => ip("-n", name, ...command),
    [Symbol.dispose]() {
      netns.close();
      execFileSync("ip", ["netns", "delete", name]);
    },
  };
}

/** `ip -j -d ARGUMENTS` in the own namespace, parsed; throws where `ip` fails. */
export function ip(...command: readonly string[]): Record<string, unknown>[] {
  const text = execFileSync("ip", ["-j", "-d", ...command], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return text.trim() === ""
    ? []
    : (JSON.parse(text) as Record<string, unknown>[]).filter((entry) => Object.keys(entry).length > 0);
}

/** Whether `ip` finds the link. */
export function ipHasLink(name: string): boolean {
  try {
    return ip("link", "show", "dev", name).length > 0;
  } catch {
    return false;
  }
}
