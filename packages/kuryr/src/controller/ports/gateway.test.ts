import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { ManualClock, type CoreEvent } from "@kuryr/kubernetes";
import type { PortCreate } from "@kuryr/openstack";

import { startCloud, startCluster, type TestCloud } from "../testing/rig.ts";
import { portGateway } from "./gateway.ts";

const signal = AbortSignal.timeout(60_000);

/** A cloud whose answers to creates leave out the host that a port is bound to, as Neutron does by policy. */
async function hiding(t: TestContext) {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  const cloud = on.connect();
  t.after(() => cloud.close());
  const { network_id } = await cloud.network.subnets.get(on.subnet);
  const wanted: PortCreate = {
    network_id,
    device_owner: "compute:kuryr",
    device_id: "u",
    description: "kuryr:c:pod/default/p",
    "binding:host_id": "node1",
  };
  const made = await cloud.network.ports.createMany([wanted, wanted]);
  const shown = made.map((port) => {
    const { "binding:host_id": _, ...rest } = port;
    return rest;
  });
  const answer = (body: object): (() => void) => {
    const fault = { kind: "answer", response: { status: 201, body: JSON.stringify(body) } } as const;
    return on.fake.faults.network.add({ fault, methods: ["POST"], matching: /\/v2\.0\/ports$/ });
  };
  return { on, cloud, wanted, made, shown, answer };
}

const portsOf = (on: TestCloud): string[] => [...on.fake.network.ports.values()].map(({ id }) => id);

test("a port whose host Neutron hides is deleted, and the error names the rule that is missing", async (t) => {
  const { on, cloud, wanted, made, shown, answer } = await hiding(t);
  answer({ port: shown[0] });
  await assert.rejects(portGateway(cloud, "c").create(wanted, signal), {
    code: "KURYR_BINDING_HIDDEN",
    hint: /get_port:binding:host_id.*deploy\/openstack\/neutron-policy/,
  });
  assert.deepEqual(portsOf(on), [made[1]?.id]);
});

test("so are all ports of a bulk request; a port for no host in particular is taken as it is", async (t) => {
  const { on, cloud, wanted, shown, answer } = await hiding(t);
  const end = answer({ ports: shown });
  const ports = portGateway(cloud, "c");
  await assert.rejects(ports.createMany([wanted, wanted], signal), { code: "KURYR_BINDING_HIDDEN" });
  assert.deepEqual(portsOf(on), []);
  end();
  answer({ port: shown[0] });
  const { "binding:host_id": _, ...anywhere } = wanted;
  assert.equal((await ports.create(anywhere, signal)).id, shown[0]?.id);
});

test("a bulk request is given more time than one port, by how many it makes", async (t) => {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  const clock = new ManualClock();
  const cloud = on.connect({ clock });
  t.after(() => cloud.close());
  on.fake.faults.network.add({ fault: { kind: "hang" }, methods: ["POST"] });
  const ports = portGateway(cloud, "c");
  for (const [count, limit] of [
    [1, /in 60000 ms/],
    [10, /in 114000 ms/],
  ] as const) {
    const asked = Promise.withResolvers<void>();
    on.fake.onRequest = ({ method, target }) => {
      if (method === "POST" && target === "/v2.0/ports") asked.resolve();
    };
    const wanted = Array.from({ length: count }, () => ({ network_id: "n" }));
    const refused = assert.rejects(ports.createMany(wanted, signal), { kind: "timeout", message: limit });
    await asked.promise;
    clock.advance(200_000);
    await refused;
  }
});

test("a pod whose port Neutron hides so is told why it waits, and no port after the other is made for it", async (t) => {
  const { on, shown, answer } = await hiding(t);
  const it = await startCluster(on, { cluster: "c" });
  t.after(() => it.stop());
  answer({ port: shown[0] });
  let posts = 0;
  on.fake.onRequest = ({ method, target }) => {
    if (method === "POST" && target === "/v2.0/ports") posts += 1;
  };
  await it.pod("p", "node1");
  let note: CoreEvent | undefined;
  while (note === undefined) {
    signal.throwIfAborted();
    await pause(20);
    note = (await it.events.list({ namespace: "default" })).items.find(({ reason }) => reason === "OpenStackRefused");
  }
  assert.match(note.message ?? "", /^KURYR_BINDING_HIDDEN: .*get_port:binding:host_id/);
  assert.ok(posts <= 2, `${posts} creates`);
});
