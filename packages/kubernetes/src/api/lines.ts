import { ProtocolError } from "../errors.ts";

const NEWLINE = 10;

/**
 * Cuts a byte stream into lines at `\n`, whatever the chunks; the bytes of a character that two chunks share stay
 * together, because UTF-8 never contains the byte 10 inside a character.
 *
 *     chunks   [ {"a":1}\n{"b" ]  [ :2 ]  [ }\n ]
 *     parts              {"b"      :2      }        kept as they came, joined once
 *     lines      {"a":1}           {"b":2}
 */
export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #size = 0;

  /** @param maxBytes a longer line is a {@link ProtocolError}. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of the unfinished line. */
  get pendingBytes(): number {
    return this.#size;
  }

  /** The lines that `chunk` completes, decoded, without `\n`; empty lines are left out. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) break;
      this.#check(end - start);
      if (this.#size === 0) {
        if (end > start) lines.push(chunk.toString("utf8", start, end));
      } else {
        this.#parts.push(chunk.subarray(start, end));
        lines.push(Buffer.concat(this.#parts).toString("utf8"));
        this.#parts = [];
        this.#size = 0;
      }
      start = end + 1;
    }
    if (start < chunk.length) {
      this.#check(chunk.length - start);
      this.#parts.push(start === 0 ? chunk : chunk.subarray(start));
      this.#size += chunk.length - start;
    }
    return lines;
  }

  #check(more: number): void {
    if (this.#size + more > this.#maxBytes) {
      throw new ProtocolError(`a line is longer than ${this.#maxBytes} bytes`);
    }
  }
}
