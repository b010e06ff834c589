import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import type { OpenStackOptions } from "@kuryr/fakes";
import type { EventNote } from "@kuryr/kubernetes";

import { bandwidthAnnotations } from "../../api/keys.ts";
import { jsonLogger } from "../../log/logger.ts";
import type { PodView } from "../pods/plan.ts";
import { startCloud, startCluster } from "../testing/rig.ts";
import { bandwidthPolicies } from "./policies.ts";

const signal = AbortSignal.timeout(60_000);
const pod = (name: string, bandwidth?: PodView["bandwidth"]): PodView => ({
  namespace: "ns",
  name,
  uid: name,
  networkedElsewhere: false,
  nodeName: "node1",
  completed: false,
  isStatic: false,
  createdAt: 0,
  ...(bandwidth === undefined ? {} : { bandwidth }),
});

async function rig(t: TestContext, options: OpenStackOptions = {}) {
  const on = await startCloud(options);
  const cloud = on.connect();
  t.after(async () => {
    cloud.close();
    await on.fake.stop();
  });
  const notes: EventNote[] = [];
  const policies = bandwidthPolicies({
    cloud,
    cluster: "one",
    events: { record: (_, note) => void notes.push(note) },
    log: jsonLogger({ level: "error", write: () => undefined }),
  });
  return { on, cloud, notes, policies };
}

test("pods that ask for the same limits share one policy, however many ask at once; others have their own", async (t) => {
  const { cloud, notes, policies } = await rig(t);
  const limits = { ingress: "20M", egress: "10M" };
  const ids = await Promise.all(["a", "b", "c"].map((name) => policies.policyFor(pod(name, limits), signal)));
  const other = await policies.policyFor(pod("d", { egress: "1M" }), signal);
  assert.equal(new Set(ids).size, 1);
  assert.notEqual(other, ids[0]);
  assert.equal(await policies.policyFor(pod("e"), signal), undefined);
  const rules = await cloud.network.qosPolicies.bandwidthLimitRules(ids[0] ?? "").list();
  assert.deepEqual(Object.fromEntries(rules.map(({ direction, max_kbps }) => [direction, max_kbps])), {
    ingress: 20_000,
    egress: 10_000,
  });
  assert.deepEqual(notes, []);
});

test("a policy that another incarnation left unfinished is finished, not made again", async (t) => {
  const { cloud, policies } = await rig(t);
  const { id } = await cloud.network.qosPolicies.create({ name: "p", description: "kuryr:one:bandwidth/0/10000" });
  assert.equal(await policies.policyFor(pod("a", { egress: "10M" }), signal), id);
  assert.equal((await cloud.network.qosPolicies.bandwidthLimitRules(id).list()).length, 1);
});

test("policies go when no pod asks for them and no port has them; those of others stay", async (t) => {
  const { cloud, policies } = await rig(t);
  const wanted = await policies.policyFor(pod("a", { egress: "1M" }), signal);
  const used = await policies.policyFor(pod("b", { egress: "2M" }), signal);
  const unused = await policies.policyFor(pod("c", { egress: "3M" }), signal);
  const foreign = await cloud.network.qosPolicies.create({ name: "f", description: "kuryr:two:bandwidth/0/4000" });
  await policies.collect([pod("a", { egress: "1M" }), pod("x")], new Set([used ?? ""]), signal);
  const left = new Set((await cloud.network.qosPolicies.list()).map((policy) => policy.id));
  assert.deepEqual(left, new Set([wanted, used, foreign.id]));
  assert.notEqual(await policies.policyFor(pod("c", { egress: "3M" }), signal), unused);
});

test("a policy that a pod found while it was being deleted is not given to the next one", async (t) => {
  const latency: OpenStackOptions["latency"] = (_, { method }) => (method === "DELETE" ? 100 : undefined);
  const { on, policies } = await rig(t, { latency });
  const comes = pod("a", { egress: "1M" });
  const old = await policies.policyFor(comes, signal);
  let found: Promise<string | undefined> | undefined;
  on.fake.onRequest = ({ method }) => {
    if (method === "DELETE") found = policies.policyFor(comes, signal);
  };
  await policies.collect([], new Set(), signal);
  assert.equal(await found, old);
  const made = await policies.policyFor(comes, signal);
  assert.notEqual(made, old);
  assert.ok(on.fake.network.qosPolicies.get(made ?? "") !== undefined);
});

test("a policy that cannot be deleted keeps no other from going", async (t) => {
  const { on, policies } = await rig(t);
  const stuck = await policies.policyFor(pod("a", { egress: "1M" }), signal);
  await policies.policyFor(pod("b", { egress: "2M" }), signal);
  const response = { status: 409, body: { NeutronError: { type: "Conflict", message: "no", detail: "" } } };
  const fault = { kind: "answer", response } as const;
  on.fake.faults.network.add({ fault, methods: ["DELETE"], matching: new RegExp(stuck ?? "") });
  await policies.collect([], new Set(), signal);
  const left = [...on.fake.network.qosPolicies.values()].map(({ id }) => id);
  assert.deepEqual(left, [stuck]);
});

test("a pod whose QoS policy somebody deleted gets another one", async (t) => {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  const it = await startCluster(on, { cluster: "one" });
  t.after(() => it.stop());
  const limits = { [bandwidthAnnotations.egress]: "1M" };
  const portOf = async (name: string) => {
    while (!signal.aborted) {
      const kuryrPort = await it.kuryrPorts.find({ namespace: "default", name });
      if (kuryrPort !== undefined) return on.fake.network.ports.get(kuryrPort.spec.interfaces[0]?.portId ?? "");
      await pause(20);
    }
    return assert.fail(`no KuryrPort of ${name}: ${it.log.join("")}`);
  };
  await it.pod("a", "node1", limits);
  const before = (await portOf("a"))?.qos_policy_id ?? "";
  for (const port of on.fake.network.ports.values()) on.fake.network.ports.set({ ...port, qos_policy_id: null });
  await it.cloud.network.qosPolicies.delete(before);
  await it.pod("b", "node1", limits);
  const now = (await portOf("b"))?.qos_policy_id ?? "";
  assert.notEqual(now, before);
  assert.notEqual(on.fake.network.qosPolicies.get(now), undefined);
});

test("[row 21] where the cloud has no QoS, or the annotation is malformed, the pod starts without limits and an Event says so", async (t) => {
  const { on, notes, policies } = await rig(t);
  assert.equal(await policies.policyFor(pod("a", { egress: "fast" }), signal), undefined);
  const response = { status: 403, body: { NeutronError: { type: "PolicyNotAuthorized", message: "no", detail: "" } } };
  on.fake.faults.network.add({ fault: { kind: "answer", response }, methods: ["POST"], matching: /qos/ });
  assert.equal(await policies.policyFor(pod("b", { egress: "1M" }), signal), undefined);
  assert.deepEqual(
    notes.map(({ type, reason }) => [type, reason]),
    [
      ["Warning", "BandwidthNotSupported"],
      ["Warning", "BandwidthNotSupported"],
    ],
  );
  assert.match(notes[0]?.message ?? "", /^KURYR_BANDWIDTH: .*"fast" is no bandwidth/);
  assert.match(notes[1]?.message ?? "", /OpenStack refuses QoS policies/);
});

test("[row 21] on Zed, where only administrators can make limits, the pod starts without and an Event says so", async (t) => {
  const { notes, policies } = await rig(t, { release: "zed" });
  assert.equal(await policies.policyFor(pod("a", { egress: "1M" }), signal), undefined);
  assert.match(notes[0]?.message ?? "", /^KURYR_BANDWIDTH: /);
});
