import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import type { Cloud } from "@kuryr/openstack";

import { manualClock } from "../../../http/clock.ts";
import type { OpenStackOptions } from "../../index.ts";
import { startedCloud, withSubnet } from "../../testing/cloud.ts";

const pod = { "binding:host_id": "node1", device_owner: "compute:kuryr" };

async function withPort(t: TestContext, options: OpenStackOptions) {
  const started = await startedCloud(t, options);
  const { network } = await withSubnet(started.cloud);
  const port = await started.cloud.network.ports.create({ network_id: network.id, ...pod });
  return { ...started, network, port };
}

const statusOf = async (cloud: Cloud, id: string): Promise<string> => (await cloud.network.ports.get(id)).status;

for (const release of ["2026.2", "zed"] as const) {
  test(`[row 172] ML2/OVS on ${release}: a port asks for a hybrid plug and says nothing of OVN`, async (t) => {
    const { cloud, port } = await withPort(t, { release, mechanism: "openvswitch" });
    const shown = await cloud.network.ports.get(port.id);
    assert.equal(shown["binding:vif_type"], "ovs");
    assert.deepEqual(shown["binding:vif_details"], {
      port_filter: true,
      connectivity: "l2",
      ovs_hybrid_plug: true,
      bridge_name: "br-int",
      datapath_type: "system",
      bound_drivers: { "0": "openvswitch" },
    });
    assert.deepEqual(port["binding:vif_details"], shown["binding:vif_details"]);
  });

  test(`ML2/OVN on ${release}: a port asks for no hybrid plug`, async (t) => {
    const { cloud, port } = await withPort(t, { release });
    const details = (await cloud.network.ports.get(port.id))["binding:vif_details"];
    assert.equal(details?.["ovs_hybrid_plug"], undefined);
    assert.deepEqual(details?.["bound_drivers"], { "0": "ovn" });
  });
}

test("[row 172] ML2/OVS: a port is DOWN, then BUILD while its agent is at work, then ACTIVE", async (t) => {
  const clock = manualClock(Date.now());
  const { cloud, fake, port } = await withPort(t, { mechanism: "openvswitch", plugPaceMs: 300, clock });
  assert.equal(port.status, "DOWN");
  fake.setPlugged(port.id, true);
  assert.equal(await statusOf(cloud, port.id), "BUILD");
  clock.advance(299);
  assert.equal(await statusOf(cloud, port.id), "BUILD");
  clock.advance(1);
  assert.equal(await statusOf(cloud, port.id), "ACTIVE");
  fake.setPlugged(port.id, false);
  assert.equal(await statusOf(cloud, port.id), "DOWN");
});

test("ML2/OVN: a port is DOWN until it is ACTIVE, and one that is unplugged meanwhile never is", async (t) => {
  const clock = manualClock(Date.now());
  const { cloud, fake, network, port } = await withPort(t, { plugPaceMs: 300, clock });
  const other = await cloud.network.ports.create({ network_id: network.id, ...pod });
  for (const { id } of [port, other]) fake.setPlugged(id, true);
  assert.equal(await statusOf(cloud, port.id), "DOWN");
  fake.setPlugged(other.id, false);
  clock.advance(300);
  assert.equal(await statusOf(cloud, port.id), "ACTIVE");
  assert.equal(await statusOf(cloud, other.id), "DOWN");
});

test("[row 172] ML2/OVS: a port on a host without an agent has failed to bind, and agents are those of OVS", async (t) => {
  const { cloud, administrator, network } = await withPort(t, { mechanism: "openvswitch", hosts: ["node1"] });
  const lost = await cloud.network.ports.create({ network_id: network.id, "binding:host_id": "nowhere" });
  assert.equal(lost["binding:vif_type"], "binding_failed");
  const [agent, ...more] = await administrator.network.agents.list();
  assert.deepEqual(
    [agent?.agent_type, agent?.binary, agent?.host],
    ["Open vSwitch agent", "neutron-openvswitch-agent", "node1"],
  );
  assert.deepEqual(more, []);
});
