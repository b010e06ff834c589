import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { editDistance, nearest } from "./nearest.ts";

test("the distance counts inserted, deleted, replaced and swapped letters", () => {
  for (const [from, to, distance] of [
    ["", "", 0],
    ["port", "port", 0],
    ["prot", "port", 1],
    ["pod_subnett", "pod_subnet", 1],
    ["kitten", "sitting", 3],
    ["abc", "", 3],
  ] as const)
    assert.equal(editDistance(from, to), distance, `${from} ${to}`);
});

test("the distance is the same both ways, and never more than the longer word", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (one, other) => {
      const distance = editDistance(one, other);
      assert.equal(distance, editDistance(other, one));
      assert.ok(distance <= Math.max(one.length, other.length));
      assert.equal(distance === 0, one === other);
    }),
  );
});

test("the nearest word is one of which at most a third is wrong", () => {
  assert.equal(nearest("pasword", ["username", "password"]), "password");
  assert.equal(nearest("colour", ["username", "password"]), undefined);
});
