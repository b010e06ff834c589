import { constants } from "node:os";

// The kernel calls 95 by this name; ENOTSUP is the C library's second one.
const errnoNames = new Map<number, string>([[constants.errno.EOPNOTSUPP, "EOPNOTSUPP"]]);
for (const [name, value] of Object.entries(constants.errno)) {
  // Two names may share a number (EAGAIN and EWOULDBLOCK); the first is the one people know.
  if (!errnoNames.has(value)) errnoNames.set(value, name);
}
// Linux numbers that node:os does not list and that network code meets.
for (const [value, name] of [
  [524, "ENOTSUPP"],
  [112, "EHOSTDOWN"],
  [94, "ESOCKTNOSUPPORT"],
  [96, "EPFNOSUPPORT"],
  [77, "EBADFD"],
] as const) {
  if (!errnoNames.has(value)) errnoNames.set(value, name);
}

/** Name of a Linux error number, such as `EEXIST` for 17; `E524` style for one without a name here. */
export function errnoName(errno: number): string {
  return errnoNames.get(errno) ?? `E${errno}`;
}

/** Base of every error of this package (an abort throws the signal's own reason instead). */
export class LinuxNetworkError extends Error {
  /** Stable, for programs. */
  readonly code: string;
  /** What to do next, for people. */
  readonly hint: string;

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.hint = hint;
  }
}

/** Bytes that are not what the format says, or a value that does not fit it. Code `NETLINK_CODEC`. */
export class CodecError extends LinuxNetworkError {
  constructor(message: string) {
    super("NETLINK_CODEC", message, "Check the value named here; when it came from the kernel, report it.");
  }
}

/** The kernel refused one message of a batch. Code `NETLINK_<errno>`, such as `NETLINK_EEXIST`. */
export class NetlinkError extends LinuxNetworkError {
  /** Name of the error number, such as `ENODEV`. */
  readonly errnoName: string;
  readonly errno: number;
  /** The refused request in words. */
  readonly request: string;
  /** Its place in the batch, from 0. */
  readonly index: number;
  /** The kernel's own words (extended ACK), when it gave any. */
  readonly kernelMessage: string | undefined;
  /** Where in the message the offending attribute starts (extended ACK), when told. */
  readonly offset: number | undefined;

  constructor(refusal: {
    errno: number;
    request: string;
    index: number;
    kernelMessage?: string | undefined;
    offset?: number | undefined;
  }) {
    const name = errnoName(refusal.errno);
    const words = refusal.kernelMessage === undefined ? "" : `: ${refusal.kernelMessage}`;
    super(`NETLINK_${name}`, `${refusal.request}: ${name}${words}`, hintForErrno(name));
    this.errnoName = name;
    this.errno = refusal.errno;
    this.request = refusal.request;
    this.index = refusal.index;
    this.kernelMessage = refusal.kernelMessage;
    this.offset = refusal.offset;
  }
}

/** The kernel did not answer in time; what was asked may still happen. Code `NETLINK_TIMEOUT`. */
export class NetlinkTimeoutError extends LinuxNetworkError {
  readonly timeoutMs: number;

  constructor(request: string, timeoutMs: number) {
    super(
      "NETLINK_TIMEOUT",
      `${request} was not answered in ${timeoutMs} ms`,
      "Another process may hold the kernel's network lock for long; read the state again before repeating.",
    );
    this.timeoutMs = timeoutMs;
  }
}

/**
 * A socket that cannot be used as asked: `NETLINK_CLOSED` after `close()`, `NETLINK_BUSY` with too many waiting requests,
 * `NETLINK_ANSWER_LOST` when an answer did not fit.
 */
export class NetlinkSocketError extends LinuxNetworkError {}

/** A system call failed. Code `SYSCALL_<errno>`. */
export class SystemCallError extends LinuxNetworkError {
  readonly errnoName: string;
  readonly errno: number;
  /** The call and what it was for, such as `setns to /run/netns/a`. */
  readonly call: string;

  constructor(call: string, errno: number) {
    const name = errnoName(errno);
    super(`SYSCALL_${name}`, `${call}: ${name}`, hintForErrno(name));
    this.errnoName = name;
    this.errno = errno;
    this.call = call;
  }
}

/**
 * A network namespace that cannot be used: `NETNS_NOT_FOUND`, `NETNS_NOT_A_NAMESPACE`, `NETNS_OPEN` (other failures to
 * open), `NETNS_CLOSED`, `NETNS_OWN` (the caller's own where a pod's is wanted), `NETNS_NESTED`, `NETNS_ASYNC`.
 */
export class NetnsError extends LinuxNetworkError {}

function hintForErrno(name: string): string {
  switch (name) {
    case "EPERM":
    case "EACCES":
      return "The process needs CAP_NET_ADMIN in that network namespace (CAP_SYS_ADMIN to enter it, CAP_NET_RAW for raw frames).";
    case "EEXIST":
      return "An object of that name or address exists; look at it before removing it.";
    case "ENODEV":
      return "There is no such link in that network namespace.";
    case "EOPNOTSUPP":
      return "This kernel lacks that kind of link or option, or its module is not loaded.";
    case "ENETUNREACH":
      return "The gateway is not on a connected prefix; add that route first or set onlink.";
    case "EBUSY":
      return "The object is in use by another one.";
    default:
      return "Look at the request and at the link's state with `ip -d link`, `ip addr`, `ip route`.";
  }
}
