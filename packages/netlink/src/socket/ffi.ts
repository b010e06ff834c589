import { access } from "node:fs";
import koffi, { type KoffiFunc } from "koffi";
import { SystemCallError } from "../errors.ts";

// This file holds every foreign call of the package. Results follow the kernel's own habit: zero or more is success,
// a negative number is minus the error number.

// The thread pool of libuv comes into being with its first job, and its threads inherit the network namespace of the
// thread that asks. Asked for here, at import, they live in the process's own one for ever.
access("/", () => {});

/** The system calls this package makes; a negative result is minus the error number. */
export interface SystemCalls {
  socket(domain: number, type: number, protocol: number): number;
  close(fd: number): number;
  /**
   * Closes on a thread of the pool, for sockets whose end the kernel waits on; nobody hears of a failure. One after the
   * other: a burst must not take all threads from those who work.
   */
  closeLater(fd: number): void;
  setsockopt(fd: number, level: number, option: number, value: Buffer): number;
  /** Sends on a socket whose address the kernel chooses (netlink) or to `address`. */
  sendto(fd: number, data: Buffer, flags: number, address: Buffer | null): number;
  /** As `sendto` without an address, on a thread of the pool. */
  sendAsync(fd: number, data: Buffer): Promise<number>;
  recv(fd: number, into: Buffer, flags: number): number;
  /** Waits at most `timeoutMs` until the socket is readable; 0 when it is not. Blocks the thread. */
  pollReadable(fd: number, timeoutMs: number): number;
  ioctl(fd: number, request: number, argument: Buffer | null): number;
  /** As `ioctl`, on a thread of the pool: for requests that wait for the kernel's network lock. */
  ioctlAsync(fd: number, request: number, argument: Buffer): Promise<number>;
  setns(fd: number, kind: number): number;
  /** Ends the process at once; for states that must not go on. */
  abort(): never;
}

const libc = koffi.load(null);

type Int = (...values: never[]) => number;
/** Declares a C function; the types are stated by the caller, as C states them nowhere that can be checked. */
function declare<F extends Int>(definition: string): KoffiFunc<F> {
  return libc.func(definition) as unknown as KoffiFunc<F>;
}

const cSocket = declare<(domain: number, type: number, protocol: number) => number>(
  "int socket(int domain, int type, int protocol)",
);
const cClose = declare<(fd: number) => number>("int close(int fd)");
const cSetsockopt = declare<(fd: number, level: number, option: number, value: Buffer, length: number) => number>(
  "int setsockopt(int fd, int level, int option, const void *value, unsigned int length)",
);
// koffi knows no ssize_t; long has its size on every Linux that Node runs on.
const cSendto = declare<
  (fd: number, data: Buffer, length: number, flags: number, address: Buffer | null, addressLength: number) => number
>("long sendto(int fd, const void *data, size_t length, int flags, const void *address, unsigned int addressLength)");
const cRecv = declare<(fd: number, data: Buffer, length: number, flags: number) => number>(
  "long recv(int fd, void *data, size_t length, int flags)",
);
const cPoll = declare<(fds: Buffer, count: number, timeout: number) => number>(
  "int poll(void *fds, unsigned long count, int timeout)",
);
const cIoctl = declare<(fd: number, request: number, argument: Buffer | null) => number>(
  "int ioctl(int fd, unsigned long request, void *argument)",
);
const cSetns = declare<(fd: number, kind: number) => number>("int setns(int fd, int kind)");
const cAbort = declare<() => number>("int abort()");

function result(value: number): number {
  return value < 0 ? -koffi.errno() : value;
}

/** Starts a call on a thread of the pool. */
function inPool(data: Buffer, start: (done: (error: unknown, value: number) => void) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      // First of all: koffi restores the pool thread's errno for the length of this callback only. Reading
      // data.length also keeps the buffer alive until the call is over.
      const outcome = data.length >= 0 ? result(value) : 0;
      if (error instanceof Error) reject(error);
      else resolve(outcome);
    });
  });
}

const POLLIN = 1;

/** The calls of this machine's C library. */
/** The first is being closed. */
const toClose: number[] = [];

function closeNext(): void {
  const [fd] = toClose;
  if (fd === undefined) return;
  cClose.async(fd, () => {
    toClose.shift();
    closeNext();
  });
}

export const systemCalls: SystemCalls = {
  socket: (domain, type, protocol) => result(cSocket(domain, type, protocol)),
  close: (fd) => result(cClose(fd)),
  closeLater(fd) {
    toClose.push(fd);
    if (toClose.length === 1) closeNext();
  },
  setsockopt: (fd, level, option, value) => result(cSetsockopt(fd, level, option, value, value.length)),
  sendto: (fd, data, flags, address) => result(cSendto(fd, data, data.length, flags, address, address?.length ?? 0)),
  sendAsync: (fd, data) => inPool(data, (done) => cSendto.async(fd, data, data.length, 0, null, 0, done)),
  recv: (fd, into, flags) => result(cRecv(fd, into, into.length, flags)),
  pollReadable(fd, timeoutMs) {
    const entry = Buffer.alloc(8);
    entry.writeInt32LE(fd, 0);
    entry.writeInt16LE(POLLIN, 4);
    return result(cPoll(entry, 1, Math.max(0, Math.ceil(timeoutMs))));
  },
  ioctl: (fd, request, argument) => result(cIoctl(fd, request, argument)),
  ioctlAsync: (fd, request, argument) => inPool(argument, (done) => cIoctl.async(fd, request, argument, done)),
  setns: (fd, kind) => result(cSetns(fd, kind)),
  abort() {
    cAbort();
    throw new Error("abort() returned");
  },
};

const IFNAMSIZ = 16;

/**
 * An ioctl on a thread of the pool, with a `struct ifreq` of the link's name and a pointer to `data`, which the kernel
 * reads and writes.
 */
export async function pointerIoctl(fd: number, request: number, interfaceName: string, data: Buffer): Promise<number> {
  const value = await systemCalls.ioctlAsync(fd, request, pointerRequest(interfaceName, data));
  // Keeps `data` alive while only its bare address is in the request.
  return data.length >= 0 ? value : 0;
}

/** As `pointerIoctl`, on the calling thread. */
export function pointerIoctlSync(fd: number, request: number, interfaceName: string, data: Buffer): number {
  const value = systemCalls.ioctl(fd, request, pointerRequest(interfaceName, data));
  return data.length >= 0 ? value : 0;
}

function pointerRequest(interfaceName: string, data: Buffer): Buffer {
  const request = Buffer.alloc(40);
  request.write(interfaceName, 0, IFNAMSIZ - 1, "utf8");
  request.writeBigUInt64LE(koffi.address(data), IFNAMSIZ);
  return request;
}

/** Calls back once when the socket is readable, without a thread; the returned function stops waiting. */
export function whenReadable(fd: number, callback: () => void): () => void {
  let open = true;
  const stop = (): void => {
    if (open) handle.close();
    open = false;
  };
  const handle = koffi.node.poll(fd, { readable: true }, () => {
    stop();
    callback();
  });
  return stop;
}

/** The value when it is not negative. @throws SystemCallError */
export function check(value: number, call: string): number {
  if (value < 0) throw new SystemCallError(call, -value);
  return value;
}
