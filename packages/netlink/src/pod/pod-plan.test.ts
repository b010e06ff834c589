import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeAddress } from "../messages/address.ts";
import { AddressFlag, LinkFlag, MessageType, RouteFlag } from "../constants.ts";
import { CodecError } from "../errors.ts";
import { decodeLink } from "../messages/link.ts";
import { planPodPlumbing, type PodInterface, type PodRoute } from "./pod-plan.ts";
import { decodeRoute } from "../messages/route.ts";

const pod: PodInterface = {
  hostName: "tap1",
  ifName: "eth0",
  mac: "fa:16:3e:00:00:01",
  mtu: 1442,
  addresses: ["10.0.0.5/16", "fd00::5/64"],
  routes: [],
};

function routesOf(
  routes: readonly PodRoute[],
  addresses = pod.addresses,
): { to: string; via: string | undefined; onlink: boolean }[] {
  return planPodPlumbing({ ...pod, addresses, routes }, 9)
    .pod(5)
    .filter(({ type }) => type === MessageType.newRoute)
    .map(({ payload }) => decodeRoute(payload))
    .map(({ to, via, flags }) => ({ to, via, onlink: (flags & RouteFlag.onlink) !== 0 }));
}

test("one message makes the pair: the pod's end in its namespace, named, and not up, the node's end up", () => {
  const [create, find, ...more] = planPodPlumbing(pod, 9).host;
  assert.equal(more.length, 0);
  assert.ok(create !== undefined && find !== undefined);
  const host = decodeLink(create.payload);
  assert.equal(host.name, "tap1");
  assert.equal(host.flags & LinkFlag.up, LinkFlag.up);
  assert.ok(host.kind?.type === "veth");
  const { name, address, mtu, netnsFd, flags } = host.kind.peer ?? {};
  assert.deepEqual([name, address, mtu, netnsFd, flags], ["eth0", "fa:16:3e:00:00:01", 1442, 9, 0]);
  assert.equal(decodeLink(find.payload).name, "tap1");
});

test("inside, loopback and addresses come before the link is up, and routes after it", () => {
  const messages = planPodPlumbing({ ...pod, routes: [{ to: "default", via: "10.0.0.1" }] }, 9).pod(5);
  assert.deepEqual(
    messages.map(({ words }) => words),
    [
      "link set #1 up",
      "address add 10.0.0.5/16 dev 5",
      "address add fd00::5/64 dev 5",
      "link set #5 up",
      "route add default via 10.0.0.1 dev 5",
    ],
  );
  const flags = messages
    .filter(({ type }) => type === MessageType.newAddress)
    .map(({ payload }) => decodeAddress(payload).flags);
  assert.deepEqual(flags, [0, AddressFlag.noDad]);
});

test("a gateway outside every prefix of the link is marked onlink, one behind a route on the link is not", () => {
  assert.deepEqual(
    routesOf([
      { to: "default", via: "10.9.0.1" },
      { to: "192.0.2.0/24", via: "10.0.200.1" },
      { to: "198.51.100.0/24", via: "203.0.113.7" },
      { to: "default", via: "fe80::1" },
      { to: "203.0.113.0/24" },
    ]),
    [
      { to: "203.0.113.0/24", via: undefined, onlink: false },
      { to: "default", via: "10.9.0.1", onlink: true },
      { to: "192.0.2.0/24", via: "10.0.200.1", onlink: false },
      { to: "198.51.100.0/24", via: "203.0.113.7", onlink: false },
      { to: "default", via: "fe80::1", onlink: false },
    ],
  );
  assert.deepEqual(routesOf([{ to: "default", via: "10.0.0.1" }], ["10.0.0.5/32"]), [
    { to: "default", via: "10.0.0.1", onlink: true },
  ]);
});

test("routes that the kernel makes for the addresses by itself are left out", () => {
  assert.deepEqual(routesOf([{ to: "10.0.0.0/16" }, { to: "fd00::/64" }]), []);
  assert.equal(routesOf([{ to: "10.0.0.0/17" }]).length, 1);
});

test("a default route that tells no family is refused", () => {
  assert.throws(() => routesOf([{ to: "default" }], []), CodecError);
  assert.deepEqual(routesOf([{ to: "default" }]), [{ to: "default", via: undefined, onlink: false }]);
});
