import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { dumpLinks, expectAll, type NetlinkSocket, openNetlink } from "@kuryr/netlink";
import { heldSocket, lacksRoot, scratchNetns, slowFile } from "@kuryr/netlink/testing";

import { makeHybridBridge } from "./hybrid.ts";
import { linkNames } from "./names.ts";

const skip = lacksRoot();
const names = linkNames("d290f1ee-6c54-4b01-90e6-d701748f0851");
const never = new AbortController().signal;

async function linksOf(socket: NetlinkSocket): Promise<string[]> {
  const links = expectAll(await socket.request([dumpLinks()]));
  return links.map(({ name = "" }) => name).filter((name) => name !== "lo");
}

test("[row 24] a bridge with its pair to the switch is made once, and taken as it is when it is there", {
  skip,
}, async () => {
  using node = scratchNetns();
  using host = openNetlink({ netns: node.netns });
  const index = await makeHybridBridge(host, names, 1442, "/proc", never);
  assert.equal(await makeHybridBridge(host, names, 1442, "/proc", never), index);
  assert.deepEqual((await linksOf(host)).sort(), [names.bridge, names.bridgeEnd, names.switchEnd].sort());
  const [end] = node.ip("link", "show", "dev", names.bridgeEnd);
  assert.equal(end?.["master"], names.bridge);
});

for (const [what, send] of [
  ["the bridge", 1],
  ["the pair", 2],
] as const) {
  test(`${what} whose caller gave up while the kernel made it is removed again`, { skip }, async () => {
    using node = scratchNetns();
    using other = openNetlink({ netns: node.netns });
    const { socket, sending, release } = heldSocket({ netns: node.netns, send });
    using host = socket;
    const gone = new AbortController();
    const making = assert.rejects(makeHybridBridge(host, names, 1442, "/proc", gone.signal), /given up/);
    await sending;
    gone.abort(new Error("given up"));
    await making;
    // What the caller's undoing finds on another socket: with the first send nothing yet.
    assert.deepEqual(await linksOf(other), send === 1 ? [] : [names.bridge]);
    if (send === 2) node.ip("link", "delete", names.bridge);
    release();
    // Two turns on the same socket: the first ends after the creation, the second after its undoing.
    await linksOf(host);
    assert.deepEqual(await linksOf(host), []);
  });
}

test("while the kernel keeps the silencing of a bridge waiting, everything else goes on", { skip }, async (t) => {
  using node = scratchNetns();
  const procDirectory = mkdtempSync(join(tmpdir(), "kuryr-proc-"));
  t.after(() => rmSync(procDirectory, { recursive: true }));
  using slow = slowFile(join(procDirectory, "sys/net/ipv6/conf", names.bridge, "disable_ipv6"));
  using host = openNetlink({ netns: node.netns });
  using other = openNetlink({ netns: node.netns });
  const making = makeHybridBridge(host, names, 1442, procDirectory, never);
  while (!(await linksOf(other)).includes(names.bridge)) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await slow.release(), true);
  await making;
});
