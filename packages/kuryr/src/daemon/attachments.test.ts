import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import fc from "fast-check";

import { AttachmentStore, type Attachment } from "./attachments.ts";

const attachment = (containerId: string, podUid: string, ifName = "eth0"): Attachment => ({
  containerId,
  ifName,
  netns: "/run/netns/x",
  netnsInode: "1",
  namespace: "ns",
  name: "p",
  podUid,
  interfaces: [],
});

function inDirectory(work: (open: (broken?: string[]) => AttachmentStore, directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "kuryr-attachments-"));
  try {
    work((broken = []) => new AttachmentStore(directory, (file) => broken.push(file)), directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("whatever came and went, a pod's attachments are those that are there, and a new daemon finds the same", () => {
  const step = fc.record({
    remove: fc.boolean(),
    containerId: fc.constantFrom("a", "b", "c"),
    ifName: fc.constantFrom("eth0", "eth1"),
    podUid: fc.constantFrom("u", "v"),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) =>
      inDirectory((open) => {
        const store = open();
        for (const { remove, containerId, ifName, podUid } of steps) {
          if (remove) store.remove({ containerId, ifName });
          else store.put(attachment(containerId, podUid, ifName));
        }
        const sorted = (all: readonly Attachment[]): string[] => all.map((one) => JSON.stringify(one)).toSorted();
        for (const one of [store, open()]) {
          assert.equal(one.size, store.size);
          for (const podUid of ["u", "v"])
            assert.deepEqual(sorted(one.ofPod(podUid)), sorted(store.all().filter((known) => known.podUid === podUid)));
        }
      }),
    ),
    { numRuns: 50 },
  );
});

test("a file that is no attachment, or another's, is told and left alone", () => {
  inDirectory((open, directory) => {
    open().put(attachment("a", "u"));
    writeFileSync(join(directory, "b-eth0.json"), "{");
    writeFileSync(join(directory, "c-eth0.json"), JSON.stringify(attachment("d", "u")));
    const broken: string[] = [];
    assert.equal(open(broken).size, 1);
    assert.deepEqual(broken.toSorted(), ["b-eth0.json", "c-eth0.json"]);
  });
});
