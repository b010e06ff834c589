import assert from "node:assert/strict";
import { test } from "node:test";

import type { Attachment } from "./attachments.ts";
import { staleAttachments } from "./recover.ts";

const result = { cniVersion: "1.0.0", interfaces: [], ips: [], routes: [], dns: {} };
const attachment = (containerId: string, links: readonly string[], more: Partial<Attachment> = {}): Attachment => ({
  containerId,
  ifName: "eth0",
  netns: `/run/netns/${containerId}`,
  netnsInode: "1",
  namespace: "ns",
  name: containerId,
  podUid: containerId,
  interfaces: links.map((hostName) => ({ hostName, portId: hostName })),
  result,
  ...more,
});

test("[row 137] attachments whose links are all gone are stale, and those with one left are not", () => {
  const gone = attachment("gone", ["tap1", "tap2"]);
  const half = attachment("half", ["tap3", "tap4"]);
  const alive = attachment("alive", ["tap5"]);
  assert.deepEqual(staleAttachments([gone, half, alive], new Set(["tap4", "tap5"])), [gone]);
});

test("[row 137] an ADD that was never finished is stale, links or not", () => {
  const { result: _, ...unfinished } = attachment("unfinished", ["tap1"]);
  assert.deepEqual(staleAttachments([unfinished], new Set(["tap1"])), [unfinished]);
});
