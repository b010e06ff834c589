import { Family } from "../constants.ts";
import { check, pointerIoctl, pointerIoctlSync, systemCalls } from "../socket/ffi.ts";
import { inNetns, type NetnsFile } from "./netns.ts";

const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GTXCSUM = 0x16;
const ETHTOOL_STXCSUM = 0x17;

/**
 * Switches TX checksum offload (`ethtool -K <link> tx on|off`). Off, the kernel finishes each checksum itself, which a
 * veth whose other end is read by a userspace switch needs: with unfinished ones ping works and TCP never connects.
 *
 * @throws SystemCallError ENODEV, EOPNOTSUPP, EPERM
 */
export async function setTxChecksum(netns: NetnsFile, interfaceName: string, on: boolean): Promise<void> {
  await withSocket(netns, (fd) => setTxChecksumOn(fd, interfaceName, on));
}

/** Whether TX checksum offload is on. @throws SystemCallError */
export function getTxChecksum(netns: NetnsFile, interfaceName: string): Promise<boolean> {
  return withSocket(netns, async (fd) => (await ethtoolValue(fd, interfaceName, ETHTOOL_GTXCSUM, 0)) !== 0);
}

/** As `setTxChecksum`, through any socket of the namespace that is open already (a netlink socket too). */
export async function setTxChecksumOn(fd: number, interfaceName: string, on: boolean): Promise<void> {
  await ethtoolValue(fd, interfaceName, ETHTOOL_STXCSUM, Number(on));
}

/** As `setTxChecksumOn`, on the calling thread. */
export function setTxChecksumOnSync(fd: number, interfaceName: string, on: boolean): void {
  const data = command(ETHTOOL_STXCSUM, Number(on));
  check(pointerIoctlSync(fd, SIOCETHTOOL, interfaceName, data), `ethtool on ${interfaceName}`);
}

async function ethtoolValue(fd: number, interfaceName: string, number: number, value: number): Promise<number> {
  const data = command(number, value);
  check(await pointerIoctl(fd, SIOCETHTOOL, interfaceName, data), `ethtool on ${interfaceName}`);
  return data.readUInt32LE(4);
}

/** `struct ethtool_value`: the command, and a number that goes in or comes out. */
function command(number: number, value: number): Buffer {
  const data = Buffer.alloc(8);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(value, 4);
  return data;
}

async function withSocket<T>(netns: NetnsFile, work: (fd: number) => Promise<T>): Promise<T> {
  // The socket belongs to the namespace for good; the slow part needs no window.
  const fd = inNetns<number>(netns, () =>
    check(systemCalls.socket(Family.inet, SOCK_DGRAM_CLOEXEC, 0), "open a socket for ethtool"),
  );
  try {
    return await work(fd);
  } finally {
    systemCalls.close(fd);
  }
}
