import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, test } from "node:test";

import { layout } from "../../dev/src/layout.ts";
import { allProcesses } from "../../dev/src/machine/processes.ts";
import { said, stackCommand, stackStatus } from "../../dev/src/testing/command-line.ts";
import { stackProcesses } from "../../dev/src/testing/memory.ts";
import { identities, takeSnapshot, type Snapshot } from "../../dev/src/testing/snapshot.ts";

const cycles = 2;

// The files that follow use the stack.
after(async () => {
  const up = await stackCommand(["up"]);
  assert.equal(up.code, 0, said(up));
});

// Other programs of a machine make and remove things too; a test machine has none, and there every line counts.
const alone = process.env["CI"] === "true";
const ofStack = /kuryr|kd-|octavia|kube|containerd|k8s\.io|cni|br-(int|ex|phy)|ovs|veth/;
/** What a machine has of these that is nobody's of ours comes and goes by itself: a login, a timer, another container. */
const shared: readonly (keyof Snapshot)[] = ["cgroups"];

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
    const known = identities(stackProcesses((await stackStatus()).report));
    // The comparison sees what a stack has; else it could not see what one leaves.
    for (const kind of ["processes", "namespaces", "links", "mounts", "cgroups"] as const)
      assert.ok(running[kind].length > then[kind].length, `a running stack has ${kind} of its own`);
    const ended = await stackCommand(["down"]);
    assert.equal(ended.code, 0, said(ended));
    t.diagnostic(`cycle ${cycle}: up ${up.seconds.toFixed(1)} s, down ${ended.seconds.toFixed(1)} s`);
    const now = await takeSnapshot(processes, known);
    for (const kind of Object.keys(then) as (keyof Snapshot)[]) {
      const lines = difference(then[kind], now[kind]);
      const counted = lines.filter((line) => (alone && !shared.includes(kind)) || ofStack.test(line));
      for (const line of lines) if (!counted.includes(line)) t.diagnostic(`not of the stack, not counted: ${line}`);
      assert.equal(counted.length, 0, `${kind} after cycle ${cycle}: ${counted.join("; ")}`);
    }
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
