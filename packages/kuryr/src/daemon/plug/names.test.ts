import assert from "node:assert/strict";
import { test } from "node:test";

import { linkNames, siblings } from "./names.ts";

test("[row 24] links are named as the original and Nova name them, and each name leads to the others", () => {
  const names = linkNames("0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9");
  assert.deepEqual(names, {
    pod: "tap0a1b2c3d-4e",
    bridge: "qbr0a1b2c3d-4e",
    bridgeEnd: "qvb0a1b2c3d-4e",
    switchEnd: "qvo0a1b2c3d-4e",
  });
  for (const name of Object.values(names)) assert.deepEqual(siblings(name), names);
});

test("a name of another form has no siblings", () => {
  assert.equal(siblings("eth0"), undefined);
  assert.equal(siblings("tap0"), undefined);
  assert.equal(siblings("patch-provnet-1"), undefined);
});
