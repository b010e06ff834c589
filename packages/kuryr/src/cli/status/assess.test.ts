import assert from "node:assert/strict";
import { test } from "node:test";

import { assess, type ClusterSeen, type NodeProcess } from "./assess.ts";

const process = (pod: string, node: string, change: Partial<NodeProcess> = {}): NodeProcess => ({
  pod,
  node,
  ready: true,
  restarts: 0,
  probe: { reached: true, lines: [] },
  ...change,
});
const port = (name: string, node = "node1") => ({
  key: `default/${name}`,
  node,
  podUid: name,
  attached: true,
  released: false,
  ageMs: 600_000,
});

const healthy: ClusterSeen = {
  nodes: [
    { name: "node1", ready: true },
    { name: "node2", ready: true },
  ],
  controllers: [process("kuryr-controller-1", "node1")],
  daemons: [process("kuryr-cni-1", "node1"), process("kuryr-cni-2", "node2", { restarts: 2 })],
  lease: { pod: "kuryr-controller-1", silentMs: 1500 },
  kuryrPorts: [port("a"), port("b", "node2"), { ...port("c"), attached: false, ageMs: 2000 }],
  waiting: [{ key: "default/c", node: "node1", waitingMs: 2000, forVolumes: false }],
  ports: {
    looked: true,
    ports: [
      { id: "1", status: "ACTIVE", podUid: "a" },
      { id: "2", status: "ACTIVE", podUid: "b" },
      { id: "3", status: "DOWN", podUid: "c" },
    ],
  },
};
const ledBy = (pod: string): Partial<ClusterSeen> => ({ lease: { pod, silentMs: 1500 } });
const problemsOf = (change: Partial<ClusterSeen>): string[] =>
  assess({ ...healthy, ...change }).problems.map(({ what }) => what);

test("a cluster whose processes are ready and whose pods have their networks is healthy", () => {
  const assessment = assess(healthy);
  assert.equal(assessment.state, "healthy");
  assert.deepEqual(assessment.nodes, [
    { node: "node1", ready: true, daemon: "ready", restarts: 0, kuryrPorts: 2, attached: 1 },
    { node: "node2", ready: true, daemon: "ready", restarts: 2, kuryrPorts: 1, attached: 1 },
  ]);
  assert.deepEqual(assessment.counts, {
    kuryrPorts: 3,
    attached: 2,
    deleting: 0,
    releasesWaiting: 0,
    waitingPods: 1,
    neutronPorts: 3,
    activePorts: 2,
  });
  assert.deepEqual(assessment.notLooked, []);
});

test("the leader and those who could take over are named", () => {
  const controllers = [
    process("kuryr-controller-1", "node1"),
    process("kuryr-controller-2", "node2"),
    process("kuryr-controller-12", "node3", { ready: false }),
  ];
  const { leader, standbys } = assess({ ...healthy, controllers });
  assert.equal(leader, "kuryr-controller-1");
  assert.deepEqual(standbys, ["kuryr-controller-2"]);
  const { lease: _, ...unelected } = healthy;
  assert.equal(assess(unelected).state, "healthy");
});

test("what was not looked at is said, and is no degradation", () => {
  const assessment = assess({
    ...healthy,
    controllers: [process("kuryr-controller-1", "node1", { probe: { reached: false } })],
    ports: { looked: false, why: "no OpenStack credentials" },
  });
  assert.equal(assessment.state, "healthy");
  assert.deepEqual(assessment.notLooked, [
    "Neutron: no OpenStack credentials",
    "/ready of kuryr-controller-1: not reachable from here",
  ]);
});

test("each degradation is named with the next command to run", () => {
  const unseen = { looked: false, why: "no credentials" } as const;
  const down = { reached: true, lines: ["Open vSwitch does not answer"] } as const;
  for (const [change, what] of [
    [{ controllers: [] }, /^no controller/],
    [
      { ...ledBy("c"), controllers: [process("c", "node1", { ready: false, reason: "ImagePullBackOff" })] },
      /c on node1.*ImagePull/,
    ],
    [
      {
        ...ledBy("c"),
        controllers: [process("c", "node1", { probe: { reached: true, lines: ["degraded: Keystone: 401"] } })],
      },
      /controller c on node1: Keystone: 401$/,
    ],
    [ledBy("kuryr-controller-9"), /^the Lease is held by kuryr-controller-9, which is gone/],
    [{ lease: { silentMs: 1000 } }, /^no controller leads: nobody holds the Lease$/],
    [{ lease: { pod: "kuryr-controller-1", silentMs: 90_000 } }, /^no controller leads: .* 90s ago$/],
    [{ daemons: [process("d", "node1")] }, /^no daemon on node2$/],
    [
      { daemons: [process("d", "node1"), process("e", "node2", { ready: false, probe: down })] },
      /daemon e on node2 is not ready: Open vSwitch does not answer/,
    ],
    [{ nodes: [{ name: "node1", ready: false }] }, /not Ready: node1/],
    [
      { waiting: [{ key: "x/y", node: "node1", waitingMs: 200_000, forVolumes: false }] },
      /1 pods have no sandbox yet, after up to 3m: x\/y/,
    ],
    [
      { kuryrPorts: [{ ...port("c"), attached: false }], waiting: [], ports: unseen },
      /1 pods run in another network than Kuryr's: default\/c/,
    ],
    [{ kuryrPorts: [...healthy.kuryrPorts, { ...port("z"), deletingMs: 300_000 }] }, /1 KuryrPorts .* default\/z/],
    [
      { kuryrPorts: [...healthy.kuryrPorts, { ...port("z"), deletingMs: 300_000, attached: false, released: true }] },
      /^1 releases wait for OpenStack; .* default\/z/,
    ],
    [
      { ports: { looked: true, ports: [{ id: "1", status: "DOWN", podUid: "a" }] } },
      /1 ports of plugged pods are not ACTIVE: 1/,
    ],
    [
      {
        ports: { looked: true, ports: [{ id: "9", status: "ACTIVE", podUid: "nobody" }] },
        waiting: [],
        kuryrPorts: [port("a")],
      },
      /1 ports in Neutron without a KuryrPort: 9/,
    ],
  ] as const satisfies readonly (readonly [Partial<ClusterSeen>, RegExp])[]) {
    const assessment = assess({ ...healthy, ...change });
    assert.equal(assessment.state, "degraded");
    assert.deepEqual([assessment.problems.length, assessment.problems[0]?.next !== ""], [1, true]);
    assert.match(assessment.problems[0]?.what ?? "", what);
  }
});

test("of many things of a kind three are named", () => {
  const waiting = [1, 2, 3, 4, 5].map((n) => ({
    key: `ns/p${n}`,
    node: "node1",
    waitingMs: 100_000 + n,
    forVolumes: false,
  }));
  assert.deepEqual(problemsOf({ waiting }), [
    "5 pods have no sandbox yet, after up to 100s: ns/p5, ns/p4, ns/p3 and 2 more",
  ]);
});

test("a pod that waits for a volume is none of Kuryr's, nor is its network elsewhere", () => {
  const kuryrPorts = [...healthy.kuryrPorts, { ...port("v"), attached: false }];
  const waiting = [{ key: "default/v", node: "node1", waitingMs: 600_000, forVolumes: true }];
  const { state, counts } = assess({ ...healthy, kuryrPorts, waiting });
  assert.deepEqual([state, counts.waitingPods], ["healthy", 0]);
});
