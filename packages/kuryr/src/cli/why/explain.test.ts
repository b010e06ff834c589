import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import type { KuryrPort } from "../../api/kuryr-port.ts";
import { examplePort } from "../../testing/custom-objects.ts";
import type { Event, Pod } from "../kinds.ts";
import { explain, type Explanation } from "./explain.ts";
import type { Observed, PortSeen } from "./observed.ts";
import type { Outcome } from "./steps.ts";

const created = "2026-01-02T03:04:00Z";
const now = Date.parse("2026-01-02T03:10:00Z");
const metadata = { namespace: "default", name: "web", uid: "uid-1", resourceVersion: "1", creationTimestamp: created };

const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata,
  spec: { nodeName: "node1" },
  status: {
    phase: "Running",
    podIPs: [{ ip: "10.0.0.5" }],
    conditions: [
      { type: "PodScheduled", status: "True", lastTransitionTime: created },
      { type: "Ready", status: "True", lastTransitionTime: "2026-01-02T03:04:03Z" },
    ],
  },
};
const waitingPod: Pod = {
  ...pod,
  status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "True", lastTransitionTime: created }] },
};
const kuryrPort: KuryrPort = {
  apiVersion: "openstack.org/v1",
  kind: "KuryrPort",
  metadata: { ...metadata, creationTimestamp: "2026-01-02T03:04:01Z" },
  spec: { podUid: "uid-1", podNodeName: "node1", interfaces: [examplePort] },
  status: { attachment: { containerId: "0123456789abcdef", at: "2026-01-02T03:04:02Z" } },
};
const port: PortSeen = {
  id: examplePort.portId,
  status: "ACTIVE",
  device_id: "uid-1",
  description: "",
  "binding:host_id": "node1",
  "binding:vif_type": "ovs",
  fixed_ips: [{ subnet_id: "s", ip_address: "10.0.0.5" }],
  created_at: "2026-01-02T03:04:00Z",
};
const working: Observed = {
  now,
  pod,
  kuryrPort,
  events: [],
  controllers: [{ pod: "kuryr-controller-1", ready: true }],
  daemons: [{ pod: "kuryr-cni-1", ready: true }],
  cloud: { looked: true, ports: [port] },
};
const event = (reason: string, message: string, component: string): Event => ({
  apiVersion: "v1",
  kind: "Event",
  metadata: { ...metadata, name: reason },
  type: "Warning",
  reason,
  message,
  reportingComponent: component,
  lastTimestamp: "2026-01-02T03:09:00Z",
});

const outcomes = ({ steps }: Explanation): [string, Outcome][] => steps.map((step) => [step.name, step.outcome]);
const outcomeOf = (explanation: Explanation, name: string): Outcome | undefined =>
  explanation.steps.find((step) => step.name === name)?.outcome;

test("a pod with its network has done every step", () => {
  const explanation = explain(working);
  assert.equal(explanation.verdict, "networked");
  assert.deepEqual(
    outcomes(explanation),
    ["scheduled", "controller", "Neutron port", "KuryrPort", "daemon", "plugged", "active", "addressed"].map((name) => [
      name,
      "done",
    ]),
  );
});

test("a running pod has its network, even when controller and daemon are down or OpenStack is not looked at", () => {
  const explanation = explain({
    ...working,
    controllers: [{ pod: "c", ready: false }],
    daemons: [],
    cloud: { looked: false, why: "no credentials" },
  });
  assert.equal(explanation.verdict, "networked");
  assert.equal(outcomeOf(explanation, "Neutron port"), "not-looked");
  assert.equal(outcomeOf(explanation, "controller"), "failed");
});

test("a subnet that is full is told from the Event, and the steps after it wait", () => {
  const explanation = explain({
    ...working,
    pod: waitingPod,
    kuryrPort: undefined,
    events: [event("NoAddress", "no address is left in subnet s (OPENSTACK_SUBNET_EXHAUSTED)", "kuryr-controller")],
    cloud: { looked: true, ports: [] },
  });
  assert.equal(explanation.verdict, "missing");
  assert.match(explanation.summary, /Neutron port: .*no address is left/);
  assert.equal(outcomeOf(explanation, "plugged"), "later");
  assert.equal(outcomeOf(explanation, "addressed"), "later");
  assert.equal(outcomeOf(explanation, "daemon"), "done");
});

test("a quota that is used up goes before everything that was said", () => {
  const explanation = explain({
    ...working,
    pod: waitingPod,
    kuryrPort: undefined,
    cloud: { looked: true, ports: [], quota: { used: 500, limit: 500 } },
  });
  assert.match(explanation.summary, /500 of 500 ports/);
});

test("without a KuryrPort and with a controller that is not ready, the controller is to be looked at", () => {
  const explanation = explain({
    ...working,
    pod: waitingPod,
    kuryrPort: undefined,
    controllers: [{ pod: "kuryr-controller-1", ready: false, reason: "CrashLoopBackOff" }],
    cloud: { looked: false, why: "no credentials" },
  });
  assert.match(explanation.summary, /controller: kuryr-controller-1 is not ready: CrashLoopBackOff/);
  assert.match(explanation.next ?? "", /logs deployment\/kuryr-controller/);
});

test("a pod that nobody scheduled waits for the scheduler, not for Kuryr", () => {
  const message = "0/2 nodes are available: 2 Insufficient memory.";
  const explanation = explain({
    ...working,
    pod: {
      ...pod,
      spec: {},
      status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", message }] },
    },
    kuryrPort: undefined,
    cloud: { looked: true, ports: [] },
  });
  assert.match(explanation.summary, /scheduled: 0\/2 nodes/);
  assert.equal(outcomeOf(explanation, "KuryrPort"), "later");
});

test("what is wrong with a KuryrPort, a port, a daemon or a sandbox is named", () => {
  const { attachment: _, ...unplugged } = kuryrPort.status ?? {};
  for (const [change, summary] of [
    [{ kuryrPort: { ...kuryrPort, spec: { ...kuryrPort.spec, podUid: "uid-0" } } }, /earlier pod of this name/],
    [{ cloud: { looked: true, ports: [] } }, /Neutron port: .* is gone from Neutron/],
    [
      { cloud: { looked: true, ports: [{ ...port, "binding:vif_type": "binding_failed" }] } },
      /could not be bound to host node1/,
    ],
    [{ cloud: { looked: true, ports: [{ ...port, "binding:host_id": "node2" }] } }, /is bound to node2/],
    [
      { kuryrPort: { ...kuryrPort, status: unplugged }, daemons: [{ pod: "d", ready: false, reason: "no switch" }] },
      /daemon: d on node1 is not ready: no switch/,
    ],
    [
      {
        kuryrPort: { ...kuryrPort, status: unplugged },
        events: [event("FailedCreatePodSandBox", "KURYR_NOT_INSTALLED: ...", "kubelet")],
      },
      /plugged: KURYR_NOT_INSTALLED/,
    ],
    [{ cloud: { looked: true, ports: [{ ...port, status: "DOWN" }] } }, /active: .* is DOWN/],
  ] as const satisfies readonly (readonly [Partial<Observed>, RegExp])[]) {
    const explanation = explain({ ...working, pod: waitingPod, ...change });
    assert.equal(explanation.verdict, "missing");
    assert.match(explanation.summary, summary);
    assert.ok((explanation.next ?? "") !== "", explanation.summary);
  }
});

test("a pod whose volume is missing waits for that, and the daemon is not to be looked at", () => {
  const { attachment: _, ...unplugged } = kuryrPort.status ?? {};
  const mount = event("FailedMount", 'MountVolume.SetUp failed for volume "c" : configmap "c" not found', "kubelet");
  const sandbox = event("FailedCreatePodSandBox", "KURYR_NOT_INSTALLED: ...", "kubelet");
  const explained = (events: readonly Event[]): Explanation =>
    explain({ ...working, pod: waitingPod, kuryrPort: { ...kuryrPort, status: unplugged }, events });
  assert.match(explained([sandbox, mount]).summary, /plugged: .* volumes first: .*configmap "c" not found/);
  assert.match(explained([sandbox, mount]).next ?? "", /^kubectl -n default describe pod web$/);
  assert.match(explained([mount, sandbox]).summary, /plugged: KURYR_NOT_INSTALLED/, "the last word counts");
});

test("a pod that has its KuryrPort's address is plugged, though the daemon has yet to tell of it", () => {
  const { status: _, ...untold } = kuryrPort;
  const explanation = explain({ ...working, kuryrPort: untold });
  assert.equal(outcomeOf(explanation, "plugged"), "done");
  assert.equal(explanation.verdict, "networked");
});

test("a pod whose address is not its KuryrPort's got its sandbox from somebody else", () => {
  const status = { ...pod.status, podIPs: [{ ip: "172.17.0.2" }] };
  const { status: _, ...unplugged } = kuryrPort;
  const ports = [{ ...port, status: "DOWN" as const }];
  const explanation = explain({
    ...working,
    pod: { ...pod, status },
    kuryrPort: unplugged,
    cloud: { looked: true, ports },
  });
  assert.equal(outcomeOf(explanation, "active"), "later");
  assert.equal(explanation.verdict, "missing");
  assert.match(explanation.summary, /another CNI configuration/);
});

test("pods of the node's own network, of another runtime class, and pods that have ended are not explained", () => {
  assert.equal(explain({ ...working, pod: { ...pod, spec: { hostNetwork: true } } }).verdict, "not-ours");
  const other = { ...pod, spec: { ...pod.spec, runtimeClassName: "bridge" } };
  assert.equal(explain({ ...working, pod: other, kuryrPort: undefined }).verdict, "not-ours");
  const named = { ...working, pod: other, kuryrPort: undefined };
  assert.equal(explain({ ...named, ignoredRuntimeClasses: ["bridge"] }).verdict, "not-ours");
  assert.equal(explain({ ...named, ignoredRuntimeClasses: [] }).verdict, "missing");
  const ended = { ...pod, status: { ...pod.status, phase: "Succeeded" } };
  assert.equal(explain({ ...working, pod: ended, kuryrPort: undefined }).verdict, "ended");
});

test("whatever was seen, an explanation that misses something says what to do, and one that does not has no failure of its own", () => {
  const maybe = <T>(value: T): fc.Arbitrary<T | undefined> => fc.constantFrom(value, undefined);
  const arbitrary = fc.record({
    pod: fc.constantFrom(pod, waitingPod, { ...pod, spec: {} }),
    kuryrPort: maybe(kuryrPort),
    events: fc.constantFrom<readonly Event[]>([], [event("X", "message", "kuryr-controller")]),
    controllers: fc.constantFrom(working.controllers, [], [{ pod: "c", ready: false }]),
    daemons: fc.constantFrom(working.daemons, [], [{ pod: "d", ready: false }]),
    cloud: fc.constantFrom<Observed["cloud"]>(
      { looked: false, why: "no credentials" },
      { looked: true, ports: [] },
      { looked: true, ports: [port] },
      { looked: true, ports: [{ ...port, status: "DOWN" }] },
    ),
  });
  fc.assert(
    fc.property(arbitrary, (parts) => {
      const explanation = explain({ now, ...parts });
      if (explanation.verdict === "missing") assert.ok(explanation.summary.length > 0);
      if (explanation.verdict === "networked") {
        const own = explanation.steps.filter(({ name }) => name !== "controller" && name !== "daemon");
        assert.ok(own.every(({ outcome }) => outcome !== "failed"));
      }
      for (const step of explanation.steps)
        if (step.outcome === "failed" || step.outcome === "waiting") assert.ok(step.next !== undefined, step.name);
    }),
  );
});
