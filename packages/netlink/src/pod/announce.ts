import { Family } from "../constants.ts";
import { LinuxNetworkError } from "../errors.ts";
import { check, systemCalls } from "../socket/ffi.ts";
import { announcement } from "./frames.ts";
import { parsePrefix } from "../ip-address.ts";
import { inNetns, type NetnsFile } from "../netns/netns.ts";

const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SIOCGIFINDEX = 0x8933;
const MSG_DONTWAIT = 0x40;
const SOCKADDR_LL = 20;

/**
 * Tells the neighbours where addresses now live: a gratuitous ARP request (RFC 5227) for each IPv4 address, an
 * unsolicited neighbour advertisement (RFC 4861 section 7.2.6) for each IPv6 one. A frame each; the link must be up.
 * Addresses may carry a prefix length.
 *
 * @throws SystemCallError ENODEV, ENETDOWN, EPERM (wants CAP_NET_RAW); CodecError for a bad address
 */
export function announce(netns: NetnsFile, interfaceName: string, mac: string, addresses: readonly string[]): void {
  const frames = addresses.map((address) => announcement(mac, parsePrefix(address).address));
  // Protocol 0: the socket receives nothing.
  const fd = inNetns<number>(netns, () =>
    check(systemCalls.socket(Family.packet, SOCK_RAW_CLOEXEC, 0), "open a packet socket"),
  );
  try {
    const index = interfaceIndex(fd, interfaceName);
    for (const { frame, etherType } of frames) {
      const to = Buffer.alloc(SOCKADDR_LL);
      to.writeUInt16LE(Family.packet, 0);
      to.writeUInt16BE(etherType, 2);
      to.writeInt32LE(index, 4);
      to.writeUInt8(6, 11);
      to.set(frame.subarray(0, 6), 12);
      check(systemCalls.sendto(fd, frame, MSG_DONTWAIT, to), `announce on ${interfaceName}`);
    }
  } finally {
    // The kernel waits some 10 ms for readers of the socket that may still be under way: not on this thread.
    systemCalls.closeLater(fd);
  }
}

function interfaceIndex(fd: number, name: string): number {
  const request = Buffer.alloc(40);
  request.write(name, 0, 15, "utf8");
  check(systemCalls.ioctl(fd, SIOCGIFINDEX, request), `index of ${name}`);
  const index = request.readInt32LE(16);
  if (index <= 0) throw new LinuxNetworkError("NETLINK_ENODEV", `${name} has no index`, "Look at the link's name.");
  return index;
}
