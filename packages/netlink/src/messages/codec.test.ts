import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeAddress, encodeAddress, type InterfaceAddress } from "./address.ts";
import { readAttributes } from "./attributes.ts";
import { Family } from "../constants.ts";
import { CodecError } from "../errors.ts";
import { addressText, networkOf } from "../ip-address.ts";
import { decodeLink, encodeLink, type Link } from "./link.ts";
import type { LinkKind } from "./link-kind.ts";
import { decodeAck, decodeMessages, encodeMessages } from "./message.ts";
import { decodeNeighbour, encodeNeighbour, type Neighbour } from "./neighbour.ts";
import { decodeRule, encodeRule, type Rule } from "./rule.ts";
import { decodeRoute, encodeRoute, type Route } from "./route.ts";

const cases = { numRuns: 10_000 };

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const index = fc.integer({ min: 0, max: 0x7fffffff });
const mac = fc.uint8Array({ minLength: 6, maxLength: 6 }).map((bytes) =>
  Buffer.from(bytes)
    .toString("hex")
    .replace(/(..)(?!$)/g, "$1:"),
);
const name = fc.stringMatching(/^[a-z][a-z0-9._-]{0,14}$/);
const v4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(addressText);
// Half zero bytes, so that every way of shortening comes up.
const v6 = fc
  .array(fc.oneof(fc.constant(0), u8), { minLength: 16, maxLength: 16 })
  .map((bytes) => addressText(Uint8Array.from(bytes)));

/** Strict equality compares prototypes, and decoded values have the ordinary one. */
function record<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

/** Fields that may be absent: each record has some of them. */
function some<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(fields, { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<Partial<T>>;
}

const plainKind: fc.Arbitrary<LinkKind> = fc.oneof(
  some<{ mode: "private" | "vepa" | "bridge" | "passthru" | "source"; flags: number }>({
    mode: fc.constantFrom("private", "vepa", "bridge", "passthru", "source"),
    flags: u16,
  }).map((options): LinkKind => ({ type: "macvlan", ...options })),
  some<{ mode: "l2" | "l3" | "l3s"; flags: number }>({ mode: fc.constantFrom("l2", "l3", "l3s"), flags: u16 }).map(
    (options): LinkKind => ({ type: "ipvlan", ...options }),
  ),
  fc
    .tuple(fc.nat(4095), some<{ protocol: "802.1Q" | "802.1ad" }>({ protocol: fc.constantFrom("802.1Q", "802.1ad") }))
    .map(([id, rest]): LinkKind => ({ type: "vlan", id, ...rest })),
  some<{ forwardDelay: number; ageingTime: number; stp: boolean; vlanFiltering: boolean; multicastSnooping: boolean }>({
    forwardDelay: u32,
    ageingTime: u32,
    stp: fc.boolean(),
    vlanFiltering: fc.boolean(),
    multicastSnooping: fc.boolean(),
  }).map((options): LinkKind => ({ type: "bridge", ...options })),
  fc.constant<LinkKind>({ type: "dummy" }),
  fc.constant<LinkKind>({ type: "other", name: "openvswitch" }),
);

const linkFields = {
  name,
  altNames: fc.array(name, { minLength: 1, maxLength: 3 }),
  alias: fc.stringMatching(/^[ -~]{1,40}$/),
  address: mac,
  broadcast: mac,
  mtu: u32,
  txQueueLength: u32,
  txQueues: u32,
  rxQueues: u32,
  group: u32,
  master: u32,
  parent: u32,
  parentNetnsId: fc.integer({ min: -1, max: 1000 }),
  netnsFd: u32,
  netnsPid: u32,
  carrier: fc.boolean(),
  operState: u8,
  virtualFunctions: fc.array(
    fc
      .tuple(
        fc.nat(255),
        mac,
        some<{
          vlan: { id: number; qos: number };
          spoofCheck: boolean;
          trust: boolean;
          rate: { min: number; max: number };
        }>({
          vlan: record({ id: fc.nat(4095), qos: fc.nat(7) }),
          spoofCheck: fc.boolean(),
          trust: fc.boolean(),
          rate: record({ min: u32, max: u32 }),
        }),
      )
      .map(([vf, address, rest]) => ({ index: vf, address, ...rest })),
    { minLength: 1, maxLength: 3 },
  ),
};
const header = record({ index, family: u8, hardwareType: u16, flags: u32, change: u32 });
const withKind = (kind: fc.Arbitrary<LinkKind>): fc.Arbitrary<Link> =>
  fc
    .tuple(
      header,
      fc.record(linkFields, { requiredKeys: [], noNullPrototype: true }),
      some<{ kind: LinkKind }>({ kind }),
    )
    .map(([head, fields, rest]) => ({ ...head, ...fields, ...rest }));
const veth = withKind(plainKind).map((peer): LinkKind => ({ type: "veth", peer }));

test("a link decodes to what was encoded, whatever its kind and however nested", () => {
  fc.assert(
    fc.property(withKind(fc.oneof(plainKind, veth)), (link) => {
      assert.deepEqual(decodeLink(encodeLink(link)), link);
    }),
    cases,
  );
});

test("an address decodes to what was encoded", () => {
  const rest = some<Omit<InterfaceAddress, "index" | "address" | "prefixLength">>({
    label: name,
    metric: u32,
    lifetime: record({ preferred: u32, valid: u32 }),
  });
  const required = record({ index: u32, prefixLength: fc.nat(32), scope: u8, flags: fc.nat(0xfff) });
  fc.assert(
    fc.property(
      required,
      rest,
      fc.oneof(fc.tuple(v4, v4), fc.tuple(v6, v6)),
      fc.boolean(),
      (head, more, [own, peer], p2p) => {
        const address = { ...head, ...more, address: own, ...(p2p && peer !== own ? { peer } : {}) };
        assert.deepEqual(decodeAddress(encodeAddress(address)), address);
      },
    ),
    cases,
  );
});

test("a route decodes to what was encoded, multipath and gateways of the other family included", () => {
  const fields = some<Omit<Route, "to">>({
    index: u32,
    incomingIndex: u32,
    metric: u32,
    mtu: u32,
    nextHops: fc.array(
      fc
        .tuple(
          record({ index, weight: fc.integer({ min: 1, max: 256 }), flags: u8 }),
          some<{ via: string }>({ via: fc.oneof(v4, v6) }),
        )
        .map(([hop, via]) => ({ ...hop, ...via })),
      { minLength: 1, maxLength: 4 },
    ),
  });
  const head = record({
    table: fc.integer({ min: 1, max: 0xffffffff }),
    scope: u8,
    protocol: u8,
    type: u8,
    tos: u8,
    flags: u32,
  });
  const place = fc.oneof(
    fc.tuple(v4, fc.integer({ min: 1, max: 32 }), fc.constant<number>(Family.inet), fc.oneof(v4, v6), v4),
    fc.tuple(v6, fc.integer({ min: 1, max: 128 }), fc.constant<number>(Family.inet6), v6, v6),
  );
  fc.assert(
    fc.property(fields, head, place, fc.nat(7), (rest, required, [address, length, family, via, source], choice) => {
      const net = networkOf({ address, length });
      const route: Route = {
        ...required,
        ...rest,
        family,
        to: (choice & 1) === 0 ? "default" : `${net.address}/${net.length}`,
        ...((choice & 2) === 0 ? {} : { via }),
        ...((choice & 4) === 0 ? {} : { source }),
      };
      assert.deepEqual(decodeRoute(encodeRoute(route)), route);
    }),
    cases,
  );
});

test("a rule decodes to what was encoded", () => {
  const head = record({ table: u32, action: u8, tos: u8, flags: u32 });
  const rest = some<Omit<Rule, "from" | "to">>({
    priority: u32,
    incoming: name,
    outgoing: name,
    mark: u32,
    markMask: u32,
  });
  const prefix = fc.oneof(
    fc.tuple(v4, v4, fc.integer({ min: 1, max: 32 }), fc.constant<number>(Family.inet)),
    fc.tuple(v6, v6, fc.integer({ min: 1, max: 128 }), fc.constant<number>(Family.inet6)),
  );
  const text = (address: string, length: number): string => `${networkOf({ address, length }).address}/${length}`;
  fc.assert(
    fc.property(head, rest, prefix, fc.nat(3), (required, more, [from, to, length, family], choice) => {
      const rule: Rule = {
        ...required,
        ...more,
        family,
        ...((choice & 1) === 0 ? {} : { from: text(from, length) }),
        ...((choice & 2) === 0 ? {} : { to: text(to, length) }),
      };
      assert.deepEqual(decodeRule(encodeRule(rule)), rule);
    }),
    cases,
  );
});

test("a neighbour decodes to what was encoded", () => {
  const head = record({ index, state: u16, flags: u8, type: u8, family: u8 });
  const rest = some<Omit<Neighbour, "index">>({
    address: fc.oneof(v4, v6),
    hardwareAddress: mac,
    vlan: u16,
    master: u32,
  });
  fc.assert(
    fc.property(head, rest, (required, more) => {
      const neighbour = { ...required, ...more };
      assert.deepEqual(decodeNeighbour(encodeNeighbour(neighbour)), neighbour);
    }),
    cases,
  );
});

test("messages of one datagram come apart as they were joined", () => {
  const message = record({
    type: u16,
    flags: u16,
    sequence: u32,
    port: u32,
    payload: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
      assert.deepEqual(decodeMessages(encodeMessages(messages)), messages);
    }),
    cases,
  );
});

test("bytes that are no netlink give a CodecError or a value, nothing else, from every decoder", () => {
  const decoders = [
    (bytes: Buffer) => decodeMessages(bytes).map(decodeAck),
    decodeLink,
    decodeAddress,
    decodeRoute,
    decodeRule,
    decodeNeighbour,
    readAttributes,
  ];
  // Well-formed messages with some bytes overwritten reach deeper than noise does.
  const damaged = fc
    .tuple(withKind(fc.oneof(plainKind, veth)), fc.array(fc.tuple(fc.nat(200), u8), { maxLength: 6 }), fc.nat(300))
    .map(([link, changes, cut]) => {
      const bytes = Buffer.from(encodeLink(link));
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      return bytes.subarray(0, cut);
    });
  const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(noise, damaged), fc.constantFrom(...decoders), (bytes, decode) => {
      try {
        decode(bytes);
      } catch (error) {
        assert.ok(error instanceof CodecError, String(error));
      }
    }),
    cases,
  );
});

test("an interface name that the kernel would refuse is refused before it is sent", () => {
  for (const bad of ["", ".", "..", "a/b", "a b", "a:b", "sixteen-chars-xx", "nul\0"]) {
    assert.throws(() => encodeLink({ name: bad }), CodecError, JSON.stringify(bad));
  }
});
