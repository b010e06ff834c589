import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { isMarkOf, markOf, parseMark } from "./ownership.ts";

const dnsLabel = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);

test("a mark tells its owner back, and whose cluster it is", () => {
  fc.assert(
    fc.property(fc.uuid(), dnsLabel, dnsLabel, (cluster, namespace, name) => {
      const owner = { cluster, kind: "pod", namespace, name };
      const mark = markOf(owner);
      assert.deepEqual(parseMark(mark), owner);
      assert.ok(isMarkOf(cluster, mark));
      assert.ok(!isMarkOf(`${cluster}x`, mark));
    }),
  );
});

test("a mark never exceeds what Neutron takes as a description, and stays recognisably ours", () => {
  const mark = markOf({ cluster: "c".repeat(36), kind: "pod", namespace: "n".repeat(63), name: "p".repeat(253) });
  assert.equal(mark.length, 255);
  assert.ok(isMarkOf("c".repeat(36), mark));
});

test("a description of somebody else's is no mark", () => {
  for (const text of ["", "kuryr", "kuryr:x", "kuryr:x:pod/only", "my port", "kuryr::pod/a/b"])
    assert.equal(parseMark(text), undefined);
});
