import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { NetnsError } from "../errors.ts";
import { check, systemCalls } from "../socket/ffi.ts";

/** An open network namespace; it lives at least as long as it is open. */
export interface Netns extends Disposable {
  /** The open file. @throws NetnsError `NETNS_CLOSED` after `close()`: the number may be another file's by then */
  readonly fd: number;
  /** Where it was opened. */
  readonly path: string;
  /** Inode number of the namespace (nsfs is one file system, so equal numbers are the same namespace). */
  readonly inode: number;
  close(): void;
}

const CLONE_NEWNET = 0x40000000;
/** ioctl that tells the kind of a namespace file (ioctl_ns(2)). */
const NS_GET_NSTYPE = 0xb703;

/**
 * Opens a network namespace by path, such as `/run/netns/a` or `/proc/17/ns/net`.
 *
 * @throws NetnsError `NETNS_NOT_FOUND` when there is nothing; `NETNS_NOT_A_NAMESPACE` for an empty path, a plain file
 * (what stays when a named namespace was unmounted) or a namespace of another kind; `NETNS_OPEN` otherwise
 */
export function openNetns(path: string): Netns {
  if (path === "") {
    throw new NetnsError("NETNS_NOT_A_NAMESPACE", "the path of the network namespace is empty", "Touch nothing.");
  }
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const gone = code === "ENOENT" || code === "ESRCH";
    throw new NetnsError(
      gone ? "NETNS_NOT_FOUND" : "NETNS_OPEN",
      `network namespace ${path}: ${String(code)}`,
      gone ? "The sandbox is gone; nothing is left to undo in it." : "Look at the path and its permissions.",
      { cause: error },
    );
  }
  if (systemCalls.ioctl(fd, NS_GET_NSTYPE, null) !== CLONE_NEWNET) {
    closeSync(fd);
    throw new NetnsError(
      "NETNS_NOT_A_NAMESPACE",
      `${path} is not a network namespace`,
      "The namespace was unmounted and its file stayed, or the path is wrong.",
    );
  }
  let open = true;
  const close = (): void => {
    if (open) closeSync(fd);
    open = false;
  };
  return {
    get fd() {
      if (!open) throw new NetnsError("NETNS_CLOSED", `network namespace ${path} is closed`, "Open it again.");
      return fd;
    },
    path,
    inode: fstatSync(fd).ino,
    close,
    [Symbol.dispose]: close,
  };
}

/** Opens the network namespace of a process. @throws NetnsError `NETNS_NOT_FOUND` when the process is gone */
export function netnsOf(pid: number): Netns {
  return openNetns(`/proc/${pid}/ns/net`);
}

/** Opens the same namespace once more, so that the work in hand outlives the caller's `close()`. */
export function reopenNetns(netns: Netns): Netns {
  return openNetns(`/proc/self/fd/${netns.fd}`);
}

/** Inode number of the calling thread's own network namespace. */
export function ownNetnsInode(): number {
  return statSync("/proc/thread-self/ns/net").ino;
}

/** Whether this is the calling thread's own namespace: where nothing may be plumbed or deleted as if it were a pod's. */
export function isOwnNetns(netns: Pick<Netns, "inode">): boolean {
  return netns.inode === ownNetnsInode();
}

/** Refuses the calling thread's own namespace. @throws NetnsError `NETNS_OWN` */
export function refuseOwnNetns(netns: Netns): void {
  if (!isOwnNetns(netns)) return;
  throw new NetnsError(
    "NETNS_OWN",
    `${netns.path} is this process's own network namespace, not a pod's`,
    "Touch nothing: the sandbox's path is wrong, or the pod is on the node's network.",
  );
}

/** All that entering needs: an open namespace file. */
export type NetnsFile = { readonly fd: number; readonly path?: string };

/** The way back, opened before this thread first leaves (module state is per thread). */
let home: number | undefined;
let away = false;

/** Whether the result of `inNetns` would outlive the window: promises, generators with an await. */
type Synchronous<T> = T extends PromiseLike<unknown> ? never : T;

/**
 * Runs `work` on this thread inside the network namespace and returns at once. Nothing asynchronous may begin in it:
 * a promise is refused by type and at run time. When the way back fails, the process is aborted, because a thread in
 * a wrong namespace would harm the node.
 *
 * @throws NetnsError, SystemCallError, and what `work` throws
 */
export function inNetns<T>(netns: NetnsFile, work: () => Synchronous<T>): T {
  if (away)
    throw new NetnsError("NETNS_NESTED", "already inside a network namespace", "Open both one after the other.");
  home ??= openSync("/proc/thread-self/ns/net", "r");
  const entered = systemCalls.setns(netns.fd, CLONE_NEWNET);
  check(entered, `setns to ${netns.path ?? "a network namespace"}`);
  away = true;
  let result: T;
  try {
    result = work();
  } finally {
    if (systemCalls.setns(home, CLONE_NEWNET) < 0) systemCalls.abort();
    away = false;
  }
  if (isThenable(result)) {
    throw new NetnsError(
      "NETNS_ASYNC",
      "asynchronous work was begun inside a network namespace",
      "Make it synchronous.",
    );
  }
  return result;
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
