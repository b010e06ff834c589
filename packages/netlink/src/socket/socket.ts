import { constants } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { Family } from "../constants.ts";
import { LinuxNetworkError, NetlinkSocketError, NetlinkTimeoutError } from "../errors.ts";
import { Exchange, type Outcome, splitBatches } from "./exchange.ts";
import { check, type SystemCalls, systemCalls, whenReadable } from "./ffi.ts";
import { inNetns, type NetnsFile } from "../netns/netns.ts";
import type { Request } from "../messages/requests.ts";
import { WaitLimit } from "./wait-limit.ts";

/** Limits of one call. */
export interface RequestOptions {
  /** Milliseconds until the answer must be there; 5000 unless given. */
  readonly timeoutMs?: number;
  /** Stops waiting. What was already sent happens all the same. */
  readonly signal?: AbortSignal;
}

/**
 * Called once when nothing of a request is under way any more: with its outcomes (undefined when it failed or was
 * refused), and whether the caller had been let go before, by time or signal. Must not throw.
 */
export type Settled<T> = (outcomes: Outcome<T>[] | undefined, abandoned: boolean) => void;

const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
const MSG_TRUNC = 0x20;
const RECEIVE_BUFFER = 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 5000;
const QUEUE_LIMIT = 1024;
/** A dump that keeps meeting changes is taken as it is after this many tries. */
const DUMP_TRIES = 5;

const { EAGAIN, EINTR, ENOBUFS, ENOMEM } = constants.errno;

/** Datagrams are read here and copied out; the kernel's dumps come in parts of at most 32 KiB. */
const receiveBuffer = Buffer.alloc(64 * 1024);

/**
 * An rtnetlink socket (netlink(7)), bound for its whole life to the network namespace it was made in. Requests on one
 * socket run one batch after the other. The kernel does the work of a batch inside the send, so `request` sends on a
 * thread of the pool and `requestSync` on the calling one; the answers are there when the send returns.
 */
export class NetlinkSocket implements Disposable {
  readonly #calls: SystemCalls;
  readonly #fd: number;
  #sequence = 1;
  #closed = false;
  #waiting = 0;
  #busy = false;
  #tail: Promise<unknown> = Promise.resolve();

  /** Takes over a socket file; `openNetlink` makes one. */
  constructor(fd: number, calls: SystemCalls = systemCalls) {
    this.#fd = fd;
    this.#calls = calls;
  }

  /** Takes no more requests. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The file descriptor, for ioctls in the socket's namespace. */
  get fd(): number {
    return this.#fd;
  }

  /**
   * Sends the requests as one batch (split only above 100 messages or 32 KiB; a dump goes alone) from a thread of the
   * pool, and gives the outcome of each, in order. A refused request does not stop those after it.
   *
   * @throws NetlinkTimeoutError, NetlinkSocketError, SystemCallError, the signal's reason
   */
  request<T>(
    requests: readonly Request<T>[],
    options: RequestOptions & { readonly settled?: Settled<T> } = {},
  ): Promise<Outcome<T>[]> {
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS, settled } = options;
    const refusal = this.#refusal(signal);
    if (refusal !== undefined) {
      settled?.(undefined, false);
      return Promise.reject(refusal);
    }
    // A send that is under way cannot be called back. The caller stops waiting when time is over; the socket stays
    // taken until the send returns, so that later requests see its effects.
    const limit = new WaitLimit(requests[0]?.words ?? "nothing", timeoutMs, signal);
    this.#waiting += 1;
    const work = this.#tail.then(() => this.#run(requests, limit));
    this.#tail = work.then(
      (outcomes) => {
        this.#leave(limit);
        settled?.(outcomes, limit.isOver);
      },
      () => {
        this.#leave(limit);
        settled?.(undefined, limit.isOver);
      },
    );
    return Promise.race([work, limit.over]);
  }

  /**
   * As `request`, on the calling thread.
   *
   * @throws NetlinkSocketError `NETLINK_BUSY` while an asynchronous request is under way
   */
  requestSync<T>(requests: readonly Request<T>[], options: { readonly timeoutMs?: number } = {}): Outcome<T>[] {
    if (this.#closed) throw closedError();
    if (this.#busy || this.#waiting > 0) {
      throw new NetlinkSocketError(
        "NETLINK_BUSY",
        "an asynchronous request is under way on this socket",
        "Use another socket for synchronous requests.",
      );
    }
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    const deadline = performance.now() + timeoutMs;
    return splitBatches(requests).flatMap((batch) => {
      for (let attempt = 1; ; attempt += 1) {
        const exchange = this.#begin(batch);
        for (let failures = 1; ; failures += 1) {
          const sent = this.#calls.sendto(this.#fd, exchange.bytes, 0, null);
          if (sent >= 0) break;
          if (!mayRetry(sent) || performance.now() > deadline) check(sent, "send on a netlink socket");
          if (sent !== -EINTR) this.#calls.pollReadable(this.#fd, backOff(failures));
        }
        while (!this.#drain(exchange)) {
          const left = deadline - performance.now();
          if (left <= 0) throw new NetlinkTimeoutError(exchange.waitingFor, timeoutMs);
          const ready = this.#calls.pollReadable(this.#fd, left);
          if (ready < 0 && ready !== -EINTR) check(ready, "poll a netlink socket");
        }
        if (!exchange.interrupted || attempt === DUMP_TRIES) return exchange.outcomes();
      }
    });
  }

  /** Closes the socket; one that is sending, as soon as that is over. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#busy) this.#calls.close(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #refusal(signal: AbortSignal | undefined): unknown {
    if (this.#closed) return closedError();
    if (signal?.aborted === true) return signal.reason;
    if (this.#waiting < QUEUE_LIMIT) return undefined;
    const message = `${QUEUE_LIMIT} requests wait already`;
    return new NetlinkSocketError("NETLINK_BUSY", message, "Open more sockets, or ask less.");
  }

  async #run<T>(requests: readonly Request<T>[], limit: WaitLimit): Promise<Outcome<T>[]> {
    if (this.#closed) throw closedError();
    const outcomes: Outcome<T>[] = [];
    this.#busy = true;
    try {
      for (const batch of splitBatches(requests)) {
        for (let attempt = 1; ; attempt += 1) {
          const exchange = this.#begin(batch);
          limit.waitingFor = exchange.waitingFor;
          await this.#send(exchange, limit);
          while (!this.#drain(exchange)) await this.#readable(limit);
          if (exchange.interrupted && attempt < DUMP_TRIES) continue;
          outcomes.push(...exchange.outcomes());
          break;
        }
      }
      return outcomes;
    } finally {
      this.#busy = false;
      if (this.#closed) this.#calls.close(this.#fd);
    }
  }

  async #send<T>(exchange: Exchange<T>, limit: WaitLimit): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      limit.throwIfOver();
      const sent = await this.#calls.sendAsync(this.#fd, exchange.bytes);
      if (sent >= 0) return;
      if (!mayRetry(sent)) check(sent, "send on a netlink socket");
      if (sent !== -EINTR) await pause(backOff(failures));
    }
  }

  /** Reads what is there without waiting; true when every request has its answer. */
  #drain<T>(exchange: Exchange<T>): boolean {
    while (!exchange.done) {
      const length = this.#calls.recv(this.#fd, receiveBuffer, MSG_TRUNC);
      if (length === -EAGAIN) return false;
      if (length === -EINTR) continue;
      if (length === -ENOBUFS) {
        throw new NetlinkSocketError(
          "NETLINK_ANSWER_LOST",
          `the receive buffer overflowed while waiting for: ${exchange.waitingFor}`,
          "What was asked may have happened: read the state again.",
        );
      }
      check(length, "receive on a netlink socket");
      if (length > receiveBuffer.length) {
        throw new NetlinkSocketError(
          "NETLINK_ANSWER_LOST",
          `an answer of ${length} bytes is larger than the buffer of ${receiveBuffer.length}`,
          "Ask for less, for example without virtual functions.",
        );
      }
      // A copy: decoded payloads are views, and the buffer is overwritten by the next datagram of any socket.
      exchange.accept(Buffer.from(receiveBuffer.subarray(0, length)));
    }
    return true;
  }

  async #readable(limit: WaitLimit): Promise<void> {
    limit.throwIfOver();
    let stop = (): void => {};
    const readable = new Promise<void>((resolve) => {
      stop = whenReadable(this.#fd, resolve);
    });
    try {
      await Promise.race([readable, limit.over]);
    } finally {
      stop();
    }
  }

  #begin<T>(batch: readonly Request<T>[]): Exchange<T> {
    const exchange = new Exchange(batch, this.#sequence);
    this.#sequence = (this.#sequence + batch.length) >>> 0;
    return exchange;
  }

  #leave(limit: WaitLimit): void {
    this.#waiting -= 1;
    limit.clear();
  }
}

/**
 * Opens an rtnetlink socket in the calling thread's network namespace, or in `netns`. `inside` runs in the same
 * synchronous window, on the thread that is in that namespace: for sysctls.
 *
 * @throws SystemCallError EPERM without CAP_SYS_ADMIN for another namespace, EMFILE
 */
export function openNetlink(
  options: { readonly netns?: NetnsFile; readonly inside?: () => void; readonly calls?: SystemCalls } = {},
): NetlinkSocket {
  const { netns, inside, calls = systemCalls } = options;
  const make = (): number => {
    inside?.();
    return openSocket(calls);
  };
  return new NetlinkSocket(netns === undefined ? make() : inNetns<number>(netns, make), calls);
}

function openSocket(calls: SystemCalls): number {
  const fd = check(
    calls.socket(Family.netlink, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE),
    "open a netlink socket",
  );
  const option = (level: number, name: number, value: number): number => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return calls.setsockopt(fd, level, name, bytes);
  };
  // Above net.core.rmem_max only with CAP_NET_ADMIN; the plain option then gives what is allowed.
  if (option(SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER) < 0) option(SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
  // Older kernels lack these; errors then have no words, and dumps are filtered less.
  option(SOL_NETLINK, NETLINK_EXT_ACK, 1);
  option(SOL_NETLINK, NETLINK_CAP_ACK, 1);
  option(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
  return fd;
}

/** Milliseconds to leave a kernel alone that is short of memory, with jitter. */
function backOff(failures: number): number {
  return Math.min(2 ** failures, 64) * (0.5 + Math.random() / 2);
}

/** Nothing of the batch has been done when the send itself fails with one of these. */
function mayRetry(result: number): boolean {
  return result === -EINTR || result === -ENOBUFS || result === -ENOMEM || result === -EAGAIN;
}

function closedError(): LinuxNetworkError {
  return new NetlinkSocketError("NETLINK_CLOSED", "the socket is closed", "Open a new one.");
}
