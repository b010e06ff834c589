import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { namespaceReasons } from "./namespaces.ts";

interface Rig {
  readonly named: string;
  readonly procDirectory: string;
  /** Makes the node's own mounts; without, its process 1 cannot be seen. */
  readonly nodeHas: (paths: readonly string[]) => void;
}

function withPlaces(work: (rig: Rig) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "kuryr netns-"));
  const [named, procDirectory] = [join(directory, "netns"), join(directory, "proc")];
  mkdirSync(named);
  mkdirSync(join(procDirectory, "1"), { recursive: true });
  const nodeHas: Rig["nodeHas"] = (paths) => {
    mkdirSync(join(procDirectory, "1", "ns"), { recursive: true });
    const line = (path: string): string =>
      `41 30 0:4 net:[4026532177] ${path.replaceAll(" ", String.raw`\040`)} rw shared:9 - nsfs nsfs rw\n`;
    writeFileSync(join(procDirectory, "1", "mountinfo"), ["/", "/run", ...paths].map(line).join(""));
  };
  try {
    work({ named, procDirectory, nodeHas });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const root = process.getuid?.() === 0;
/** What is wrong beside that a user who is not root may enter no namespace. */
const reasonsOf = (places: Rig): readonly string[] =>
  namespaceReasons(places).filter((one) => root || !one.includes("can be entered"));

test("[row 143] namespaces of the node that are plain files here, as a mount without propagation shows them, are a reason", () =>
  withPlaces((rig) => {
    writeFileSync(join(rig.named, "cni-1"), "");
    rig.nodeHas([join(rig.named, "cni-1")]);
    const [reason, ...more] = reasonsOf(rig);
    assert.match(reason ?? "", /^KURYR_NETNS_ACCESS: .*plain files/);
    assert.deepEqual(more, []);
  }));

test("[row 143] a file that a namespace, or something else, has left is no reason: the node has no namespace there either", () =>
  withPlaces((rig) => {
    writeFileSync(join(rig.named, "cni-1"), "");
    rig.nodeHas(["/run/netns/another"]);
    assert.deepEqual(reasonsOf(rig), []);
  }));

test("[row 143] where one namespace is usable, or more, files beside it say nothing", () =>
  withPlaces((rig) => {
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) symlinkSync("/proc/self/ns/net", join(rig.named, name));
    writeFileSync(join(rig.named, "0"), "");
    writeFileSync(join(rig.named, "z"), "");
    rig.nodeHas(["0", "z", ...names].map((name) => join(rig.named, name)));
    assert.deepEqual(reasonsOf(rig), []);
  }));

test("[row 143] whether files hide namespaces cannot be told without the node's mounts: that is a reason", () =>
  withPlaces((rig) => {
    writeFileSync(join(rig.named, "cni-1"), "");
    mkdirSync(join(rig.procDirectory, "1", "ns"));
    assert.match(reasonsOf(rig)[0] ?? "", /^KURYR_NETNS_ACCESS: the node's mounts cannot be seen/);
  }));

test("[row 143] a /proc without the node's processes is a reason", () =>
  withPlaces((rig) => {
    const [reason] = reasonsOf(rig);
    assert.match(reason ?? "", /^KURYR_NETNS_ACCESS: processes of the node cannot be seen/);
  }));

test("[row 143] whether a namespace can be entered is found out by entering one", () => {
  const reasons = namespaceReasons({ named: "/run/netns-that-is-not", procDirectory: "/proc" });
  // Root may enter; anybody else is told why not.
  if (root) assert.deepEqual(reasons, []);
  else assert.match(reasons.at(-1) ?? "", /can be entered/);
});
