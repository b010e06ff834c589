import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";

import { discover, provisioningStatuses } from "@kuryr/openstack";

import { startedCloud, withSubnet } from "./testing/cloud.ts";
import { PodPorts } from "./testing/pods.ts";

for (const release of ["2026.2", "zed"] as const) {
  test(`[row 173] a namespace, its pods and a service are made and taken away with no cloud (${release})`, async (t) => {
    const { fake, cloud } = await startedCloud(t, { release, providerPaceMs: 1 });

    const able = await discover(cloud);
    assert.ok(able.extensions.has("security-group"));
    assert.ok(able.tagsOnCreate.has("port") && !able.tagsOnCreate.has("network"), "what a cloud takes is tried out");
    assert.deepEqual([...(able.loadBalancing?.providers ?? [])], ["ovn"]);

    const { network, subnet } = await withSubnet(cloud);
    const router = await cloud.network.routers.create({ name: "cluster" });
    await cloud.network.routers.addInterface(router.id, { subnet_id: subnet.id });

    const pods = ["web-0", "web-1", "db-0"];
    const ports = new PodPorts(cloud, network.id);
    for (const pod of pods) ports.wanted.add(pod);
    assert.equal(await ports.settle(pods), 1);
    const made = await ports.all();
    for (const port of made) fake.setPlugged(port.id, true);
    assert.deepEqual(
      (await ports.all()).map(({ status }) => status),
      ["ACTIVE", "ACTIVE", "ACTIVE"],
    );

    const service = await cloud.loadBalancer.loadBalancers.create({
      name: "web",
      vip_subnet_id: subnet.id,
      listeners: [
        {
          name: "http",
          protocol: "TCP",
          protocol_port: 80,
          default_pool: {
            name: "web",
            protocol: "TCP",
            lb_algorithm: "SOURCE_IP_PORT",
            members: made.map((port) => ({
              address: port.fixed_ips[0]?.ip_address ?? "",
              protocol_port: 8080,
              subnet_id: subnet.id,
            })),
          },
        },
      ],
    });
    const statuses = async (): Promise<readonly string[]> =>
      provisioningStatuses(await cloud.loadBalancer.loadBalancers.statusTree(service.id));
    while ((await statuses()).some((status) => status !== "ACTIVE")) await wait(1);
    assert.equal((await statuses()).length, 3 + pods.length);

    await cloud.loadBalancer.loadBalancers.delete(service.id, { cascade: true });
    while ((await cloud.loadBalancer.loadBalancers.find(service.id)) !== undefined) await wait(1);
    ports.wanted.clear();
    assert.equal(await ports.settle(pods), 1);
    await cloud.network.routers.removeInterface(router.id, { subnet_id: subnet.id });
    await cloud.network.routers.delete(router.id);
    await cloud.network.networks.delete(network.id);
    const left = [fake.network.ports, fake.network.subnets, fake.network.routers, fake.network.networks];
    assert.deepEqual(
      left.map((table) => [...table.values()].length),
      [0, 0, 0, 0],
    );
  });
}
