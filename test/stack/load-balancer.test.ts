import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { kuryrCloud } from "../../dev/src/cloud/identity.ts";
import { topology } from "../../dev/src/cloud/topology.ts";
import { provisioningStatuses } from "../../dev/src/kube/api-load-balancer.ts";
import { placeOf } from "../../dev/src/machine/namespaces.ts";
import type { Place } from "../../dev/src/machine/place.ts";
import { nodePlan } from "../../dev/src/network-plan.ts";
import { plugPort, serveAt, type PluggedPort } from "../../dev/src/testing/plug.ts";
import { becomes, httpGet, udpAsk } from "../../dev/src/testing/probes.ts";

interface LoadBalancer {
  readonly id: string;
  readonly vip_address: string;
  readonly vip_port_id: string;
}

const cloud = kuryrCloud();
const cleanups: (() => Promise<void>)[] = [];
const ports: PluggedPort[] = [];
/** From where the load balancer must answer. */
const places: readonly (readonly [string, Place | undefined])[] = [
  ["the host", undefined],
  ["node1", placeOf(nodePlan(1))],
  ["node2", placeOf(nodePlan(2))],
];
let balancer: LoadBalancer | undefined;

function made(): LoadBalancer {
  assert.ok(balancer !== undefined, "the load balancer was made");
  return balancer;
}

async function find(id: string): Promise<boolean> {
  const { body } = await cloud.request("load-balancer", "GET", "/v2/lbaas/loadbalancers");
  return (body as { loadbalancers: { id: string }[] }).loadbalancers.some((one) => one.id === id);
}

before(async () => {
  const { baseIngressGroup, baseEgressGroup } = topology();
  for (const index of [1, 2]) {
    const port = await plugPort(cloud, nodePlan(index), `lb${index}`, [baseIngressGroup, baseEgressGroup]);
    ports.push(port);
    cleanups.push(() => port.remove());
    const server = await serveAt(port);
    cleanups.unshift(() => server.stop());
  }
});

after(async () => {
  for (const cleanup of cleanups) await cleanup().catch((error: unknown) => console.error(error));
});

test("Kuryr's user makes a load balancer with TCP and UDP listeners in one request", async (t) => {
  const { serviceSubnet, podSubnet } = topology();
  const listener = (name: string, protocol: "TCP" | "UDP", port: number, memberPort: number): object => ({
    name,
    protocol,
    protocol_port: port,
    default_pool: {
      name,
      protocol,
      lb_algorithm: "SOURCE_IP_PORT",
      members: ports.map((one) => ({ address: one.address, protocol_port: memberPort, subnet_id: podSubnet })),
    },
  });
  const start = performance.now();
  const { body } = await cloud.request("load-balancer", "POST", "/v2/lbaas/loadbalancers", {
    body: {
      loadbalancer: {
        name: "kuryr-test-lb",
        provider: "ovn",
        vip_subnet_id: serviceSubnet,
        listeners: [listener("http", "TCP", 80, 8080), listener("udp", "UDP", 90, 9090)],
      },
    },
  });
  const created = (body as { loadbalancer: LoadBalancer }).loadbalancer;
  balancer = created;
  const { id } = created;
  cleanups.unshift(async () => {
    await cloud.request("load-balancer", "DELETE", `/v2/lbaas/loadbalancers/${id}`, { query: { cascade: "true" } });
    await becomes("the load balancer to be gone", async () => !(await find(id)), 30);
  });
  await becomes(
    "the load balancer's whole tree to be ACTIVE",
    async () => {
      const answer = await cloud.request("load-balancer", "GET", `/v2/lbaas/loadbalancers/${id}/status`);
      const { loadbalancer } = (
        answer.body as { statuses: { loadbalancer: Parameters<typeof provisioningStatuses>[0] } }
      ).statuses;
      return provisioningStatuses(loadbalancer).every((status) => status === "ACTIVE");
    },
    60,
  );
  t.diagnostic(`whole tree ACTIVE after ${((performance.now() - start) / 1000).toFixed(1)} s`);
});

test("its TCP listener answers on both nodes and on the host, from both members", async () => {
  const url = `http://${made().vip_address}/`;
  for (const [name, place] of places) {
    const who = new Set<string>();
    await becomes(`both members to answer ${name}`, async () => {
      for (let call = 0; call < 8; call++) who.add((await httpGet(place, url)).trim());
      return who.size === 2;
    });
    assert.deepEqual([...who].sort(), ["lb1: HELLO! I AM ALIVE!!!", "lb2: HELLO! I AM ALIVE!!!"]);
  }
});

test("its UDP listener answers on both nodes and on the host", async () => {
  for (const [name, place] of places) {
    let said = "";
    await becomes(`UDP to answer ${name}`, async () => {
      said = await udpAsk(place, made().vip_address, 90);
      return said !== "";
    });
    assert.match(said, /^lb[12]: HELLO! I AM ALIVE!!!\n$/);
  }
});

async function floatingIp(portId: string): Promise<string> {
  const { externalNetwork } = topology();
  const { body } = await cloud.request("network", "POST", "/v2.0/floatingips", {
    body: { floatingip: { floating_network_id: externalNetwork, port_id: portId } },
  });
  const made = (body as { floatingip: { id: string; floating_ip_address: string } }).floatingip;
  cleanups.unshift(async () => void (await cloud.request("network", "DELETE", `/v2.0/floatingips/${made.id}`)));
  return made.floating_ip_address;
}

test("a floating IP of the load balancer answers the host", async () => {
  const address = await floatingIp(made().vip_port_id);
  let said = "";
  await becomes("the floating IP to answer", async () => {
    said = await httpGet(undefined, `http://${address}/`, [], 2);
    return true;
  });
  assert.match(said, /^lb[12]: HELLO!/);
});

test("a floating IP of a port answers the host", async () => {
  const [, port] = ports;
  assert.ok(port !== undefined);
  const address = await floatingIp(port.id);
  let length = 0;
  await becomes("the floating IP to answer", async () => {
    length = (await httpGet(undefined, `http://${address}:8080/bytes/20000`, [], 2)).length;
    return true;
  });
  assert.equal(length, 20_000);
});

test("nothing is left: no load balancer, no floating IP, no port", async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  const [balancers, floating, left] = await Promise.all([
    cloud.request("load-balancer", "GET", "/v2/lbaas/loadbalancers", { query: { name: "kuryr-test-lb" } }),
    cloud.request("network", "GET", "/v2.0/floatingips"),
    cloud.request("network", "GET", "/v2.0/ports"),
  ]);
  assert.deepEqual((balancers.body as { loadbalancers: unknown[] }).loadbalancers, []);
  assert.deepEqual((floating.body as { floatingips: unknown[] }).floatingips, []);
  const names = (left.body as { ports: { name: string }[] }).ports.map((port) => port.name);
  assert.deepEqual(
    names.filter((name) => name.startsWith("kuryr-test-") || name.includes(made().id)),
    [],
  );
});
