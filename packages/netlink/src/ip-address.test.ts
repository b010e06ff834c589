import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CodecError } from "./errors.ts";
import { addressBytes, addressText, contains, parsePrefix } from "./ip-address.ts";

const cases = { numRuns: 10_000 };
const v4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
// Half zero bytes, so that every way of shortening comes up.
const v6 = fc
  .array(fc.oneof(fc.constant(0), fc.nat(0xff)), { minLength: 16, maxLength: 16 })
  .map((bytes) => Uint8Array.from(bytes));

test("an IP address reads back from its canonical text, which is that of RFC 5952", () => {
  fc.assert(
    fc.property(fc.oneof(v4, v6), (bytes) => {
      assert.deepEqual(new Uint8Array(addressBytes(addressText(bytes))), bytes);
    }),
    cases,
  );
  for (const [written, canonical] of [
    ["2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["::", "::"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ] as const) {
    assert.equal(addressText(addressBytes(written)), canonical);
  }
});

test("texts that are no addresses or prefixes are refused", () => {
  for (const text of [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "256.1.1.1",
    "1::2::3",
    ":::",
    "12345::",
    "::1%eth0",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    " 1.2.3.4",
  ]) {
    assert.throws(() => addressBytes(text), CodecError, text);
  }
  for (const text of ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/1.5", "10.0.0.0/8/8"]) {
    assert.throws(() => parsePrefix(text), CodecError, text);
  }
});

test("a prefix holds its own addresses and none of the other family", () => {
  assert.equal(contains({ address: "10.0.5.1", length: 16 }, "10.0.255.255"), true);
  assert.equal(contains({ address: "10.0.5.1", length: 16 }, "10.1.0.0"), false);
  assert.equal(contains({ address: "0.0.0.0", length: 0 }, "::1"), false);
  assert.equal(contains({ address: "fd00::5", length: 64 }, "fd00::ffff:1"), true);
  assert.equal(contains({ address: "10.0.0.7", length: 31 }, "10.0.0.6"), true);
});
