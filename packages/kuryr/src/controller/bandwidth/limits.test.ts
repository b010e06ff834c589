import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { kbpsOf, limitsOf } from "./limits.ts";

test("quantities of bits per second become kbit/s", () => {
  assert.equal(kbpsOf("10M"), 10_000);
  assert.equal(kbpsOf("1.5G"), 1_500_000);
  assert.equal(kbpsOf("1Mi"), 1048);
  assert.equal(kbpsOf("1e6"), 1000);
  assert.equal(kbpsOf("64000"), 64);
  assert.equal(kbpsOf("2P"), 2 ** 31 - 1);
});

test("what is no quantity, negative, or less than 1 kbit/s is none", () => {
  for (const wrong of ["", "fast", "-1M", "10MB", "1 M", "999", "0", "1m"])
    assert.equal(kbpsOf(wrong), undefined, wrong);
});

test("any text is read as a whole number of kbit/s that Neutron takes, or not at all", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{1,20}(\.[0-9]+)?[kMGTPE]?i?$/)), (text) => {
      const kbps = kbpsOf(text);
      assert.ok(kbps === undefined || (Number.isInteger(kbps) && kbps >= 1 && kbps < 2 ** 31));
    }),
  );
});

test("a direction without annotation has no limit, a malformed one is named", () => {
  assert.deepEqual(limitsOf({ egress: "1M" }), { ingress: 0, egress: 1000 });
  assert.equal(limitsOf({ ingress: "fast" }), '"fast" is no bandwidth of at least 1k');
});
