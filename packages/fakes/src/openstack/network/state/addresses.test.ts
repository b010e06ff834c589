import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import {
  canonicalAddress,
  eui64,
  formatAddress,
  formatPrefix,
  overlaps,
  parseAddress,
  parsePrefix,
} from "./addresses.ts";

test("addresses of both versions come back as they were", () => {
  const addresses = fc.oneof(
    fc.record({ version: fc.constant(4 as const), value: fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }) }),
    fc.record({ version: fc.constant(6 as const), value: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }) }),
  );
  fc.assert(
    fc.property(addresses, ({ version, value }) => {
      assert.equal(parseAddress(formatAddress(value, version)), value);
    }),
  );
});

test("IPv6 addresses are written in their shortest form", () => {
  const forms = {
    "FD00:71:0:0:0:0:0:5": "fd00:71::5",
    "0:0:0:0:0:0:0:0": "::",
    "1:0:0:2:0:0:0:3": "1:0:0:2::3",
    "1:0:2:3:4:5:6:7": "1:0:2:3:4:5:6:7",
    "::ffff:10.0.0.1": "::ffff:a00:1",
  };
  for (const [long, short] of Object.entries(forms)) assert.equal(canonicalAddress(long), short);
});

test("a prefix is the network that holds its address", () => {
  assert.equal(formatPrefix(parsePrefix("10.0.0.7/8") ?? assert.fail()), "10.0.0.0/8");
  assert.equal(formatPrefix(parsePrefix("fd00:71::9/64") ?? assert.fail()), "fd00:71::/64");
  assert.equal(parsePrefix("10.0.0.0")?.length, 32);
  for (const wrong of ["", "x", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/8/8", "fd00::/129"])
    assert.equal(parsePrefix(wrong), undefined, wrong);
});

test("prefixes overlap when one holds the other", () => {
  const prefix = (text: string) => parsePrefix(text) ?? assert.fail();
  assert.ok(overlaps(prefix("10.0.0.0/8"), prefix("10.1.0.0/16")));
  assert.ok(!overlaps(prefix("10.0.0.0/16"), prefix("10.1.0.0/16")));
  assert.ok(!overlaps(prefix("0.0.0.0/0"), prefix("::/0")));
});

test("a MAC gives an address as RFC 4291 says", () => {
  const prefix = parsePrefix("fd00:76::/64") ?? assert.fail();
  assert.equal(formatAddress(eui64(prefix, "fa:16:3e:01:02:03"), 6), "fd00:76::f816:3eff:fe01:203");
});
