import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { systemClock } from "@kuryr/kubernetes";
import { scratchNetns } from "@kuryr/netlink/testing";

import type { PodInterface } from "../api/kuryr-port.ts";
import { jsonLogger } from "../log/logger.ts";
import { Metrics } from "../metrics/registry.ts";
import { AttachmentStore } from "./attachments.ts";
import { serveCalls, type Calls } from "./calls.ts";
import type { CniCall, CniCommand } from "./cni/call.ts";
import { AddFailures } from "./health/add-failures.ts";
import { KuryrPortWaiters, type NodePort } from "./kuryr-ports.ts";
import { daemonMetrics } from "./metrics.ts";
import { linkNames } from "./plug/names.ts";
import { cannotPlug, interfaceOf, testNode, type TestNode } from "./plug/testing/node.ts";

const skip = cannotPlug;
const never = new AbortController().signal;
const rowOf = ({ portId }: PodInterface): string => linkNames(portId).pod;

interface Bench extends AsyncDisposable {
  readonly node: TestNode;
  readonly calls: Calls;
  /** Ends the daemon. */
  readonly stopped: AbortSignal;
  readonly attachments: AttachmentStore;
}

/** A daemon's calls, for pods `1`, `2`, ... that each have an interface of that number; one is plugged at a time. */
async function bench(): Promise<Bench> {
  const node = await testNode();
  const directory = mkdtempSync(join(tmpdir(), "kuryr-calls-"));
  const attachments = new AttachmentStore(directory, (file) => assert.fail(file));
  const portOf = (name: string): NodePort => ({
    namespace: "ns",
    name,
    uid: `port-${name}`,
    podUid: `pod-${name}`,
    podStatic: false,
    deleting: false,
    released: false,
    attachedTo: undefined,
    interfaces: [interfaceOf(Number(name))],
    active: [],
    notInstalled: [],
    hasStatus: false,
  });
  const metrics = daemonMetrics(new Metrics());
  const stopped = new AbortController().signal;
  const calls = serveCalls(
    {
      attachments,
      plugger: node.plugger,
      ports: new KuryrPortWaiters((key) => portOf(key.slice("ns/".length))),
      interfacesOf: () => undefined,
      timeoutMs: 10_000,
      atOnce: 1,
      failures: new AddFailures(0),
      metrics,
      availability: () => ({ starting: [], switchDown: [], lacking: [] }),
      started: Promise.resolve(),
      lookAt: () => {},
      clock: systemClock,
      log: jsonLogger({ level: "error", write: (line) => assert.fail(line) }),
    },
    stopped,
  );
  return {
    node,
    calls,
    stopped,
    attachments,
    async [Symbol.asyncDispose]() {
      metrics.close();
      rmSync(directory, { recursive: true });
      await node[Symbol.asyncDispose]();
    },
  };
}

const call = (command: CniCommand, pod: number, netns: string): CniCall => ({
  command,
  containerId: `sandbox-${pod}`,
  netns,
  ifName: "eth0",
  args: new Map([
    ["K8S_POD_NAMESPACE", "ns"],
    ["K8S_POD_NAME", String(pod)],
    ["K8S_POD_UID", `pod-${pod}`],
  ]),
  cniVersion: "1.0.0",
  config: {},
});

test("a pod that only waits for OVN's sign keeps no other from being plugged", { skip }, async () => {
  await using at = await bench();
  const { node, calls } = at;
  using one = scratchNetns();
  using two = scratchNetns();
  const gone = new AbortController();
  const waits = assert.rejects(calls.handle(call("ADD", 1, one.path), gone.signal), /gave up/);
  await node.rows.next((name) => name === rowOf(interfaceOf(1)));
  const added = calls.handle(call("ADD", 2, two.path), never);
  await node.rows.next((name) => name === rowOf(interfaceOf(2)));
  await node.install([rowOf(interfaceOf(2))]);
  assert.notEqual(await added, undefined);
  gone.abort(new Error("the runtime gave up"));
  await waits;
  assert.deepEqual(node.ports(), [rowOf(interfaceOf(2))]);
  await calls.handle(call("DEL", 2, two.path), never);
  assert.deepEqual([node.ports(), node.links(), at.attachments.size], [[], [], 0]);
});

test("calls leave nothing on the signal that lasts as long as the daemon", { skip }, async () => {
  await using at = await bench();
  using pod = scratchNetns();
  const added = at.calls.handle(call("ADD", 1, pod.path), never);
  assert.equal(getEventListeners(at.stopped, "abort").length, 1);
  await at.node.rows.next((name) => name === rowOf(interfaceOf(1)));
  await at.node.install([rowOf(interfaceOf(1))]);
  await added;
  await at.calls.handle(call("DEL", 1, pod.path), never);
  await at.calls.handle(call("STATUS", 1, ""), never);
  assert.equal(getEventListeners(at.stopped, "abort").length, 0);
});
