import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, test } from "node:test";

import { layout } from "../../dev/src/layout.ts";
import { allProcesses } from "../../dev/src/machine/processes.ts";
import { said, stackCommand } from "../../dev/src/testing/command-line.ts";
import { takeSnapshot, type Snapshot } from "../../dev/src/testing/snapshot.ts";

const cycles = 3;

// The files that follow use the stack.
after(async () => {
  const up = await stackCommand(["up"]);
  assert.equal(up.code, 0, said(up));
});

/** Lines of `now` that are not in `then`, and the other way round. */
function difference(then: readonly string[], now: readonly string[]): string[] {
  return [
    ...now.filter((line) => !then.includes(line)).map((line) => `left behind: ${line}`),
    ...then.filter((line) => !now.includes(line)).map((line) => `taken away: ${line}`),
  ];
}

test(`up and down ${cycles} times leave nothing behind`, async (t) => {
  const down = await stackCommand(["down"]);
  assert.equal(down.code, 0, said(down));
  assert.equal(existsSync(layout.run), false, `${layout.run} is gone with down`);
  const processes = allProcesses();
  const then = await takeSnapshot(processes);
  for (let cycle = 1; cycle <= cycles; cycle++) {
    const up = await stackCommand(["up"]);
    assert.equal(up.code, 0, said(up));
    const running = await takeSnapshot(processes);
    // The comparison sees what a stack has; else it could not see what one leaves.
    for (const kind of ["processes", "namespaces", "links", "mounts", "cgroups"] as const)
      assert.ok(running[kind].length > then[kind].length, `a running stack has ${kind} of its own`);
    const ended = await stackCommand(["down"]);
    assert.equal(ended.code, 0, said(ended));
    t.diagnostic(`cycle ${cycle}: up ${up.seconds.toFixed(1)} s, down ${ended.seconds.toFixed(1)} s`);
    const now = await takeSnapshot(processes);
    for (const kind of Object.keys(then) as (keyof Snapshot)[])
      assert.deepEqual(difference(then[kind], now[kind]), [], `${kind} after cycle ${cycle}`);
    assert.equal(existsSync(layout.run), false);
  }
});

test("down of what is down does nothing and succeeds", async () => {
  const down = await stackCommand(["down"]);
  assert.equal(down.code, 0, said(down));
  const status = await stackCommand(["status"]);
  assert.equal(status.code, 3, said(status));
  assert.match(status.stdout, /npm run stack -- up/);
});
