import assert from "node:assert/strict";
import { test } from "node:test";

import { prepareStack } from "../../dev/src/commands/up.ts";
import { said, stackCommand, stackStatus, type CommandOutcome } from "../../dev/src/testing/command-line.ts";
import { stackMemory } from "../../dev/src/testing/memory.ts";

const seconds = (value: number): string => `${value.toFixed(1)} s`;

/** Seconds of each unit that an `up` made, from what it printed. */
function slowest(outcome: CommandOutcome): string {
  return [...outcome.stdout.matchAll(/^ {2}ok {2}(\S+)\s+([\d.]+) s$/gm)]
    .map(([, name, took]) => ({ name, took: Number(took) }))
    .sort((a, b) => b.took - a.took)
    .slice(0, 6)
    .map(({ name, took }) => `${name} ${took}`)
    .join(", ");
}

test("wipe leaves no data, and status says that there is no stack", async () => {
  const wiped = await stackCommand(["wipe"]);
  assert.equal(wiped.code, 0, said(wiped));
  const status = await stackCommand(["status"]);
  assert.equal(status.code, 4, said(status));
  assert.match(status.stdout, /no stack on this machine/);
});

// Not timed: a fresh machine installs packages and builds Kubernetes here.
test("packages, programs and images are obtained", { timeout: 2_700_000 }, async (t) => {
  const outcomes = await prepareStack({}, AbortSignal.timeout(2_700_000), (line) => process.stdout.write(`${line}\n`));
  for (const one of outcomes) t.diagnostic(`${one.name}: ${one.did}, ${seconds(one.ms / 1000)}`);
});

let cold = 0;

test("from nothing the cloud answers within 90 s", async (t) => {
  const up = await stackCommand(["up", "cloud"]);
  assert.equal(up.code, 0, said(up));
  t.diagnostic(`cold cloud: ${seconds(up.seconds)} (${slowest(up)})`);
  cold += up.seconds;
  assert.ok(up.seconds <= 90, said(up));
});

test("two nodes are Ready within 60 s more, and all of it within 150 s", async (t) => {
  const up = await stackCommand(["up"]);
  assert.equal(up.code, 0, said(up));
  cold += up.seconds;
  t.diagnostic(`cluster on top: ${seconds(up.seconds)} (${slowest(up)}); cold in all: ${seconds(cold)}`);
  assert.ok(up.seconds <= 60, said(up));
  assert.ok(cold <= 150, `cold in all: ${seconds(cold)}`);
});

test("[row 185] one command brought the real cluster and cloud: every component is up", async () => {
  const { code, report } = await stackStatus();
  const bad = report.components.filter((one) => one.state !== "up");
  assert.deepEqual(bad, []);
  assert.equal(code, 0);
  assert.equal(report.up, true);
  const names = new Set(report.components.map((one) => one.name));
  for (const name of [
    "keystone",
    "neutron-api",
    "octavia-api",
    "ovn-northd",
    "kube-apiserver",
    "node1/kubelet",
    "node2/ovn-controller",
  ])
    assert.ok(names.has(name), `${name} is among the components`);
  assert.deepEqual(
    report.nodes.map((one) => one.name),
    ["node1", "node2"],
  );
  assert.match(report.images["demo"] ?? "", /demo/);
});

test("a second up does nothing, in less than 5 s", async (t) => {
  const up = await stackCommand(["up"]);
  assert.equal(up.code, 0, said(up));
  assert.match(up.stdout, /^up already: /m);
  t.diagnostic(`up of what is up: ${seconds(up.seconds)}`);
  assert.ok(up.seconds < 5, said(up));
});

test("the whole stack takes at most 4 GiB of memory", async (t) => {
  const { mebibytes, processes } = stackMemory((await stackStatus()).report);
  t.diagnostic(`memory: ${Math.round(mebibytes)} MiB (PSS) in ${processes} processes`);
  assert.ok(processes > 20, "the processes of the stack were found");
  assert.ok(mebibytes <= 4096);
});

test("down and up again, with the data kept, takes at most 60 s", async (t) => {
  const down = await stackCommand(["down"]);
  assert.equal(down.code, 0, said(down));
  const up = await stackCommand(["up"]);
  assert.equal(up.code, 0, said(up));
  t.diagnostic(`down: ${seconds(down.seconds)}; warm up: ${seconds(up.seconds)} (${slowest(up)})`);
  assert.ok(up.seconds <= 60, said(up));
  assert.equal((await stackStatus()).code, 0);
});
