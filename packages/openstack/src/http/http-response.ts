import type { IncomingHttpHeaders } from "node:http";
import { protocolError } from "../errors.ts";

/** A complete answer. */
export interface HttpAnswer {
  readonly status: number;
  /** By name in lower case; what comes more than once is joined by commas, `set-cookie` is a list. */
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const MAX_HEAD_BYTES = 65_536;
const MAX_BODY_BYTES = 256 * 1024 * 1024;
const END_OF_HEAD = Buffer.from("\r\n\r\n");
const END_OF_LINE = Buffer.from("\r\n");
const NOTHING = Buffer.alloc(0);

/** What comes next: the head, so many bytes of the body, ... */
type State = "head" | "fixed" | "until-close" | "chunk-size" | "chunk" | "chunk-end" | "trailer" | "done";

/**
 * Reads one answer of HTTP/1.1 (RFC 9112) from the bytes of a connection, cut anywhere. Interim answers (1xx) are passed
 * over. What another reader might understand in another way is refused: folded lines, odd lengths, unknown codings.
 */
export class ResponseReader {
  readonly #bodyless: boolean;
  #state: State = "head";
  /** Bytes that wait for the rest of a line or of the head. */
  #pending: Buffer = NOTHING;
  #parts: Buffer[] = [];
  /** Bytes of the body or of the chunk that are still to come. */
  #left = 0;
  #size = 0;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #keepAlive = false;

  /** @param bodyless for HEAD, whose answer ends with its head. */
  constructor(bodyless: boolean) {
    this.#bodyless = bodyless;
  }

  /** Whether the connection may carry another request after this answer: the server keeps it, and sent no more. */
  get reusable(): boolean {
    return this.#state === "done" && this.#keepAlive && this.#pending.length === 0;
  }

  /** Whether anything of the answer has come. */
  get begun(): boolean {
    return this.#state !== "head" || this.#pending.length > 0;
  }

  /** The answer, once {@link push} or {@link close} has said that it is complete. */
  answer(): HttpAnswer {
    const [only] = this.#parts;
    const body = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
    return { status: this.#status, headers: this.#headers, body: body.toString("utf8") };
  }

  /** Takes the next bytes; true when the answer is complete. @throws OpenStackError when they are no answer. */
  push(bytes: Buffer): boolean {
    let rest = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    this.#pending = NOTHING;
    while (this.#state !== "done") {
      const taken = this.#state === "head" ? this.#readHead(rest) : this.#readBody(rest);
      if (taken < 0) {
        if (rest.length > MAX_HEAD_BYTES) throw protocolError("a line of an answer has no end");
        this.#pending = rest;
        return false;
      }
      rest = rest.subarray(taken);
      if (rest.length === 0 && !this.#isDone()) return false;
    }
    this.#pending = rest;
    return true;
  }

  /** The server has closed; true when that completes the answer. */
  close(): boolean {
    if (this.#state === "until-close") this.#state = "done";
    return this.#state === "done";
  }

  #isDone(): boolean {
    return this.#state === "done";
  }

  /** Bytes taken, or -1 when the head is not complete. */
  #readHead(bytes: Buffer): number {
    const end = bytes.indexOf(END_OF_HEAD);
    if (end < 0) return -1;
    const lines = bytes.toString("latin1", 0, end).split("\r\n");
    const first = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/.exec(lines[0] ?? "");
    if (first === null) throw protocolError("an answer does not begin as HTTP/1.1 does");
    const status = Number(first[2]);
    if (status === 101) throw protocolError("an answer changes the protocol");
    if (status >= 200) this.#begin(status, first[1] === "1", headersOf(lines));
    return end + END_OF_HEAD.length;
  }

  #begin(status: number, current: boolean, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
    const connection = headers.connection?.toLowerCase() ?? "";
    this.#keepAlive = current ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection);
    const coding = headers["transfer-encoding"];
    const length = headers["content-length"];
    if (this.#bodyless || status === 204 || status === 304) this.#state = "done";
    else if (coding !== undefined) {
      if (coding.toLowerCase() !== "chunked") throw protocolError("an answer has an unknown Transfer-Encoding");
      // Both are an attack or a mistake (RFC 9112 section 6.3).
      if (length !== undefined) this.#keepAlive = false;
      this.#state = "chunk-size";
    } else if (length === undefined) {
      this.#keepAlive = false;
      this.#state = "until-close";
    } else {
      if (!/^\d{1,15}$/.test(length)) throw protocolError("an answer has an unusable Content-Length");
      this.#expect(Number(length));
      this.#state = this.#left === 0 ? "done" : "fixed";
    }
  }

  #readBody(bytes: Buffer): number {
    switch (this.#state) {
      case "fixed":
        return this.#take(bytes, "done");
      case "chunk":
        return this.#take(bytes, "chunk-end");
      case "until-close":
        this.#expect(bytes.length);
        return this.#take(bytes, "until-close");
      default:
        return this.#readLine(bytes);
    }
  }

  /** Lines between chunks: sizes, ends and trailers. */
  #readLine(bytes: Buffer): number {
    const end = bytes.indexOf(END_OF_LINE);
    if (end < 0) return -1;
    if (this.#state === "chunk-size") {
      const size = /^[\da-f]{1,8}(?=[;\t ]|$)/i.exec(bytes.toString("latin1", 0, end))?.[0];
      if (size === undefined) throw protocolError("an answer has an unusable chunk size");
      this.#expect(Number.parseInt(size, 16));
      this.#state = this.#left === 0 ? "trailer" : "chunk";
    } else if (this.#state === "trailer") {
      if (end === 0) this.#state = "done";
    } else {
      if (end !== 0) throw protocolError("a chunk of an answer is longer than it says");
      this.#state = "chunk-size";
    }
    return end + END_OF_LINE.length;
  }

  #expect(bytes: number): void {
    this.#left = bytes;
    this.#size += bytes;
    if (this.#size > MAX_BODY_BYTES) throw protocolError(`an answer is longer than ${MAX_BODY_BYTES} bytes`);
  }

  #take(bytes: Buffer, then: State): number {
    const part = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left);
    if (part.length > 0) this.#parts.push(part);
    this.#left -= part.length;
    if (this.#left === 0) this.#state = then;
    return part.length;
  }
}

function headersOf(lines: readonly string[]): IncomingHttpHeaders {
  const headers = Object.create(null) as Record<string, string | string[] | undefined>;
  for (let index = 1; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    if (!/^[!#$%&'*+.^_`|~\da-z-]+$/.test(name)) throw protocolError("an answer has a header that is none");
    const value = line.slice(colon + 1).trim();
    const old = headers[name];
    if (name === "set-cookie") headers[name] = [...(Array.isArray(old) ? old : []), value];
    else headers[name] = old === undefined ? value : `${String(old)}, ${value}`;
  }
  return headers;
}
