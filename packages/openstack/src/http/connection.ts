import type { Socket } from "node:net";
import type { IncomingHttpHeaders } from "node:http";
import { type HttpAnswer, ResponseReader } from "./http-response.ts";

/** What becomes of an exchange: one of the two is called, once. */
export interface ExchangeEvents {
  readonly done: (answer: HttpAnswer) => void;
  readonly fail: (error: unknown) => void;
}

/** Whom a connection tells what becomes of it. */
export interface ConnectionOwner {
  /** It has carried an answer and may carry another request. */
  free(connection: Connection, headers: IncomingHttpHeaders): void;
  /** It is closed. */
  gone(connection: Connection): void;
}

/** A socket that carries one request after the other. */
export class Connection {
  /** Only for one request. */
  readonly single: boolean;
  /** When it had carried its last answer, and until when it may rest; undefined before the first. */
  rest: { readonly since: number; readonly until: number } | undefined;
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  #reader: ResponseReader | undefined;
  #events: ExchangeEvents | undefined;
  /** Sends what waits until the connection stands and the server has shown who it is. */
  #waiting: (() => void) | undefined;
  #ready = false;

  /** @param ready the event after which requests may be written. */
  constructor(socket: Socket, ready: "connect" | "secureConnect", single: boolean, owner: ConnectionOwner) {
    this.#socket = socket;
    this.single = single;
    this.#owner = owner;
    socket.once(ready, () => {
      this.#ready = true;
      this.#waiting?.();
      this.#waiting = undefined;
    });
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
    socket.on("end", () => {
      if (this.#reader?.close() === true) this.#finish(this.#reader);
    });
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => {
      this.#fail(new Error(INCOMPLETE));
      owner.gone(this);
    });
  }

  /** Whether nothing of an answer has come yet. */
  get unanswered(): boolean {
    return this.#reader?.begun !== true;
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  /**
   * Sends one request, complete as it goes over the wire.
   *
   * @param bodyless for HEAD.
   * @param admit asked in the moment of sending, when nothing is waited for any more; false sends nothing.
   */
  send(text: string, bodyless: boolean, events: ExchangeEvents, admit: () => boolean = () => true): void {
    this.#events = events;
    this.#reader = new ResponseReader(bodyless);
    const write = (): void => {
      if (this.#events === events && admit()) this.#socket.write(text);
    };
    if (this.#ready) write();
    else this.#waiting = write;
  }

  /** Whether it keeps the process alive. */
  hold(holds: boolean): void {
    if (holds) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Closes it; what is under way is not heard of any more. */
  destroy(): void {
    this.#events = undefined;
    this.#socket.destroy();
  }

  /** Closes it; what is under way fails. */
  abandon(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    const reader = this.#reader;
    // Nobody asked.
    if (reader === undefined || this.#events === undefined) this.#socket.destroy();
    else {
      try {
        if (reader.push(bytes)) this.#finish(reader);
      } catch (error) {
        this.#fail(error);
        this.#socket.destroy();
      }
    }
  }

  #finish(reader: ResponseReader): void {
    const events = this.#events;
    if (events === undefined) return;
    this.#events = undefined;
    this.#reader = undefined;
    const answer = reader.answer();
    if (reader.reusable && !this.single) this.#owner.free(this, answer.headers);
    else this.#socket.destroySoon();
    events.done(answer);
  }

  #fail(error: unknown): void {
    const events = this.#events;
    this.#events = undefined;
    events?.fail(error);
  }
}

/** The message of the error for a connection that ended in the middle of an answer. */
export const INCOMPLETE = "the connection closed before the answer was complete";
