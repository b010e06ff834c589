import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { namespaceReasons } from "./namespaces.ts";

test("[row 143] namespaces that are plain files, as a mount without propagation shows them, are a reason", () => {
  const named = mkdtempSync(join(tmpdir(), "kuryr-netns-"));
  try {
    writeFileSync(join(named, "cni-1"), "");
    const [reason] = namespaceReasons({ named, procDirectory: "/proc" });
    assert.match(reason ?? "", /^KURYR_NETNS_ACCESS: .*plain files/);
  } finally {
    rmSync(named, { recursive: true });
  }
});

test("[row 143] a /proc without the node's processes is a reason", () => {
  const empty = mkdtempSync(join(tmpdir(), "kuryr-proc-"));
  try {
    mkdirSync(join(empty, "self"));
    const [reason] = namespaceReasons({ named: join(empty, "never-made"), procDirectory: empty });
    assert.match(reason ?? "", /^KURYR_NETNS_ACCESS: processes of the node cannot be seen/);
  } finally {
    rmSync(empty, { recursive: true });
  }
});

test("[row 143] whether a namespace can be entered is found out by entering one", () => {
  const reasons = namespaceReasons({ named: "/run/netns-that-is-not", procDirectory: "/proc" });
  // Root may enter; anybody else is told why not.
  if (process.getuid?.() === 0) assert.deepEqual(reasons, []);
  else assert.match(reasons.at(-1) ?? "", /can be entered/);
});
