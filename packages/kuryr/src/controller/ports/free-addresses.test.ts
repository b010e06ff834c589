import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { poolSize } from "./free-addresses.ts";

test("allocation pools of both families are counted with both their ends", () => {
  assert.equal(poolSize([{ start: "10.0.0.2", end: "10.0.1.254" }]), 509);
  assert.equal(poolSize([{ start: "fd00::2", end: "fd00::ff" }]), 254);
  assert.equal(
    poolSize([
      { start: "::1", end: "::1" },
      { start: "10.0.0.1", end: "10.0.0.3" },
    ]),
    4,
  );
  assert.equal(poolSize([]), 0);
});

test("a pool from an address to one that is n further has n + 1 addresses", () => {
  const text = (number: number): string => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
  fc.assert(
    fc.property(fc.nat(2 ** 31 - 1), fc.nat(1_000_000), (start, more) => {
      assert.equal(poolSize([{ start: text(start), end: text(start + more) }]), more + 1);
    }),
  );
});
