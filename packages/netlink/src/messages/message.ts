import { align4, readAttributes, readText, readUnsigned } from "./attributes.ts";
import { MessageFlag, MessageType } from "../constants.ts";
import { CodecError } from "../errors.ts";

/** One netlink message (RFC 3549 section 2.3.2, `struct nlmsghdr`). */
export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** Port id of the sender: 0 is the kernel. */
  readonly port: number;
  readonly payload: Buffer;
}

/** The kernel's verdict on one message: error 0 is success. */
export interface Ack {
  /** Positive error number; 0 for success. */
  readonly errno: number;
  /** Extended ACK: the kernel's words. */
  readonly text?: string;
  /** Extended ACK: where the offending attribute starts, in bytes from the message's header. */
  readonly offset?: number;
  /** Extended ACK: number of the attribute that is missing (kernel 6.1). */
  readonly missingType?: number;
}

const HEADER = 16;

/** Joins messages into the bytes of one send. */
export function encodeMessages(messages: readonly Message[]): Buffer {
  let length = 0;
  for (const message of messages) length += align4(HEADER + message.payload.length);
  const bytes = Buffer.alloc(length);
  let at = 0;
  for (const message of messages) {
    bytes.writeUInt32LE(HEADER + message.payload.length, at);
    bytes.writeUInt16LE(message.type, at + 4);
    bytes.writeUInt16LE(message.flags, at + 6);
    bytes.writeUInt32LE(message.sequence, at + 8);
    bytes.writeUInt32LE(message.port, at + 12);
    bytes.set(message.payload, at + HEADER);
    at += align4(HEADER + message.payload.length);
  }
  return bytes;
}

/** Splits one datagram into messages; payloads are views into it. @throws CodecError when a length lies outside */
export function decodeMessages(bytes: Buffer): Message[] {
  const messages: Message[] = [];
  let at = 0;
  while (at + HEADER <= bytes.length) {
    const length = bytes.readUInt32LE(at);
    if (length < HEADER || at + length > bytes.length) {
      throw new CodecError(`message claims ${length} bytes of ${bytes.length - at}`);
    }
    messages.push({
      type: bytes.readUInt16LE(at + 4),
      flags: bytes.readUInt16LE(at + 6),
      sequence: bytes.readUInt32LE(at + 8),
      port: bytes.readUInt32LE(at + 12),
      payload: bytes.subarray(at + HEADER, at + length),
    });
    at += align4(length);
  }
  if (at < bytes.length) throw new CodecError(`${bytes.length - at} bytes after the last message`);
  return messages;
}

const ACK_TEXT = 1;
const ACK_OFFSET = 2;
const ACK_MISSING_TYPE = 5;

/**
 * Reads an NLMSG_ERROR, or an NLMSG_DONE (whose status is 0 or a negative error number), with its extended ACK.
 *
 * @throws CodecError when it is too short
 */
export function decodeAck(message: Message): Ack {
  const { payload, flags, type } = message;
  if (payload.length < 4) {
    // An old kernel's NLMSG_DONE may carry nothing.
    if (type === MessageType.done) return { errno: 0 };
    throw new CodecError("error message shorter than its error number");
  }
  const errno = Math.abs(payload.readInt32LE(0));
  if ((flags & MessageFlag.ackTlvs) === 0) return { errno };
  let start = 4;
  if (type === MessageType.error) {
    // The header of the request is always repeated; the rest of it only when not capped.
    if (payload.length < 4 + HEADER) throw new CodecError("error message without the request's header");
    const original = payload.readUInt32LE(4);
    start += (flags & MessageFlag.capped) !== 0 ? HEADER : align4(original);
  }
  if (start > payload.length) throw new CodecError("extended ACK outside its message");
  const ack: { errno: number; text?: string; offset?: number; missingType?: number } = { errno };
  for (const attribute of readAttributes(payload, start)) {
    if (attribute.type === ACK_TEXT) ack.text = readText(attribute);
    else if (attribute.type === ACK_OFFSET) ack.offset = readUnsigned(attribute, 4);
    else if (attribute.type === ACK_MISSING_TYPE) ack.missingType = readUnsigned(attribute, 4);
  }
  return ack;
}
