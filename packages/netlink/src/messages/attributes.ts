import { endianness } from "node:os";
import { CodecError } from "../errors.ts";

// Netlink is in the host's byte order. Node runs Linux on little-endian machines only (x64, arm64), with s390x the
// exception; better a clear refusal there than garbled links.
if (endianness() !== "LE") throw new CodecError("netlink on a big-endian machine is not supported");

/** One decoded attribute (`struct nlattr`); `data` is a view into the message. */
export interface Attribute {
  /** Number without the flag bits. */
  readonly type: number;
  /** NLA_F_NESTED was set; older kernels leave it out on nested attributes. */
  readonly nested: boolean;
  readonly data: Buffer;
}

const NESTED = 0x8000;
const TYPE_MASK = 0x3fff;
const HEADER = 4;

/** Rounds up to the alignment of 4 that messages and attributes have. */
export function align4(length: number): number {
  return (length + 3) & ~3;
}

/** Splits bytes into attributes. @throws CodecError when a length lies outside */
export function readAttributes(bytes: Buffer, start = 0): Attribute[] {
  const attributes: Attribute[] = [];
  let at = start;
  while (bytes.length - at >= HEADER) {
    const length = bytes.readUInt16LE(at);
    const kind = bytes.readUInt16LE(at + 2);
    if (length < HEADER || at + length > bytes.length) {
      throw new CodecError(`attribute ${kind & TYPE_MASK} claims ${length} bytes of ${bytes.length - at}`);
    }
    attributes.push({
      type: kind & TYPE_MASK,
      nested: (kind & NESTED) !== 0,
      data: bytes.subarray(at + HEADER, at + length),
    });
    at += align4(length);
  }
  return attributes;
}

/** Builds a payload: a fixed header first, then attributes, each padded to 4 bytes. */
export class PayloadWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(capacity = 256) {
    this.#buffer = Buffer.alloc(capacity);
  }

  /** Appends raw bytes, padded to 4. */
  bytes(data: Uint8Array): this {
    const at = this.#grow(align4(data.length));
    this.#buffer.set(data, at);
    return this;
  }

  /** Appends a zeroed fixed structure and lets `fill` write into it. */
  struct(size: number, fill: (view: Buffer) => void): this {
    const at = this.#grow(align4(size));
    fill(this.#buffer.subarray(at, at + size));
    return this;
  }

  attribute(type: number, data: Uint8Array): this {
    if (data.length + HEADER > 0xffff) throw new CodecError(`attribute ${type} has ${data.length} bytes`);
    const at = this.#grow(align4(HEADER + data.length));
    this.#buffer.writeUInt16LE(HEADER + data.length, at);
    this.#buffer.writeUInt16LE(type, at + 2);
    this.#buffer.set(data, at + HEADER);
    return this;
  }

  u8(type: number, value: number): this {
    const data = Buffer.alloc(1);
    data.writeUInt8(checked(type, value, 0xff));
    return this.attribute(type, data);
  }

  u16(type: number, value: number): this {
    const data = Buffer.alloc(2);
    data.writeUInt16LE(checked(type, value, 0xffff));
    return this.attribute(type, data);
  }

  /** In network byte order. */
  be16(type: number, value: number): this {
    const data = Buffer.alloc(2);
    data.writeUInt16BE(checked(type, value, 0xffff));
    return this.attribute(type, data);
  }

  u32(type: number, value: number): this {
    const data = Buffer.alloc(4);
    data.writeUInt32LE(checked(type, value, 0xffffffff));
    return this.attribute(type, data);
  }

  i32(type: number, value: number): this {
    const data = Buffer.alloc(4);
    data.writeInt32LE(value);
    return this.attribute(type, data);
  }

  /** Text with its closing NUL. @throws CodecError when it holds a NUL or is longer than `limit` bytes */
  text(type: number, value: string, limit = 0xffff): this {
    const data = Buffer.from(`${value}\0`, "utf8");
    if (data.length > limit || value.includes("\0")) {
      throw new CodecError(`text too long or with a NUL: ${JSON.stringify(value)}`);
    }
    return this.attribute(type, data);
  }

  /** An attribute that holds what `fill` writes. NLA_F_NESTED is set as strict kernels want it. */
  nested(type: number, fill: (inner: this) => void): this {
    const at = this.#grow(HEADER);
    fill(this);
    const length = this.#length - at;
    if (length > 0xffff) throw new CodecError(`nested attribute ${type} has ${length} bytes`);
    this.#buffer.writeUInt16LE(length, at);
    this.#buffer.writeUInt16LE(type | NESTED, at + 2);
    return this;
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #grow(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#buffer.length) {
      const bigger = Buffer.alloc(Math.max(this.#length, this.#buffer.length * 2));
      bigger.set(this.#buffer.subarray(0, at));
      this.#buffer = bigger;
    }
    return at;
  }
}

/** Reads an unsigned number of the width the attribute has. @throws CodecError when it is shorter than `width` */
export function readUnsigned(attribute: Attribute, width: 1 | 2 | 4): number {
  if (attribute.data.length < width) {
    throw new CodecError(`attribute ${attribute.type} has ${attribute.data.length} bytes, wants ${width}`);
  }
  return attribute.data.readUIntLE(0, width);
}

/** Reads a signed 32-bit number. @throws CodecError when it is shorter */
export function readSigned(attribute: Attribute): number {
  if (attribute.data.length < 4) throw new CodecError(`attribute ${attribute.type} is shorter than 4 bytes`);
  return attribute.data.readInt32LE(0);
}

/** Reads text up to its NUL. */
export function readText(attribute: Attribute): string {
  const end = attribute.data.indexOf(0);
  return attribute.data.toString("utf8", 0, end < 0 ? attribute.data.length : end);
}

function checked(type: number, value: number, limit: number): number {
  if (!Number.isInteger(value) || value < 0 || value > limit) {
    throw new CodecError(`attribute ${type}: ${value} is not an integer from 0 to ${limit}`);
  }
  return value;
}
