import assert from "node:assert/strict";
import { test } from "node:test";

import { scratchNetns } from "@kuryr/netlink/testing";

import { interfaceIds } from "../../api/keys.ts";
import type { PodInterface } from "../../api/kuryr-port.ts";
import { countTurns } from "../../testing/turn-counter.ts";
import { linkNames } from "./names.ts";
import type { Plugged, PlugRequest } from "./plugger.ts";
import { cannotPlug, interfaceOf, testNode, type TestNode } from "./testing/node.ts";

const skip = cannotPlug;
const soon = (): AbortSignal => AbortSignal.timeout(10_000);
const rowOf = ({ portId }: PodInterface): string => linkNames(portId).pod;

/** Plugs an interface of the sandbox at `path`, named as its row. */
async function plug(
  { plugger }: TestNode,
  path: string,
  spec: PodInterface,
  more: Partial<PlugRequest> = {},
): Promise<Plugged> {
  const netns = plugger.openNetns(path);
  try {
    return await plugger.plug(
      {
        containerId: rowOf(spec),
        netns,
        name: "eth0",
        spec,
        timeoutMs: 10_000,
        made: () => {},
        active: () => Promise.reject(new Error("not asked for")),
        ...more,
      },
      soon(),
    );
  } finally {
    netns.close();
  }
}

test("an interface is plugged: link, row, addresses, routes; and unplugged again, of which nothing stays", {
  skip,
}, async () => {
  await using node = await testNode();
  using pod = scratchNetns();
  // Two routes to everywhere: the kernel takes one of a destination.
  const spec = interfaceOf(5, { routes: [{ destination: "0.0.0.0/0", nextHop: "10.0.255.9" }] });
  const row = rowOf(spec);
  let isMade = false;
  const plugging = plug(node, pod.path, spec, {
    made: () => {
      isMade = true;
    },
  });
  await node.rows.next((name) => name === row);
  await node.install([row]);
  assert.equal((await plugging).host.name, row);
  assert.equal(isMade, true);
  assert.deepEqual(node.ports(), [row]);
  assert.deepEqual(
    pod.ip("-4", "route").map((route) => [route["dst"], route["gateway"]]),
    [
      ["default", "10.0.255.1"],
      ["10.0.0.0/16", undefined],
    ],
  );
  await node.plugger.unplug(row, [row], soon());
  assert.deepEqual([node.ports(), node.links(), pod.ip("link").length], [[], [], 1]);
});

test("pods whose signs come in one message go on one per turn of the event loop", { skip }, async () => {
  await using node = await testNode();
  const pods = Array.from({ length: 8 }, () => scratchNetns());
  try {
    const specs = pods.map((_, n) => interfaceOf(n + 1));
    const rows = specs.map(rowOf);
    using counter = countTurns();
    const made = Array.from({ length: 8 }, () => Promise.withResolvers<void>());
    const turns: number[] = [];
    const plugging = pods.map(async ({ path }, n) => {
      await plug(node, path, specs[n] ?? interfaceOf(0), { made: made[n]?.resolve ?? (() => {}) });
      turns.push(counter.turn);
    });
    await Promise.all(made.map(({ promise }) => promise));
    await node.install(rows);
    await Promise.all(plugging);
    assert.equal(new Set(turns).size, 8);
  } finally {
    for (const pod of pods) pod[Symbol.dispose]();
  }
});

test("while the switch does not answer, nothing is believed to be gone: a row that its copy lacks is deleted once it answers", {
  skip,
}, async () => {
  await using node = await testNode();
  const add = ["add-port", "br-int", "tap0", "--", "set", "interface", "tap0"];
  node.server.vsctl(...add, `external_ids:${interfaceIds.container}=another`);
  await node.rows.next((name) => name === "tap0");
  await node.server.kill();
  await node.connectionErrors.next(() => true);
  node.server.transactOffline([
    {
      op: "update",
      table: "Interface",
      where: [["name", "==", "tap0"]],
      row: { external_ids: ["map", [[interfaceIds.container, "mine"]]] },
    },
  ]);
  const gone = new AbortController();
  const givenUp = assert.rejects(node.plugger.unplug("mine", [], gone.signal), /given up/);
  gone.abort(new Error("given up"));
  await givenUp;
  const unplugging = node.plugger.unplug("mine", [], soon());
  await node.server.start();
  await unplugging;
  assert.deepEqual(node.ports(), []);
});
