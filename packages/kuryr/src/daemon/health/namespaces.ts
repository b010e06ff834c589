import { accessSync, constants, readdirSync } from "node:fs";

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
 * Why pods' network namespaces cannot be reached, or nothing. It enters a namespace for real: a named one where the
 * node has any, which a mount without propagation shows as a plain file, else the daemon's own, which wants the same
 * capability. Takes less than a millisecond.
 */
export function namespaceReasons({ named, procDirectory }: NamespacePlaces): readonly string[] {
  const reasons: string[] = [];
  try {
    accessSync(`${procDirectory}/1/ns`, constants.R_OK);
  } catch (error) {
    reasons.push(noAccess(`processes of the node cannot be seen in ${procDirectory} (${messageOf(error)})`));
  }
  const failures: string[] = [];
  for (const path of [...someNamed(named, reasons), "/proc/self/ns/net"]) {
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

/** A few names are enough to tell, and a node may have hundreds. */
function someNamed(directory: string, reasons: string[]): string[] {
  try {
    const paths = readdirSync(directory).map((name) => `${directory}/${name}`);
    const usable = paths.filter(isNamespace);
    if (paths.length > 0 && usable.length === 0)
      reasons.push(noAccess(`what ${directory} holds are plain files, not namespaces: ${hint}`));
    return usable.slice(0, 3);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    reasons.push(noAccess(`${directory} cannot be read (${messageOf(error)}): ${hint}`));
    return [];
  }
}

function isNamespace(path: string): boolean {
  try {
    openNetns(path).close();
    return true;
  } catch {
    return false;
  }
}
