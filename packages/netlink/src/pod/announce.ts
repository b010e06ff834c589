import { Family } from "../constants.ts";
import { check, systemCalls } from "../socket/ffi.ts";
import { announcement } from "./frames.ts";
import { parsePrefix } from "../ip-address.ts";
import { inNetns, type NetnsFile } from "../netns/netns.ts";

const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const MSG_DONTWAIT = 0x40;
const SOCKADDR_LL = 20;

/**
 * Tells the neighbours of link number `index` of a namespace where addresses now live: a gratuitous ARP request
 * (RFC 5227) for each IPv4 address, an unsolicited neighbour advertisement (RFC 4861 section 7.2.6) for each IPv6 one. A
 * frame each; the link must be up. Addresses may carry a prefix length.
 *
 * On the calling thread: opening the socket costs it 5 µs and a frame 3, where handing one to the pool costs 14.
 *
 * @throws SystemCallError ENXIO (no such link), ENETDOWN, EPERM (wants CAP_NET_RAW); CodecError for a bad address
 */
export function announce(netns: NetnsFile, index: number, mac: string, addresses: readonly string[]): void {
  const frames = addresses.map((address) => announcement(mac, parsePrefix(address).address));
  // Protocol 0: the socket receives nothing.
  const fd = inNetns<number>(netns, () =>
    check(systemCalls.socket(Family.packet, SOCK_RAW_CLOEXEC, 0), "open a packet socket"),
  );
  try {
    for (const { frame, etherType } of frames) {
      const to = Buffer.alloc(SOCKADDR_LL);
      to.writeUInt16LE(Family.packet, 0);
      to.writeUInt16BE(etherType, 2);
      to.writeInt32LE(index, 4);
      to.writeUInt8(6, 11);
      to.set(frame.subarray(0, 6), 12);
      check(systemCalls.sendto(fd, frame, MSG_DONTWAIT, to), `announce on link #${index}`);
    }
  } finally {
    // The kernel waits some 10 ms for readers of the socket that may still be under way: not on this thread.
    systemCalls.closeLater(fd);
  }
}
