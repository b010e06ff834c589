import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import {
  needsPort,
  planPod,
  type KuryrPortView,
  type PodAction,
  type PodObservation,
  type PodView,
  type PortView,
} from "./plan.ts";

const uids = ["u1", "u2"];
const nodes = ["n1", "n2"];

const podArbitrary: fc.Arbitrary<PodView> = fc.record({
  namespace: fc.constant("ns"),
  name: fc.constant("p"),
  uid: fc.constantFrom(...uids),
  networkedElsewhere: fc.boolean(),
  nodeName: fc.constantFrom("", ...nodes),
  completed: fc.boolean(),
  isStatic: fc.boolean(),
  createdAt: fc.constant(0),
});

const portArbitrary: fc.Arbitrary<PortView> = fc
  .record({
    id: fc.constantFrom("a", "b", "c"),
    podUid: fc.constantFrom(...uids),
    host: fc.constantFrom(...nodes),
    found: fc.constantFrom(undefined, true as const),
    cutOff: fc.constantFrom(undefined, true as const),
  })
  .map(({ found, cutOff, ...port }) => ({
    ...port,
    ...(found === undefined ? {} : { found, ...(cutOff === undefined ? {} : { cutOff }) }),
  }));

const kuryrPortArbitrary: fc.Arbitrary<KuryrPortView> = fc
  .record({
    namespace: fc.constant("ns"),
    name: fc.constant("p"),
    uid: fc.constant("k"),
    resourceVersion: fc.constant("7"),
    podUid: fc.constantFrom(...uids),
    nodeName: fc.constantFrom(...nodes),
    deletingSince: fc.option(fc.nat(2000), { nil: undefined }),
    hasFinalizer: fc.boolean(),
    otherFinalizers: fc.subarray(["somebody/else"]),
    released: fc.boolean(),
    attachedAt: fc.option(fc.nat(), { nil: undefined }),
    portIds: fc.subarray(["a", "b"], { minLength: 1 }),
    notInstalled: fc.constantFrom(undefined, ["a"], ["c"]),
  })
  .map(({ notInstalled, ...view }) => ({
    ...view,
    ...(notInstalled === undefined || view.attachedAt !== undefined ? {} : { notInstalled }),
  }));

const observationArbitrary: fc.Arbitrary<PodObservation> = fc.record({
  now: fc.integer({ min: 2000, max: 4000 }),
  pod: fc.option(podArbitrary, { nil: undefined }),
  kuryrPort: fc.option(kuryrPortArbitrary, { nil: undefined }).map((view) => held(view)),
  ports: fc.uniqueArray(portArbitrary, { selector: (port) => port.id }),
  nodeExists: fc.boolean(),
  releaseTimeoutMs: fc.constant(1000),
});

/** A KuryrPort that is deleted stays as long as somebody's finalizer holds it. */
function held(before: KuryrPortView | undefined, change: Partial<KuryrPortView> = {}): KuryrPortView | undefined {
  if (before === undefined) return undefined;
  const view = { ...before, ...change };
  return view.deletingSince === undefined || view.hasFinalizer || view.otherFinalizers.length > 0 ? view : undefined;
}

/** The world after one action, as the API servers would have it. */
function after(seen: PodObservation, action: PodAction): PodObservation {
  switch (action.do) {
    case "create-port":
      return {
        ...seen,
        ports: [...seen.ports, { id: `new-${seen.ports.length}`, podUid: action.pod.uid, host: action.pod.nodeName }],
      };
    case "create-kuryrport":
      return {
        ...seen,
        kuryrPort: {
          namespace: "ns",
          name: "p",
          uid: "k2",
          resourceVersion: "1",
          podUid: action.pod.uid,
          nodeName: action.pod.nodeName,
          deletingSince: undefined,
          hasFinalizer: true,
          otherFinalizers: [],
          released: false,
          attachedAt: undefined,
          portIds: [action.portId],
        },
      };
    case "delete-kuryrport":
      return { ...seen, kuryrPort: held(seen.kuryrPort, { deletingSince: seen.now }) };
    case "delete-port":
    case "give-port":
      return { ...seen, ports: seen.ports.filter((port) => port.id !== action.portId) };
    case "drop-finalizer":
      return {
        ...seen,
        kuryrPort: held(seen.kuryrPort, { hasFinalizer: false, otherFinalizers: action.keep }),
      };
    default:
      throw new Error("an action that this test does not know");
  }
}

/** Applies plans until nothing is left to do. */
function settle(start: PodObservation): { end: PodObservation; actions: PodAction[] } {
  let seen = start;
  const actions: PodAction[] = [];
  for (let round = 0; round < 20; round += 1) {
    const plan = planPod(seen);
    if (plan.actions.length === 0) return { end: seen, actions };
    for (const action of plan.actions) {
      actions.push(action);
      seen = after(seen, action);
    }
  }
  throw new Error(`no end: ${actions.map((a) => a.do).join(" ")}`);
}

/** The daemon has acknowledged, as it will. */
const acknowledged = (seen: PodObservation): PodObservation =>
  seen.kuryrPort === undefined ? seen : { ...seen, kuryrPort: { ...seen.kuryrPort, released: true } };

test("from any state, plans end, and end where the pod has exactly one port and one KuryrPort, or nothing is left that is ours", () => {
  fc.assert(
    fc.property(observationArbitrary, (start) => {
      const { end } = settle(acknowledged(settle(start).end));
      const heldByOthers = end.kuryrPort;
      if (heldByOthers !== undefined && !(needsPort(end.pod) && end.pod.uid === heldByOthers.podUid)) {
        assert.equal(heldByOthers.hasFinalizer, false);
        assert.deepEqual(heldByOthers.otherFinalizers, ["somebody/else"]);
        assert.ok(!end.ports.some((port) => port.podUid === heldByOthers.podUid));
        return;
      }
      if (!needsPort(end.pod)) {
        assert.equal(end.kuryrPort, undefined);
        assert.deepEqual(end.ports, []);
        return;
      }
      assert.equal(end.kuryrPort?.podUid, end.pod.uid);
      if (start.kuryrPort === undefined) {
        assert.deepEqual(
          end.ports.map((port) => port.id),
          end.kuryrPort.portIds,
        );
        assert.equal(end.ports[0]?.host, end.pod.nodeName);
      }
    }),
    { numRuns: 5000 },
  );
});

test("a plan is the same whenever it is interrupted: a crash after any action changes nothing of the end", () => {
  fc.assert(
    fc.property(observationArbitrary, fc.nat(6), (start, crashAt) => {
      let seen = start;
      let applied = 0;
      while (applied < crashAt) {
        const [action] = planPod(seen).actions;
        if (action === undefined) break;
        seen = after(seen, action);
        applied += 1;
      }
      const count = (o: PodObservation): readonly unknown[] => [
        o.kuryrPort?.podUid,
        o.ports.map((p) => [p.podUid, p.host]),
      ];
      assert.deepEqual(count(settle(seen).end), count(settle(start).end));
    }),
    { numRuns: 5000 },
  );
});

test("a port that a live pod's KuryrPort names is never deleted, unless its node has released it", () => {
  fc.assert(
    fc.property(observationArbitrary, (seen) => {
      const { pod, kuryrPort } = seen;
      if (!needsPort(pod) || kuryrPort?.podUid !== pod.uid) return;
      if (kuryrPort.deletingSince !== undefined && kuryrPort.released) return;
      for (const action of planPod(seen).actions) {
        assert.ok(!("portId" in action) || !kuryrPort.portIds.includes(action.portId), "takes away a port in use");
        assert.notEqual(action.do, "drop-finalizer");
      }
    }),
    { numRuns: 5000 },
  );
});

test("ports go only after the daemon's acknowledgement, the node's end, or the time limit", () => {
  fc.assert(
    fc.property(observationArbitrary, (seen) => {
      const { kuryrPort } = seen;
      if (kuryrPort === undefined || kuryrPort.released || !seen.nodeExists) return;
      if (kuryrPort.deletingSince !== undefined && seen.now >= kuryrPort.deletingSince + seen.releaseTimeoutMs) return;
      for (const action of planPod(seen).actions) {
        assert.ok(
          !("portId" in action) || !kuryrPort.portIds.includes(action.portId),
          "takes away a port before its release",
        );
      }
    }),
    { numRuns: 5000 },
  );
});

test("a live pod loses its KuryrPort only where OVN did not program a port whose creation nobody saw the end of", () => {
  fc.assert(
    fc.property(observationArbitrary, (seen) => {
      const { pod, kuryrPort } = seen;
      if (!needsPort(pod) || kuryrPort === undefined || kuryrPort.podUid !== pod.uid) return;
      const { portIds, notInstalled = [] } = kuryrPort;
      const isBroken = seen.ports.some(
        (port) => port.found && portIds.includes(port.id) && notInstalled.includes(port.id),
      );
      const { actions, notice } = planPod(seen);
      const loses = actions.some((action) => action.do === "delete-kuryrport");
      assert.equal(loses, isBroken && kuryrPort.deletingSince === undefined);
      assert.equal(notice === "not-installed", loses);
    }),
    { numRuns: 5000 },
  );
});

test("no pod gets a port that Neutron ended in the making of: it goes, and another is made", () => {
  fc.assert(
    fc.property(observationArbitrary, (start) => {
      if (start.kuryrPort !== undefined) return;
      const cutOff = start.ports.filter((port) => port.cutOff).map(({ id }) => id);
      const { actions, end } = settle(start);
      for (const action of actions) if (action.do === "create-kuryrport") assert.ok(!cutOff.includes(action.portId));
      assert.ok(!end.ports.some(({ id }) => cutOff.includes(id)));
    }),
    { numRuns: 5000 },
  );
});

test("only a port that its node has released is given to the pool, all others are deleted", () => {
  fc.assert(
    fc.property(observationArbitrary, (seen) => {
      if (seen.kuryrPort?.hasFinalizer === false) return;
      for (const action of planPod(seen).actions) {
        const { released = false, notInstalled = [] } = seen.kuryrPort ?? {};
        if (action.do === "give-port") assert.ok(released && !notInstalled.includes(action.portId));
        if (action.do === "delete-port" && seen.kuryrPort?.portIds.includes(action.portId) === true)
          assert.ok(!released || notInstalled.includes(action.portId));
      }
    }),
    { numRuns: 5000 },
  );
});

test("what only others' finalizers hold is released: its ports, which another pod may have by now, are left alone", () => {
  fc.assert(
    fc.property(observationArbitrary, (seen) => {
      const { kuryrPort } = seen;
      if (kuryrPort?.deletingSince === undefined || kuryrPort.hasFinalizer) return;
      for (const action of planPod(seen).actions) {
        assert.equal(action.do, "delete-port");
        const port = seen.ports.find(({ id }) => "portId" in action && id === action.portId);
        assert.equal(port?.podUid, kuryrPort.podUid);
      }
    }),
    { numRuns: 5000 },
  );
});

test("a pod on the host's network gets neither port nor KuryrPort", () => {
  const pod: PodView = {
    namespace: "ns",
    name: "p",
    uid: "u1",
    networkedElsewhere: true,
    nodeName: "n1",
    completed: false,
    isStatic: false,
    createdAt: 0,
  };
  const plan = planPod({ now: 0, pod, kuryrPort: undefined, ports: [], nodeExists: true, releaseTimeoutMs: 1000 });
  assert.deepEqual(plan.actions, []);
});

test("a release that is not acknowledged is looked at again when its time is up", () => {
  const kuryrPort: KuryrPortView = {
    namespace: "ns",
    name: "p",
    uid: "k",
    resourceVersion: "1",
    podUid: "u1",
    nodeName: "n1",
    deletingSince: 100,
    hasFinalizer: true,
    otherFinalizers: [],
    released: false,
    attachedAt: 1,
    portIds: ["a"],
  };
  const plan = planPod({ now: 400, pod: undefined, kuryrPort, ports: [], nodeExists: true, releaseTimeoutMs: 1000 });
  assert.deepEqual(plan, { actions: [], lookAgainInMs: 700 });
});

test("a KuryrPort that somebody deletes while its pod lives is left alone, and the pod's owner is told", () => {
  const pod: PodView = {
    namespace: "ns",
    name: "p",
    uid: "u1",
    networkedElsewhere: false,
    nodeName: "n1",
    completed: false,
    isStatic: false,
    createdAt: 0,
  };
  const kuryrPort: KuryrPortView = {
    namespace: "ns",
    name: "p",
    uid: "k",
    resourceVersion: "1",
    podUid: "u1",
    nodeName: "n1",
    deletingSince: 100,
    hasFinalizer: true,
    otherFinalizers: [],
    released: false,
    attachedAt: 1,
    portIds: ["a"],
  };
  const plan = planPod({ now: 99_999, pod, kuryrPort, ports: [], nodeExists: true, releaseTimeoutMs: 1000 });
  assert.deepEqual(plan, { actions: [], notice: "kept-kuryrport" });
});
