import { OvsdbProtocolError } from "./errors.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SPACE = 0x20;

/**
 * Cuts a stream of bytes into JSON objects. JSON-RPC 1.0 over a stream has no framing: an object ends where its
 * braces balance. The bytes looked for are all ASCII, so UTF-8 needs no decoding before an object is complete.
 */
export class JsonStream {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #size = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** @param limit the largest object accepted, in bytes */
  constructor(limit = 64 * 1024 * 1024) {
    this.#limit = limit;
  }

  /** Bytes of an object that is not complete yet. */
  get pending(): number {
    return this.#size;
  }

  /** Takes bytes in and gives the objects they complete. @throws OvsdbProtocolError; the stream is unusable then */
  push(chunk: Buffer): JsonObject[] {
    const objects: JsonObject[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) {
        if (this.#depth === 0) throw between(byte);
        this.#inString = true;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (this.#depth === 0) {
          if (byte === OPEN_BRACKET) throw between(byte);
          start = at;
        }
        this.#depth += 1;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (this.#depth === 0) throw between(byte);
        this.#depth -= 1;
        if (this.#depth === 0) {
          objects.push(this.#complete(chunk.subarray(start, at + 1)));
          start = at + 1;
        }
      } else if (this.#depth === 0) {
        if (byte !== undefined && byte > SPACE) throw between(byte);
        start = at + 1;
      }
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(start));
    return objects;
  }

  #keep(part: Buffer): void {
    this.#size += part.length;
    if (this.#size > this.#limit) throw new OvsdbProtocolError(`a message is larger than ${this.#limit} bytes`);
    this.#parts.push(part);
  }

  #complete(last: Buffer): JsonObject {
    this.#keep(last);
    const bytes = this.#parts.length === 1 ? last : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    let value: Json;
    try {
      value = JSON.parse(bytes.toString("utf8")) as Json;
    } catch (cause) {
      throw new OvsdbProtocolError(`not JSON: ${bytes.toString("utf8", 0, 80)}`, { cause });
    }
    if (!isObject(value)) throw new OvsdbProtocolError("a message is not an object");
    return value;
  }
}

function between(byte: number): OvsdbProtocolError {
  return new OvsdbProtocolError(`unexpected byte 0x${byte.toString(16)} between messages`);
}
