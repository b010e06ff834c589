import type { Outcome } from "../socket/exchange.ts";
import type { DecodedLink } from "../messages/link.ts";
import type { Request } from "../messages/requests.ts";
import type { NetlinkSocket, RequestOptions, Settled } from "../socket/socket.ts";

/** What became of each request of one step. */
export type Reply = Outcome<DecodedLink>[];

/** One send of a procedure. */
export interface Send {
  readonly socket: NetlinkSocket;
  readonly requests: readonly Request<DecodedLink>[];
  readonly settled?: Settled<DecodedLink>;
  /** Cleaning up: goes on although the caller has given up. */
  readonly cleanup?: boolean;
}

/** Another slow call, in both its forms; its reply is empty. */
export interface Call {
  readonly sync: () => void;
  readonly async: () => Promise<void>;
}

/** Several steps in order, each decided by the replies so far; written once, run in either of the two ways below. */
export type Procedure<R> = Generator<Send | Call, R, Reply>;

/** Runs a procedure with each step on a thread of the pool. */
export async function run<R>(procedure: Procedure<R>, options: RequestOptions): Promise<R> {
  const { signal, timeoutMs } = options;
  const limits = { ...(signal === undefined ? {} : { signal }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  let next = procedure.next();
  while (next.done !== true) {
    const step = next.value;
    let reply: Reply = [];
    try {
      if ("socket" in step) {
        const { socket, requests, settled, cleanup } = step;
        const bounds = cleanup === true ? {} : limits;
        reply = await socket.request(requests, settled === undefined ? bounds : { ...bounds, settled });
      } else {
        await step.async();
      }
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
    const step = next.value;
    let reply: Reply = [];
    try {
      if ("socket" in step) reply = sendSync(step, limits);
      else step.sync();
    } catch (error) {
      next = procedure.throw(error);
      continue;
    }
    next = procedure.next(reply);
  }
  return next.value;
}

function sendSync({ socket, requests, settled, cleanup }: Send, limits: { readonly timeoutMs?: number }): Reply {
  let reply: Reply | undefined;
  try {
    reply = socket.requestSync(requests, cleanup === true ? {} : limits);
    return reply;
  } finally {
    settled?.(reply, false);
  }
}
