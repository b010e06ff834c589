import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { cniVersionFor, conflist, installConflist } from "./conflist.ts";

test("the newest CNI version that the runtime takes is the one", () => {
  assert.equal(cniVersionFor("containerd://2.4.2"), "1.1.0");
  assert.equal(cniVersionFor("containerd://v2.0.0"), "1.1.0");
  assert.equal(cniVersionFor("containerd://1.6.20~ds1"), "1.0.0");
  assert.equal(cniVersionFor("cri-o://1.34.1"), "1.0.0");
  assert.equal(cniVersionFor(""), "1.0.0");
});

test("plugins are chained after Kuryr's, with what the runtime must give them", () => {
  const { plugins } = JSON.parse(conflist("1.0.0", ["portmap", "tuning"])) as { plugins: Record<string, unknown>[] };
  assert.deepEqual(
    plugins.map(({ type }) => type),
    ["kuryr-cni", "portmap", "tuning"],
  );
  assert.deepEqual(plugins[1]?.["capabilities"], { portMappings: true });
  assert.equal(plugins[2]?.["capabilities"], undefined);
});

test("the file is written in place and only when it differs", () => {
  const directory = mkdtempSync(join(tmpdir(), "kuryr-conflist-"));
  const path = join(directory, "net.d", "10-kuryr.conflist");
  try {
    assert.equal(installConflist(path, "one"), true);
    const inode = statSync(path).ino;
    assert.equal(installConflist(path, "one"), false);
    assert.equal(installConflist(path, "two"), true);
    assert.equal(readFileSync(path, "utf8"), "two");
    assert.equal(statSync(path).ino, inode, "containerd 1.6 does not see a file that was moved in");
  } finally {
    rmSync(directory, { recursive: true });
  }
});
