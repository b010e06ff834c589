import assert from "node:assert/strict";
import { test } from "node:test";
import { SystemCallError } from "../errors.ts";
import { expectAll } from "../socket/exchange.ts";
import { getTxChecksum, setTxChecksum } from "./offload.ts";
import { createLink } from "../messages/requests.ts";
import { lacksRoot, scratchNetns } from "./scratch-netns.ts";
import { openNetlink } from "../socket/socket.ts";

test("TX checksum offload is switched in the namespace, and a missing link is told", {
  skip: lacksRoot(),
}, async () => {
  using scratch = scratchNetns();
  using socket = openNetlink({ netns: scratch.netns });
  expectAll(await socket.request([createLink({ name: "eth0", kind: { type: "veth" } })]));
  assert.equal(await getTxChecksum(scratch.netns, "eth0"), true);
  await setTxChecksum(scratch.netns, "eth0", false);
  assert.equal(await getTxChecksum(scratch.netns, "eth0"), false);
  await setTxChecksum(scratch.netns, "eth0", true);
  assert.equal(await getTxChecksum(scratch.netns, "eth0"), true);
  const missing = (error: unknown) => error instanceof SystemCallError && error.errnoName === "ENODEV";
  await assert.rejects(setTxChecksum(scratch.netns, "eth7", true), missing);
});
