import assert from "node:assert/strict";
import { test } from "node:test";
import { announce } from "./announce.ts";
import { Family, LOOPBACK_INDEX, NeighbourState, RouteTable } from "../constants.ts";
import { CodecError, SystemCallError } from "../errors.ts";
import { expectAll } from "../socket/exchange.ts";
import { announcement, internetChecksum } from "./frames.ts";
import { addressBytes } from "../ip-address.ts";
import { addAddress, addNeighbour, createLink, dumpNeighbours, dumpRoutes, setLinkUp } from "../messages/requests.ts";
import { lacksRoot, scratchNetns } from "../netns/scratch-netns.ts";
import { openNetlink } from "../socket/socket.ts";

const skip = lacksRoot();
const mac = "fa:16:3e:0a:0b:0c";

test("an IPv4 address is announced by a broadcast ARP request for itself", () => {
  const { frame, etherType } = announcement(mac, "10.0.0.5");
  assert.equal(etherType, 0x0806);
  assert.equal(
    frame.toString("hex"),
    "fffffffffffffa163e0a0b0c08060001080006040001fa163e0a0b0c0a0000050000000000000a000005",
  );
});

test("an IPv6 address is announced by an overriding advertisement to all nodes with a right checksum", () => {
  const { frame, etherType } = announcement(mac, "fd00::5");
  assert.equal(etherType, 0x86dd);
  assert.equal(frame.length, 14 + 40 + 32);
  assert.equal(frame.subarray(0, 14).toString("hex"), "333300000001fa163e0a0b0c86dd");
  assert.equal(frame.subarray(14, 22).toString("hex"), "6000000000203aff");
  const icmp = frame.subarray(54);
  assert.equal(icmp.subarray(0, 2).toString("hex"), "8800");
  assert.equal(icmp.subarray(4, 8).toString("hex"), "20000000");
  assert.equal(icmp.subarray(24).toString("hex"), "0201fa163e0a0b0c");
  // Summed with its own checksum in place, a right message gives zero (RFC 1071).
  const pseudo = Buffer.concat([
    addressBytes("fd00::5"),
    addressBytes("ff02::1"),
    Buffer.from([0, 0, 0, 32, 0, 0, 0, 58]),
  ]);
  assert.equal(internetChecksum(Buffer.concat([pseudo, icmp])), 0);
  assert.throws(() => announcement("fa:16:3e", "fd00::5"), CodecError);
});

test("a neighbour that knew an older MAC learns the new one, for both families", { skip }, async () => {
  using pod = scratchNetns();
  using peer = scratchNetns();
  using podSocket = openNetlink({ netns: pod.netns });
  using peerSocket = openNetlink({ netns: peer.netns });
  const kind = { type: "veth", peer: { name: "up0", netnsFd: peer.netns.fd } } as const;
  expectAll(await podSocket.request([createLink({ name: "eth0", address: mac, kind }), setLinkUp({ name: "eth0" })]));
  const eth0 = Number(pod.ip("link", "show", "dev", "eth0")[0]?.["ifindex"]);
  const index = Number(peer.ip("link", "show", "dev", "up0")[0]?.["ifindex"]);
  const old = { index, hardwareAddress: "fa:16:3e:00:00:00", state: NeighbourState.stale };
  expectAll(
    await peerSocket.request([
      addAddress({ index, address: "10.0.0.1", prefixLength: 16 }),
      addAddress({ index, address: "fd00::1", prefixLength: 64 }),
      setLinkUp({ index }),
      addNeighbour({ ...old, address: "10.0.0.5" }),
      addNeighbour({ ...old, address: "fd00::5" }),
    ]),
  );
  // IPv6 takes nothing in before the kernel has made the multicast route, which it does a moment after the link is up.
  await until(async () => {
    const routes = expectAll(await peerSocket.request([dumpRoutes(Family.inet6, RouteTable.local)]));
    return routes.some((route) => route.to === "ff00::/8" && route.index === index);
  });
  announce(pod.netns, eth0, mac, ["10.0.0.5/16", "fd00::5/64"]);
  await until(async () => {
    const entries = expectAll(await peerSocket.request([dumpNeighbours({ index })]));
    const known = (wanted: string) => entries.find(({ address }) => address === wanted)?.hardwareAddress;
    return known("10.0.0.5") === mac && known("fd00::5") === mac;
  });
});

/** Asks until it is so; the kernel tells no one when its queues are empty. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const limit = AbortSignal.timeout(5000);
  while (!(await isSo())) limit.throwIfAborted();
}

test("a link that is down or missing is told", { skip }, () => {
  using pod = scratchNetns();
  const errno = (name: string) => (error: unknown) => error instanceof SystemCallError && error.errnoName === name;
  assert.throws(() => announce(pod.netns, 99, mac, ["10.0.0.5"]), errno("ENXIO"));
  assert.throws(() => announce(pod.netns, LOOPBACK_INDEX, mac, ["10.0.0.5"]), errno("ENETDOWN"));
});
