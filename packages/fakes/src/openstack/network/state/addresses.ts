import { isIPv4, isIPv6 } from "node:net";

/** A prefix of addresses as numbers: its first address, its length, 32 or 128 bits wide. */
export interface Prefix {
  readonly version: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
  readonly length: number;
  /** The address as it was written, which may have bits beyond the prefix. */
  readonly given: bigint;
}

const WIDTH = { 4: 32, 6: 128 } as const;

/** The number of an address; `undefined` when it is none. */
export function parseAddress(text: string): bigint | undefined {
  if (isIPv4(text)) return text.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const v4 = embedded?.[2] === undefined ? undefined : parseAddress(embedded[2]);
  const plain =
    v4 === undefined ? text : `${embedded?.[1] ?? ""}${(v4 >> 16n).toString(16)}:${(v4 & 0xffffn).toString(16)}`;
  const [head = "", tail] = plain.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const middle = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...middle, ...right].reduce((sum, part) => sum * 65536n + BigInt(`0x${part}`), 0n);
}

/** An address in its shortest form. Source: RFC 5952 */
export function formatAddress(value: bigint, version: 4 | 6): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  const groups = Array.from({ length: 8 }, (_, at) => Number((value >> BigInt(112 - 16 * at)) & 0xffffn));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.start === -1) return hex.join(":");
  return `${hex.slice(0, best.start).join(":")}::${hex.slice(best.start + best.length).join(":")}`;
}

export const versionOf = (text: string): 4 | 6 => (text.includes(":") ? 6 : 4);

export function canonicalAddress(text: string): string | undefined {
  const value = parseAddress(text);
  return value === undefined ? undefined : formatAddress(value, versionOf(text));
}

/** `address/length`, or an address alone, which is a prefix of one; `undefined` when it is neither. */
export function parsePrefix(text: string): Prefix | undefined {
  const [base = "", bits, ...more] = text.split("/");
  const given = parseAddress(base);
  if (given === undefined || more.length > 0) return undefined;
  const version = versionOf(base);
  const width = WIDTH[version];
  if (bits !== undefined && !/^\d+$/.test(bits)) return undefined;
  const length = bits === undefined ? width : Number(bits);
  if (length > width) return undefined;
  return prefixAt(given, length, version);
}

/** The prefix of a length that holds an address. */
export function prefixAt(address: bigint, length: number, version: 4 | 6): Prefix {
  const hostBits = BigInt(WIDTH[version] - length);
  const first = (address >> hostBits) << hostBits;
  return { version, first, last: first + (1n << hostBits) - 1n, length, given: address };
}

export const formatPrefix = (prefix: Prefix): string =>
  `${formatAddress(prefix.first, prefix.version)}/${prefix.length}`;

export const overlaps = (a: Prefix, b: Prefix): boolean =>
  a.version === b.version && a.first <= b.last && b.first <= a.last;

export const holds = (prefix: Prefix, address: bigint): boolean => prefix.first <= address && address <= prefix.last;

/** The address that a MAC gives in a prefix. Source: RFC 4291, appendix A */
export function eui64(prefix: Prefix, mac: string): bigint {
  const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n] = mac.split(":").map((part) => BigInt(`0x${part}`));
  return prefix.first + [a ^ 2n, b, c, 0xffn, 0xfen, d, e, f].reduce((sum, part) => sum * 256n + part, 0n);
}
