import { CodecError } from "../errors.ts";
import { addressBytes, hardwareAddressBytes } from "../ip-address.ts";

/** An Ethernet frame with its header, and its EtherType. */
export interface Frame {
  readonly frame: Buffer;
  readonly etherType: number;
}

const ETHERTYPE_ARP = 0x0806;
const ETHERTYPE_IPV6 = 0x86dd;
const ICMPV6 = 58;
const NEIGHBOUR_ADVERTISEMENT = 136;

/** The frame that announces where `address` lives. @throws CodecError for an address that is none */
export function announcement(hardwareAddress: string, address: string): Frame {
  const hardware = hardwareAddressBytes(hardwareAddress);
  if (hardware.length !== 6) throw new CodecError(`not an Ethernet address: ${hardwareAddress}`);
  const ip = addressBytes(address);
  return ip.length === 4 ? gratuitousArp(hardware, ip) : unsolicitedAdvertisement(hardware, ip);
}

/** RFC 5227 section 1.1: an ARP request whose sender and target are the address itself. */
function gratuitousArp(hardware: Buffer, ip: Buffer): Frame {
  const arp = Buffer.alloc(28);
  arp.writeUInt16BE(1, 0);
  arp.writeUInt16BE(0x0800, 2);
  arp.writeUInt8(6, 4);
  arp.writeUInt8(4, 5);
  arp.writeUInt16BE(1, 6);
  arp.set(hardware, 8);
  arp.set(ip, 14);
  arp.set(ip, 24);
  return ethernet(Buffer.alloc(6, 0xff), hardware, ETHERTYPE_ARP, arp);
}

/** RFC 4861 section 4.4, to all nodes, with the override flag. */
function unsolicitedAdvertisement(hardware: Buffer, ip: Buffer): Frame {
  const allNodes = addressBytes("ff02::1");
  const icmp = Buffer.alloc(32);
  icmp.writeUInt8(NEIGHBOUR_ADVERTISEMENT, 0);
  icmp.writeUInt32BE(0x20000000, 4);
  icmp.set(ip, 8);
  icmp.writeUInt8(2, 24);
  icmp.writeUInt8(1, 25);
  icmp.set(hardware, 26);
  const pseudo = Buffer.alloc(8);
  pseudo.writeUInt32BE(icmp.length, 0);
  pseudo.writeUInt8(ICMPV6, 7);
  icmp.writeUInt16BE(internetChecksum(Buffer.concat([ip, allNodes, pseudo, icmp])), 2);
  const header = Buffer.alloc(40);
  header.writeUInt32BE(0x60000000, 0);
  header.writeUInt16BE(icmp.length, 4);
  header.writeUInt8(ICMPV6, 6);
  // Neighbour discovery is dropped unless the hop limit says that no router touched it.
  header.writeUInt8(255, 7);
  header.set(ip, 8);
  header.set(allNodes, 24);
  return ethernet(Buffer.from("333300000001", "hex"), hardware, ETHERTYPE_IPV6, Buffer.concat([header, icmp]));
}

function ethernet(to: Buffer, from: Buffer, etherType: number, payload: Buffer): Frame {
  const type = Buffer.alloc(2);
  type.writeUInt16BE(etherType);
  return { frame: Buffer.concat([to, from, type, payload]), etherType };
}

/** RFC 1071. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
