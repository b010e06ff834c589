import assert from "node:assert/strict";
import { test } from "node:test";

import { CniError, cniCodes } from "../cni/errors.ts";
import { AddFailures } from "./add-failures.ts";

test("[row 145] three failures in a row are a reason, with the last one's words; a success in between begins anew", () => {
  const failures = new AddFailures(3);
  failures.failed(new Error("one"), "ns/a");
  failures.failed(new Error("two"), "ns/b");
  failures.succeeded();
  failures.failed(new Error("three"), "ns/a");
  failures.failed(new Error("four"), "ns/b");
  assert.deepEqual(failures.reasons(), []);
  failures.failed(new Error("five"), "ns/a");
  assert.deepEqual(failures.reasons(), ["KURYR_ADD_FAILURES: 3 ADDs in a row failed, the last one with: five"]);
  failures.succeeded();
  assert.deepEqual(failures.reasons(), []);
});

test("[row 145] one pod alone, however often it fails, is no reason; a second that fails is", () => {
  const failures = new AddFailures(3);
  for (let i = 0; i < 10; i += 1) failures.failed(new Error("its bridge is missing"), "ns/broken");
  assert.deepEqual(failures.reasons(), []);
  failures.failed(new Error("so is mine"), "ns/other");
  assert.match(failures.reasons()[0] ?? "", /^KURYR_ADD_FAILURES: 11 ADDs in a row failed, .* so is mine$/);
  failures.succeeded();
  for (let i = 0; i < 3; i += 1) failures.failed(new Error("again"), "ns/broken");
  assert.deepEqual(failures.reasons(), [], "a success in between forgets the pods too");
});

test("waiting in vain for others, a sandbox that went and a caller that hung up do not count", () => {
  const failures = new AddFailures(1);
  failures.failed(new CniError(cniCodes.tryAgain, "KURYR_NO_KURYRPORT", "none"), "ns/a");
  failures.failed(new CniError(cniCodes.unknownContainer, "KURYR_NETNS_GONE", "gone"), "ns/b");
  failures.failed(new CniError(cniCodes.io, "KURYR_CNI_CALLER_GONE", "gone"), "ns/c");
  assert.deepEqual(failures.reasons(), []);
  failures.failed(new CniError(cniCodes.invalidEnvironment, "KURYR_CNI_NO_POD", "no pod"), "sandbox");
  assert.equal(failures.reasons().length, 1);
});

test("a limit of 0 lets any number fail", () => {
  const failures = new AddFailures(0);
  for (let i = 0; i < 10; i += 1) failures.failed(new Error("again"), `ns/${i}`);
  assert.deepEqual(failures.reasons(), []);
});
