import type { Outcome } from "./exchange.ts";
import type { DecodedLink } from "./link.ts";
import type { Request } from "./requests.ts";
import type { NetlinkSocket, RequestOptions } from "./socket.ts";

/** What became of each request of one step. */
export type Reply = Outcome<DecodedLink>[];

/** One send of a procedure. */
export interface Step {
  readonly socket: NetlinkSocket;
  readonly requests: readonly Request<DecodedLink>[];
  /** Gets the reply of a send that was answered after its caller had given up. */
  readonly late?: (reply: Reply) => void;
  /** Cleaning up: goes on although the caller has given up. */
  readonly cleanup?: boolean;
}

/** Several sends in order, each decided by the replies so far; written once, run in either of the two ways below. */
export type Procedure<R> = Generator<Step, R, Reply>;

/** Runs a procedure with each send on a thread of the pool. */
export async function run<R>(procedure: Procedure<R>, options: RequestOptions): Promise<R> {
  const { signal, timeoutMs } = options;
  const limits = { ...(signal === undefined ? {} : { signal }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  let next = procedure.next();
  while (next.done !== true) {
    const { socket, requests, late, cleanup } = next.value;
    let reply: Reply;
    try {
      reply = await socket.request(requests, {
        ...(cleanup === true ? {} : limits),
        ...(late === undefined ? {} : { late }),
      });
    } catch (error) {
      next = procedure.throw(error);
      continue;
    }
    next = procedure.next(reply);
  }
  return next.value;
}

/** Runs a procedure on the calling thread. */
export function runSync<R>(procedure: Procedure<R>, options: { readonly timeoutMs?: number }): R {
  const limits = options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs };
  let next = procedure.next();
  while (next.done !== true) {
    const { socket, requests, cleanup } = next.value;
    let reply: Reply;
    try {
      reply = socket.requestSync(requests, cleanup === true ? {} : limits);
    } catch (error) {
      next = procedure.throw(error);
      continue;
    }
    next = procedure.next(reply);
  }
  return next.value;
}
