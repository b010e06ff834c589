import type { Socket } from "node:net";
import type { Clock } from "./clock.ts";
import { OvsdbBusyError, OvsdbConnectionError, OvsdbProtocolError, OvsdbResponseError } from "./errors.ts";
import { isArray, isObject, type Json, type JsonObject } from "./json.ts";
import { JsonStream } from "./json-stream.ts";

/** What a session tells its owner. */
export interface SessionEvents {
  /** A notification of the server, such as `update2`. An exception ends the session. */
  notified(method: string, params: readonly Json[]): void;
  /** The connection is gone; called once. */
  ended(error: Error): void;
}

/** Limits of a session. */
export interface SessionOptions {
  readonly clock: Clock;
  /** Silence after which the server is asked for an echo; the same again and it is given up. */
  readonly probeMs: number;
  /** Largest message accepted, in bytes. */
  readonly messageLimit: number;
}

interface Waiting {
  readonly method: string;
  resolve(result: Json): void;
  reject(error: Error): void;
}

const WAITING_LIMIT = 4096;

/** JSON-RPC 1.0 over one connected socket (RFC 7047 section 4): requests, notifications, echo both ways. */
export class Session {
  readonly #socket: Socket;
  readonly #events: SessionEvents;
  readonly #options: SessionOptions;
  readonly #stream: JsonStream;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #ended = false;
  #heard = true;
  #cancelProbe = (): void => {};

  constructor(socket: Socket, events: SessionEvents, options: SessionOptions) {
    this.#socket = socket;
    this.#events = events;
    this.#options = options;
    this.#stream = new JsonStream(options.messageLimit);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (cause) => this.end(new OvsdbConnectionError(cause.message, { cause })));
    socket.on("close", () => this.end(new OvsdbConnectionError("the server closed the connection")));
    this.#probeLater();
  }

  /**
   * Sends a request and gives its result. Aborting sends `cancel`, which ends a waiting transaction. `accept` sees the
   * result before any later message of the same datagram is looked at; an exception of it rejects the request.
   */
  request(
    method: string,
    params: readonly Json[],
    options: { readonly signal?: AbortSignal; readonly accept?: (result: Json) => void } = {},
  ): Promise<Json> {
    const { signal, accept } = options;
    if (this.#ended) return Promise.reject(new OvsdbConnectionError("the connection is gone"));
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#waiting.size >= WAITING_LIMIT) return Promise.reject(new OvsdbBusyError(WAITING_LIMIT));
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(id);
        if (method === "transact") this.#send({ method: "cancel", params: [id], id: null });
        reject(signal?.reason);
      };
      const settle = (): void => signal?.removeEventListener("abort", onAbort);
      this.#waiting.set(id, {
        method,
        resolve(result) {
          settle();
          try {
            accept?.(result);
            resolve(result);
          } catch (error) {
            reject(error);
          }
        },
        reject(error) {
          settle();
          reject(error);
        },
      });
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#send({ method, params, id });
    });
  }

  /** Drops the connection; what waits is rejected with `error`. */
  end(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelProbe();
    this.#socket.destroy();
    for (const waiting of this.#waiting.values()) {
      waiting.reject(new OvsdbConnectionError(`${waiting.method}: ${error.message}`, { cause: error, sent: true }));
    }
    this.#waiting.clear();
    this.#events.ended(error);
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return;
    this.#heard = true;
    try {
      for (const message of this.#stream.push(chunk)) this.#take(message);
    } catch (error) {
      this.end(error instanceof Error ? error : new OvsdbProtocolError(String(error)));
    }
  }

  #take(message: JsonObject): void {
    const { method, id, params, result, error } = message;
    if (typeof method === "string") {
      if (method === "echo") this.#send({ id: id ?? null, result: params ?? [], error: null });
      else if (id === null || id === undefined) this.#events.notified(method, isArray(params) ? params : []);
      else this.#send({ id, result: null, error: "unknown method" });
      return;
    }
    const waiting = typeof id === "number" ? this.#waiting.get(id) : undefined;
    // An answer that nobody waits for belongs to a request that was aborted, or to a probe.
    if (waiting === undefined || typeof id !== "number") return;
    this.#waiting.delete(id);
    if (error === null || error === undefined) waiting.resolve(result ?? null);
    else waiting.reject(responseError(waiting.method, error));
  }

  #send(message: JsonObject): void {
    if (!this.#ended) this.#socket.write(JSON.stringify(message));
  }

  #probeLater(): void {
    this.#cancelProbe = this.#options.clock.schedule(this.#options.probeMs, () => {
      if (this.#heard) {
        this.#heard = false;
        this.#send({ method: "echo", params: [], id: "echo" });
        this.#probeLater();
      } else {
        this.end(new OvsdbConnectionError(`the server was silent for ${2 * this.#options.probeMs} ms`));
      }
    });
  }
}

/** RFC 7047 says an object; servers also answer with bare text. */
function responseError(method: string, error: Json): OvsdbResponseError {
  if (typeof error === "string") return new OvsdbResponseError(method, error, undefined);
  if (!isObject(error)) return new OvsdbResponseError(method, JSON.stringify(error), undefined);
  const { error: name, details } = error;
  return new OvsdbResponseError(
    method,
    typeof name === "string" ? name : JSON.stringify(error),
    typeof details === "string" ? details : undefined,
  );
}
