import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { deleteLinks, deleteLinksSync, linkExists, listLinks } from "./links.ts";
import { plumbPod } from "./plumb.ts";
import { ip, lacksRoot, type ScratchNetns, scratchName, scratchNetns } from "../netns/scratch-netns.ts";

const skip = lacksRoot();

/** Plumbs a pair into the namespace and gives the name of its end on the node. */
async function pairInto({ netns }: ScratchNetns): Promise<string> {
  const hostName = scratchName();
  await plumbPod({ netns, hostName, ifName: "eth0", addresses: [], routes: [] });
  return hostName;
}

test("many links go with one message, missing ones count as done, and those of others stay", { skip }, async () => {
  const scratches = Array.from({ length: 6 }, () => scratchNetns());
  try {
    const names = await Promise.all(scratches.map(pairInto));
    const [kept, ...gone] = names;
    assert.ok(kept !== undefined);
    const missing = scratchName();
    const result = await deleteLinks([...gone, missing, "lo", gone[0] ?? ""]);
    assert.deepEqual(result, { deleted: gone, missing: [missing], refused: ["lo"] });
    assert.equal(await linkExists(kept), true);
    assert.deepEqual(
      await Promise.all(gone.map((name) => linkExists(name))),
      gone.map(() => false),
    );
    assert.deepEqual(await deleteLinks(gone), { deleted: [], missing: gone, refused: [] });
    assert.deepEqual(deleteLinksSync([kept]), { deleted: [kept], missing: [], refused: [] });
    assert.deepEqual(await deleteLinks([]), { deleted: [], missing: [], refused: [] });
  } finally {
    for (const scratch of scratches) scratch[Symbol.dispose]();
  }
});

test("deletions at the same time that share names all succeed", { skip }, async () => {
  const scratches = Array.from({ length: 4 }, () => scratchNetns());
  try {
    const names = await Promise.all(scratches.map(pairInto));
    await Promise.all([
      deleteLinks(names),
      deleteLinks(names.slice(1)),
      deleteLinks(names.slice(0, 1)),
      deleteLinks(names),
    ]);
    assert.deepEqual(
      await Promise.all(names.map((name) => linkExists(name))),
      names.map(() => false),
    );
  } finally {
    for (const scratch of scratches) scratch[Symbol.dispose]();
  }
});

test("the listing of links agrees with `ip`", { skip }, async () => {
  using scratch = scratchNetns();
  const hostName = await pairInto(scratch);
  const ours = await listLinks({ kind: "veth" });
  const found = ours.find(({ name }) => name === hostName);
  const [expected] = ip("link", "show", "dev", hostName);
  assert.equal(found?.index, expected?.["ifindex"]);
  assert.equal(found?.address, expected?.["address"]);
  assert.equal(found?.parent, expected?.["link_index"]);
  assert.match(readFileSync("/proc/net/dev", "utf8"), new RegExp(hostName));
  await deleteLinks([hostName]);
});
