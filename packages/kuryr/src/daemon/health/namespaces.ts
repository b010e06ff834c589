import { accessSync, constants, readdirSync, readFileSync } from "node:fs";

import { inNetns, openNetns, ownNetnsInode } from "@kuryr/netlink";

import { messageOf } from "../../api/errors.ts";
import { reason } from "../../process/health.ts";

/** Where namespaces of pods are. */
export interface NamespacePlaces {
  /** Where runtimes mount them by name; need not exist before the first pod. */
  readonly named: string;
  /** The node's /proc. */
  readonly procDirectory: string;
}

const noAccess = (text: string): string => reason("KURYR_NETNS_ACCESS", text);
const hint = "mount the node's /run/netns with HostToContainer propagation, and give the daemon SYS_ADMIN";

/**
 * Why pods' network namespaces cannot be reached, or nothing. It enters a namespace for real: a named one where there
 * is any, else the daemon's own, which wants the same capability. Takes less than a millisecond.
 */
export function namespaceReasons(places: NamespacePlaces): readonly string[] {
  const { procDirectory } = places;
  const reasons: string[] = [];
  try {
    accessSync(`${procDirectory}/1/ns`, constants.R_OK);
  } catch (error) {
    reasons.push(noAccess(`processes of the node cannot be seen in ${procDirectory} (${messageOf(error)})`));
  }
  const failures: string[] = [];
  for (const path of [...someNamed(places, reasons), "/proc/self/ns/net"]) {
    try {
      using netns = openNetns(path);
      if (inNetns(netns, ownNetnsInode) !== netns.inode) throw new Error(`entering ${path} led elsewhere`);
      return reasons;
    } catch (error) {
      // One that a pod is just leaving is no sign; if none can be entered, it is.
      failures.push(messageOf(error));
    }
  }
  return [...reasons, noAccess(`no network namespace can be entered (${failures.join("; ")}): ${hint}`)];
}

/** A few are enough to tell, and a node may have hundreds. */
const enough = 3;

/** Some named namespaces. Where there are files only, adds why if there is anything wrong with that. */
function someNamed(places: NamespacePlaces, reasons: string[]): string[] {
  const { named } = places;
  const usable: string[] = [];
  const plain: string[] = [];
  try {
    for (const name of readdirSync(named)) {
      const path = `${named}/${name}`;
      (isNamespace(path) ? usable : plain).push(path);
      if (usable.length === enough) return usable;
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    reasons.push(noAccess(`${named} cannot be read (${messageOf(error)}): ${hint}`));
    return [];
  }
  if (usable.length === 0 && plain.length > 0) reasons.push(...hiddenReasons(plain, places));
  return usable;
}

/**
 * A file whose namespace was unmounted, or that something else has left, does no harm. One that is a namespace on the
 * node and a file here is what a mount without propagation looks like.
 */
function hiddenReasons(plain: readonly string[], { named, procDirectory }: NamespacePlaces): readonly string[] {
  try {
    const onNode = mountPoints(readFileSync(`${procDirectory}/1/mountinfo`, "utf8"));
    // Looked at again: the node may have mounted it meanwhile.
    const hidden = plain.filter((path) => onNode.has(path) && !isNamespace(path));
    if (hidden.length === 0) return [];
    return [noAccess(`what ${named} holds are namespaces on the node, and plain files here: ${hint}`)];
  } catch (error) {
    return [noAccess(`the node's mounts cannot be seen in ${procDirectory} (${messageOf(error)})`)];
  }
}

/** Where something is mounted. Source: proc_pid_mountinfo(5); blanks and backslashes in names are octal numbers. */
function mountPoints(mountinfo: string): ReadonlySet<string> {
  const unescaped = (path: string): string =>
    path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return new Set(mountinfo.split("\n").map((line) => unescaped(line.split(" ", 5)[4] ?? "")));
}

function isNamespace(path: string): boolean {
  try {
    openNetns(path).close();
    return true;
  } catch {
    return false;
  }
}
