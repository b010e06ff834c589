import assert from "node:assert/strict";
import { test } from "node:test";

import { validAttachments } from "./gc.ts";

test("[row 129] the runtime's list is read under the specification's key and the older one", () => {
  const listed = [{ containerID: "a", ifname: "eth0" }];
  assert.deepEqual([...validAttachments({ "cni.dev/valid-attachments": listed })], ["a/eth0"]);
  assert.deepEqual([...validAttachments({ "cni.dev/attachments": listed })], ["a/eth0"]);
  assert.deepEqual([...validAttachments({ "cni.dev/valid-attachments": [] })], []);
  assert.deepEqual([...validAttachments({ "cni.dev/valid-attachments": null })], [], "an empty list of Go");
});

test("[row 129] without a list nothing is collected: it is an error", () => {
  assert.throws(() => validAttachments({}), { code: "KURYR_CNI_GC" });
  assert.throws(() => validAttachments({ "cni.dev/valid-attachments": "all" }), { code: "KURYR_CNI_GC" });
});
