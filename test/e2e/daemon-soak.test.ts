import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { run } from "../../dev/src/machine/exec.ts";
import { placeOf } from "../../dev/src/machine/namespaces.ts";
import { daemonPid, openFiles } from "../support/daemon.ts";
import { bringControllerBack, takeControllerAway } from "../support/kuryr-ports.ts";
import { deleteNamespace, makeNamespace } from "../support/pods.ts";
import { plugged, withFixture } from "../support/sandbox-fixture.ts";
import { eventually, nodeNamed } from "../support/stack.ts";

const namespace = "e2e-daemon-soak";
const node = nodeNamed("node1");
const atOnce = 8;
const cycles = 2000;
const warmUp = 500;

interface Held {
  readonly files: number;
  readonly rss: number;
  readonly heap: number;
}

before(async () => {
  await makeNamespace(namespace);
  await takeControllerAway();
});
after(async () => {
  await bringControllerBack();
  await deleteNamespace(namespace);
});

test("2,000 ADD and DEL cost the daemon no file, less than 1 KiB of heap and less than 5 KiB of memory each", (t) =>
  withFixture(namespace, node, async ({ port, sandbox }) => {
    const before_ = await plugged(node);
    const lanes = [];
    for (let i = 0; i < atOnce; i += 1) {
      const [{ pod }, { netns }] = [await port(), await sandbox()];
      lanes.push({ ...pod, netns });
    }
    const script = join(import.meta.dirname, "..", "support", "in-node", "soak.ts");
    const { stdout } = await run([process.execPath, "-C", "kuryr-source", script], {
      place: placeOf(node),
      input: JSON.stringify({ pid: daemonPid(node), lanes, warmUp, cycles }),
      timeoutMs: 900_000,
    });
    const { first, warm, last, seconds } = JSON.parse(stdout) as {
      first: Held;
      warm: Held;
      last: Held;
      seconds: number;
    };
    const perCycle = (what: "heap" | "rss"): number => (last[what] - warm[what]) / (cycles - warmUp);
    t.diagnostic(
      `${cycles} cycles in ${seconds.toFixed(0)} s; files at most ${Math.max(first.files, warm.files, last.files)}; per cycle after ${warmUp}: ` +
        `heap ${perCycle("heap").toFixed(0)} B, RSS ${perCycle("rss").toFixed(0)} B; RSS ${(last.rss / 2 ** 20).toFixed(1)} MiB`,
    );
    // Connections to the API are kept for a while; what the debugger has opened stays, and was there at first.
    await eventually("no more open files than at first", async () => {
      const now = openFiles(daemonPid(node));
      return now <= first.files ? true : `${first.files} at first, ${now} now`;
    });
    assert.ok(perCycle("heap") < 1024, `heap grew by ${perCycle("heap")} B a cycle`);
    assert.ok(perCycle("rss") < 5 * 1024, `RSS grew by ${perCycle("rss")} B a cycle`);
    assert.deepEqual(await plugged(node), before_);
  }));
