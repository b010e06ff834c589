import { CodecError } from "./errors.ts";
import { Family } from "./constants.ts";

/** An address with the length of its prefix, such as 10.0.0.5/16. */
export interface Prefix {
  readonly address: string;
  readonly length: number;
}

/** AF_INET for dotted addresses, AF_INET6 for those with a colon. */
export function familyOf(address: string): typeof Family.inet | typeof Family.inet6 {
  return address.includes(":") ? Family.inet6 : Family.inet;
}

/** 4 or 16 bytes of an IPv4 or IPv6 address in text (no zone, no prefix). @throws CodecError */
export function addressBytes(address: string): Buffer {
  const bytes = address.includes(":") ? parseV6(address) : parseV4(address);
  if (bytes === undefined) throw new CodecError(`not an IP address: ${JSON.stringify(address)}`);
  return bytes;
}

/** Text of 4 or 16 bytes; IPv6 in the canonical form of RFC 5952. @throws CodecError for another length */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) throw new CodecError(`an IP address has 4 or 16 bytes, not ${bytes.length}`);
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${bytes.slice(12).join(".")}`;
  }
  const gap = longestZeroRun(groups);
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  if (gap === undefined) return text(groups);
  return `${text(groups.slice(0, gap.start))}::${text(groups.slice(gap.start + gap.length))}`;
}

/** Parses `address/length`; without a length it is the full one (32 or 128). @throws CodecError */
export function parsePrefix(text: string): Prefix {
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  const full = addressBytes(address).length * 8;
  if (slash < 0) return { address, length: full };
  const digits = text.slice(slash + 1);
  const length = /^\d{1,3}$/.test(digits) ? Number(digits) : -1;
  if (length < 0 || length > full) throw new CodecError(`not a prefix length: ${JSON.stringify(text)}`);
  return { address, length };
}

/** The same prefix with its host bits cleared: 10.0.3.7/16 gives 10.0.0.0/16. */
export function networkOf(prefix: Prefix): Prefix {
  const bytes = addressBytes(prefix.address);
  for (let at = 0; at < bytes.length; at += 1) {
    const kept = Math.min(Math.max(prefix.length - at * 8, 0), 8);
    bytes[at] = (bytes[at] ?? 0) & (0xff00 >> kept);
  }
  return { address: addressText(bytes), length: prefix.length };
}

/** Whether the address lies in the prefix; never across families. @throws CodecError */
export function contains(prefix: Prefix, address: string): boolean {
  if (familyOf(prefix.address) !== familyOf(address)) return false;
  const own = networkOf(prefix);
  return networkOf({ address, length: prefix.length }).address === own.address;
}

/** Bytes of a hardware address such as `fa:16:3e:00:00:01` (1 to 32 bytes). @throws CodecError */
export function hardwareAddressBytes(text: string): Buffer {
  if (!/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){0,31}$/.test(text)) {
    throw new CodecError(`not a hardware address: ${JSON.stringify(text)}`);
  }
  return Buffer.from(text.replaceAll(":", ""), "hex");
}

/** Text of a hardware address, lower case with colons. */
export function hardwareAddressText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}

function parseV4(text: string): Buffer | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = Buffer.alloc(4);
  for (const [at, part] of parts.entries()) {
    // Leading zeros are refused: some parsers read them as octal.
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes[at] = Number(part);
  }
  return bytes;
}

function parseV6(text: string): Buffer | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = parseGroups(halves[1] ?? "", true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return Buffer.concat([Buffer.from(head), Buffer.alloc(missing), Buffer.from(tail)]);
}

function parseGroups(text: string, mayEndDotted: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [at, group] of groups.entries()) {
    if (mayEndDotted && at === groups.length - 1 && group.includes(".")) {
      const dotted = parseV4(group);
      if (dotted === undefined) return undefined;
      bytes.push(...dotted);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

/** RFC 5952 section 4.2: the longest run of two or more zero groups, the first of equals. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } | undefined {
  let best: { start: number; length: number } | undefined;
  let start = -1;
  for (let at = 0; at <= groups.length; at += 1) {
    if (groups[at] === 0) {
      if (start < 0) start = at;
    } else if (start >= 0) {
      const length = at - start;
      if (length >= 2 && length > (best?.length ?? 0)) best = { start, length };
      start = -1;
    }
  }
  return best;
}
