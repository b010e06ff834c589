import { MessageFlag, MessageType } from "../constants.ts";
import { CodecError, NetlinkError } from "../errors.ts";
import { decodeAck, decodeMessages, encodeMessages, type Message } from "../messages/message.ts";
import type { Request } from "../messages/requests.ts";

/** What became of one request of a batch. */
export type Outcome<T> =
  | { readonly ok: true; readonly answers: readonly T[] }
  | { readonly ok: false; readonly error: NetlinkError };

interface Pending<T> {
  readonly request: Request<T>;
  readonly answers: T[];
  done: boolean;
  error: NetlinkError | undefined;
}

/** At most this many requests go into one send: their acknowledgements must fit into the receive buffer. */
export const BATCH_MESSAGES = 100;
/** At most this many bytes go into one send. */
export const BATCH_BYTES = 32 * 1024;

/** Splits requests into sends, in order: batches within the limits, each dump alone (a socket runs one at a time). */
export function splitBatches<T>(requests: readonly Request<T>[]): (readonly Request<T>[])[] {
  const batches: Request<T>[][] = [];
  let current: Request<T>[] = [];
  let bytes = 0;
  const close = (): void => {
    if (current.length > 0) batches.push(current);
    current = [];
    bytes = 0;
  };
  for (const request of requests) {
    const size = 16 + request.payload.length;
    const dump = isDump(request);
    if (dump || current.length === BATCH_MESSAGES || bytes + size > BATCH_BYTES) close();
    current.push(request);
    bytes += size;
    if (dump) close();
  }
  close();
  return batches;
}

/**
 * One send and everything the kernel answers to it: pure bookkeeping, no socket. Each request asks for an
 * acknowledgement; answers are matched by sequence number, so that what was left of an earlier exchange is ignored.
 */
export class Exchange<T> {
  /** The bytes to send. */
  readonly bytes: Buffer;
  readonly #first: number;
  readonly #pending: readonly Pending<T>[];
  #open: number;
  #interrupted = false;

  constructor(requests: readonly Request<T>[], firstSequence: number) {
    this.#first = firstSequence;
    this.#open = requests.length;
    this.#pending = requests.map((request) => ({ request, answers: [], done: false, error: undefined }));
    this.bytes = encodeMessages(
      requests.map((request, at) => ({
        type: request.type,
        flags: request.flags | MessageFlag.request | (isDump(request) ? 0 : MessageFlag.ack),
        sequence: (firstSequence + at) >>> 0,
        port: 0,
        payload: request.payload,
      })),
    );
  }

  /** All requests have their acknowledgement. */
  get done(): boolean {
    return this.#open === 0;
  }

  /** A dump met a change on its way and should be asked again (NLM_F_DUMP_INTR). */
  get interrupted(): boolean {
    return this.#interrupted;
  }

  /** The first request without an acknowledgement, in words. */
  get waitingFor(): string {
    return this.#pending.find((pending) => !pending.done)?.request.words ?? "nothing";
  }

  /** Takes one datagram in. @throws CodecError for bytes that are not netlink */
  accept(datagram: Buffer): void {
    for (const message of decodeMessages(datagram)) {
      const index = (message.sequence - this.#first) >>> 0;
      const pending = this.#pending[index];
      if (pending !== undefined && !pending.done) this.#take(pending, message, index);
    }
  }

  /** What became of each request, in order. */
  outcomes(): Outcome<T>[] {
    return this.#pending.map(({ done, error, answers, request }) => {
      if (!done) throw new CodecError(`${request.words} has no answer yet`);
      return error === undefined ? { ok: true, answers } : { ok: false, error };
    });
  }

  #take(pending: Pending<T>, message: Message, index: number): void {
    if ((message.flags & MessageFlag.dumpInterrupted) !== 0) this.#interrupted = true;
    switch (message.type) {
      case MessageType.noop:
        break;
      case MessageType.error:
      case MessageType.done: {
        const ack = decodeAck(message);
        if (ack.errno !== 0) {
          pending.error = new NetlinkError({
            errno: ack.errno,
            request: pending.request.words,
            index,
            kernelMessage: ack.text,
            offset: ack.offset,
          });
        }
        pending.done = true;
        this.#open -= 1;
        break;
      }
      default: {
        const { decode } = pending.request;
        if (decode !== undefined) pending.answers.push(decode(message.payload));
      }
    }
  }
}

/** The answers of all requests, or the first refusal. @throws NetlinkError */
export function expectAll<T>(outcomes: readonly Outcome<T>[]): T[] {
  const answers: T[] = [];
  for (const outcome of outcomes) {
    if (!outcome.ok) throw outcome.error;
    answers.push(...outcome.answers);
  }
  return answers;
}

function isDump(request: Request<unknown>): boolean {
  // The same bits mean other things in messages that change something.
  const asks =
    request.type === MessageType.getLink ||
    request.type === MessageType.getAddress ||
    request.type === MessageType.getRoute ||
    request.type === MessageType.getNeighbour ||
    request.type === MessageType.getRule;
  return asks && (request.flags & MessageFlag.dump) === MessageFlag.dump;
}
