import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { installShim } from "./shim.ts";

const scratch = mkdtempSync(join(tmpdir(), "kuryr-shim-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

test("the plugin is put in place by rename, executable, and only where another or none is there", () => {
  const [source, target] = [join(scratch, "own"), join(scratch, "opt", "bin", "kuryr-cni")];
  writeFileSync(source, "one", { mode: 0o600 });
  assert.equal(installShim(source, target), true);
  assert.equal(readFileSync(target, "utf8"), "one");
  assert.equal(statSync(target).mode & 0o777, 0o755);
  const { ino } = statSync(target);
  assert.equal(installShim(source, target), false);
  assert.equal(statSync(target).ino, ino);
  writeFileSync(source, "two");
  assert.equal(installShim(source, target), true);
  assert.notEqual(statSync(target).ino, ino, "the one that may be running was left as it was");
});

test("a daemon that came without a plugin leaves the node's alone", () => {
  const target = join(scratch, "theirs");
  writeFileSync(target, "theirs");
  assert.equal(installShim(join(scratch, "none"), target), false);
  assert.equal(readFileSync(target, "utf8"), "theirs");
});
