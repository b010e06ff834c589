import assert from "node:assert/strict";
import { test } from "node:test";

import type { Attachment } from "./attachments.ts";
import type { NodePort } from "./kuryr-ports.ts";
import { planStatus, statusPatch } from "./status.ts";

const port: NodePort = {
  namespace: "ns",
  name: "p",
  uid: "k",
  podUid: "u",
  podStatic: false,
  deleting: false,
  released: false,
  attachedTo: undefined,
  interfaces: [],
  active: [],
  notInstalled: [],
  hasStatus: false,
};
const attachment: Attachment = {
  containerId: "c",
  ifName: "eth0",
  netns: "/run/netns/x",
  netnsInode: "1",
  namespace: "ns",
  name: "p",
  podUid: "u",
  interfaces: [],
  result: { cniVersion: "1.0.0", interfaces: [], ips: [], routes: [], dns: {} },
};
const nothing = { attachments: [], adding: false, isPlugged: () => false, notInstalled: undefined };
const now = new Date("2026-01-02T03:04:05Z");

test("a pod's sandbox is written down once it has its interfaces, and once only", () => {
  const local = { ...nothing, attachments: [attachment] };
  assert.deepEqual(planStatus(port, local, now), { attachment: { containerId: "c", at: now.toISOString() }, vifs: {} });
  assert.equal(planStatus({ ...port, attachedTo: "c" }, local, now), undefined);
  const earlier = { ...attachment, addedAt: now.getTime() - 1500 };
  assert.deepEqual(planStatus(port, { ...nothing, attachments: [earlier] }, now)?.attachment, {
    containerId: "c",
    at: "2026-01-02T03:04:03.500Z",
  });
  const { result: _, ...unfinished } = attachment;
  assert.equal(planStatus(port, { ...nothing, attachments: [unfinished] }, now), undefined);
});

test("a KuryrPort is released when somebody deletes it and nothing on the node uses it, and not a moment earlier", () => {
  const deleting = { ...port, deleting: true };
  assert.deepEqual(planStatus(deleting, nothing, now), { released: { at: now.toISOString() } });
  assert.equal(planStatus(port, nothing, now), undefined);
  assert.equal(planStatus({ ...deleting, released: true }, nothing, now), undefined);
  assert.equal(planStatus(deleting, { ...nothing, attachments: [attachment] }, now), undefined);
  assert.equal(planStatus(deleting, { ...nothing, adding: true }, now), undefined);
  assert.equal(planStatus(deleting, { ...nothing, isPlugged: () => true }, now), undefined);
  const unasked = { ...nothing, isPlugged: () => assert.fail("all of the switch is looked through for nothing") };
  assert.equal(planStatus(port, unasked, now), undefined);
  assert.equal(planStatus(deleting, { ...unasked, adding: true }, now), undefined);
});

test("a port that OVN did not program is told of, once, and not while a sandbox has or may have interfaces", () => {
  const local = { ...nothing, notInstalled: "p1" };
  assert.deepEqual(planStatus(port, local, now), { notInstalled: { portIds: ["p1"], at: now.toISOString() } });
  assert.equal(planStatus({ ...port, notInstalled: ["p1"] }, local, now), undefined);
  const { result: _, ...unfinished } = attachment;
  assert.equal(planStatus(port, { ...local, attachments: [unfinished] }, now), undefined);
  assert.notEqual(planStatus(port, { ...local, attachments: [attachment] }, now)?.attachment, undefined);
  assert.deepEqual(planStatus({ ...port, deleting: true }, local, now), { released: { at: now.toISOString() } });
});

test("a status that somebody has written keeps what is not the daemon's, and one that came since is not written over", () => {
  const status = { released: { at: "now" } };
  const same = { op: "test", path: "/metadata/uid", value: "k" };
  assert.deepEqual(statusPatch({ uid: "k", hasStatus: true }, status), [
    same,
    { op: "add", path: "/status/released", value: { at: "now" } },
  ]);
  assert.deepEqual(statusPatch({ uid: "k", hasStatus: false }, status), [
    same,
    { op: "test", path: "/status", value: null },
    { op: "add", path: "/status", value: status },
  ]);
});
