import assert from "node:assert/strict";
import { test } from "node:test";

import type { ProcessStat } from "../machine/processes.ts";
import { orphansSince } from "./snapshot.ts";

const stat = (pid: number, parent: number, startTicks = pid, state = "S"): ProcessStat => ({
  pid,
  parent,
  startTicks,
  threads: 1,
  state,
  session: pid,
});
const before = [stat(1, 0), stat(10, 1), stat(11, 10)];
const pids = (now: readonly ProcessStat[]): number[] => orphansSince(before, now).map(({ process }) => process.pid);

test("a new daemon and its children are left behind; children of older processes are not", () => {
  assert.deepEqual(pids([...before, stat(20, 1), stat(21, 20), stat(30, 11), stat(31, 30)]), [20, 21]);
});

test("each is told with the one at the top of its line", () => {
  const now = [...before, stat(20, 1), stat(21, 20), stat(22, 21)];
  assert.deepEqual(
    orphansSince(before, now).map(({ process, top }) => [process.pid, top.pid]),
    [
      [20, 20],
      [21, 20],
      [22, 20],
    ],
  );
});

test("a zombie is not left behind, and a reused pid is a new process", () => {
  assert.deepEqual(pids([stat(1, 0), stat(10, 1, 999), stat(22, 1, 22, "Z")]), [10]);
});
