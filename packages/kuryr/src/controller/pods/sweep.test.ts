import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { startCloud, startCluster } from "../testing/rig.ts";

test("a port that belongs to nobody and cannot be deleted is named, and keeps nothing else from going", async (t) => {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  const kuryr = on.connect();
  t.after(() => kuryr.close());
  const { network_id } = await kuryr.network.subnets.get(on.subnet);
  const make = (device_id: string) =>
    kuryr.network.ports.create({
      network_id,
      device_id,
      device_owner: "compute:kuryr",
      description: `kuryr:c:pod/default/${device_id}`,
    });
  const ids: string[] = [];
  for (const uid of ["a", "b", "c"]) ids.push((await make(uid)).id);
  const policy = await kuryr.network.qosPolicies.create({ name: "p", description: "kuryr:c:bandwidth/0/1000" });
  const [stuck = "", ...others] = ids;
  const response = { status: 409, body: { NeutronError: { type: "Conflict", message: "no", detail: "" } } };
  const fault = { kind: "answer", response } as const;
  const end = on.fake.faults.network.add({ fault, methods: ["DELETE"], matching: new RegExp(stuck) });

  const it = await startCluster(on, { cluster: "c", podTimes: { resyncMs: 50, orphanGraceMs: 50 } });
  t.after(() => it.stop());
  const { ports, qosPolicies } = on.fake.network;
  const until = async (what: string, probe: () => boolean): Promise<void> => {
    const limit = AbortSignal.timeout(30_000);
    while (!probe()) {
      if (limit.aborted) assert.fail(`not within 30 s: ${what}`);
      await pause(20);
    }
  };
  await until("the other ports to go", () => others.every((id) => ports.get(id) === undefined));
  await until("the policy to go", () => qosPolicies.get(policy.id) === undefined);
  assert.notEqual(ports.get(stuck), undefined);
  const warning = it.log.find((line) => line.includes("cannot be deleted"));
  assert.match(warning ?? "", new RegExp(`"port":"${stuck}"`));
  end();
  await until("the last one to go", () => ports.get(stuck) === undefined);
});

test("a port that comes later and belongs to nobody goes a grace period after the first list that has it, not lists later", async (t) => {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  const kuryr = on.connect();
  t.after(() => kuryr.close());
  const it = await startCluster(on, { cluster: "c", podTimes: { resyncMs: 2000, orphanGraceMs: 200 } });
  t.after(() => it.stop());
  const { network_id } = await kuryr.network.subnets.get(on.subnet);
  let lists = 0;
  on.fake.onRequest = ({ method, target }) => {
    if (method === "GET" && /\/ports\?.*device_owner/.test(target)) lists += 1;
  };
  const limit = AbortSignal.timeout(30_000);
  const until = async (what: string, probe: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await probe())) {
      if (limit.aborted) assert.fail(`not within 30 s: ${what}`);
      await pause(20);
    }
  };
  // Served after the first list.
  await it.pod("p", "node1");
  const ref = { namespace: "default", name: "p" };
  await until("a pod to be served", async () => (await it.kuryrPorts.find(ref)) !== undefined);
  lists = 0;
  // As when Neutron comes to the end of what a controller asked for that is gone.
  const description = "kuryr:c:pod/default/late";
  const late = { network_id, device_id: "late", device_owner: "compute:kuryr", description };
  const { id } = await kuryr.network.ports.create(late);
  await until("it to go", () => !on.fake.network.ports.has(id));
  assert.equal(lists, 1);
});
