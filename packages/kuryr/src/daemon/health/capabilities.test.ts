import assert from "node:assert/strict";
import { test } from "node:test";

import { missingCapabilities } from "./capabilities.ts";

const status = (effective: string): string =>
  `Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t${effective}\nCapBnd:\t0\n`;

test("[row 142] a process with all capabilities lacks none", () => {
  assert.deepEqual(missingCapabilities(status("000001ffffffffff")), []);
});

test("[row 142] without NET_ADMIN, SYS_ADMIN or both, each that is missing is named with what it is for", () => {
  assert.deepEqual(missingCapabilities(status("000001ffffffefff")), [
    "NET_ADMIN, which makes links, addresses and routes",
  ]);
  assert.deepEqual(missingCapabilities(status("000001ffffdfffff")), [
    "SYS_ADMIN, which enters the network namespaces of pods",
  ]);
  // What a container has by default.
  assert.equal(missingCapabilities(status("00000000a80425fb")).length, 2);
});

test("a status without the effective set is an error, not an absence of capabilities", () => {
  assert.throws(() => missingCapabilities("Name:\tnode\n"), /CapEff/);
});
