import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { yieldAsSession } from "./processes.ts";

test("a session yields as a whole, and one that has ended is no error", {
  skip: existsSync("/proc/self/autogroup") ? false : "this kernel does not group tasks by session",
}, () => {
  const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
  const pid = child.pid;
  assert.ok(pid !== undefined);
  try {
    yieldAsSession(pid, 10);
    assert.match(readFileSync(`/proc/${pid}/autogroup`, "utf8"), /nice 10$/m);
    yieldAsSession(2 ** 22 + 1, 10);
  } finally {
    child.kill("SIGKILL");
  }
});
