import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import type { SubnetCreate } from "@kuryr/openstack";

import { topology } from "../../dev/src/cloud/topology.ts";
import { withControllerConfig } from "../support/kuryr.ts";
import {
  apply,
  cloud,
  deleteNamespace,
  demoPod,
  execIn,
  kuryrPortApi,
  makeNamespace,
  nothingLeft,
  readyPods,
  type TestPod,
} from "../support/pods.ts";
import { kubectl } from "../support/stack.ts";

const namespace = "e2e-addresses";
const v4 = { cidr: "10.78.0.0/24", gateway: "10.78.0.1" };
const v6 = { cidr: "fd00:78::/64", gateway: "fd00:78::1" };
const hostRoute = { destination: "192.0.2.0/24", nexthop: "10.78.0.9" };
const nameservers = ["10.78.0.53", "10.78.0.54"];
const made = { network: "", v4: "", v6: "" };

before(async () => {
  const network = await cloud.network.networks.create({ name: "e2e-addresses" });
  made.network = network.id;
  const subnet = async (more: Omit<SubnetCreate, "network_id">): Promise<string> => {
    const { id } = await cloud.network.subnets.create({ network_id: network.id, enable_dhcp: false, ...more });
    await cloud.network.routers.addInterface(topology().router, { subnet_id: id });
    return id;
  };
  made.v4 = await subnet({
    name: "e2e-v4",
    ip_version: 4,
    cidr: v4.cidr,
    gateway_ip: v4.gateway,
    host_routes: [hostRoute],
    dns_nameservers: nameservers,
  });
  made.v6 = await subnet({ name: "e2e-v6", ip_version: 6, cidr: v6.cidr, gateway_ip: v6.gateway });
  await makeNamespace(namespace);
});

after(async () => {
  await deleteNamespace(namespace);
  for (const id of [made.v4, made.v6]) {
    if (id !== "") await cloud.network.routers.removeInterface(topology().router, { subnet_id: id });
  }
  if (made.network !== "") await cloud.network.networks.delete(made.network);
});

afterEach(async () => {
  await kubectl(["-n", namespace, "delete", "pods", "--all", "--now"]);
  await nothingLeft(namespace, 60_000);
});

const addressesOf = (pod: TestPod): string[] =>
  ((pod.status as { podIPs?: { ip: string }[] } | undefined)?.podIPs ?? []).map(({ ip }) => ip);

/** Two Ready pods on two nodes, in these subnets. */
async function withPods(subnets: readonly string[], work: (pods: readonly [TestPod, TestPod]) => Promise<void>) {
  await withControllerConfig({ neutron_defaults: { pod_subnet: subnets.join(",") } }, async () => {
    await apply({
      apiVersion: "v1",
      kind: "List",
      items: [demoPod(namespace, "one", "node1"), demoPod(namespace, "two", "node2")],
    });
    const [one, two] = await readyPods(namespace, 2);
    assert.ok(one !== undefined && two !== undefined);
    await work([one, two]);
  });
}

const ping = (pod: TestPod, address: string): Promise<string> =>
  execIn(pod, ["ping", address.includes(":") ? "-6" : "-4", "-c", "2", "-W", "5", address]);

const curl = (pod: TestPod, address: string): Promise<string> =>
  execIn(pod, ["curl", "-sf", "--max-time", "20", `http://${address.includes(":") ? `[${address}]` : address}:8080/`]);

test("[row 16] host routes and gateway of the subnet are in the pod, its name servers in the KuryrPort", async () => {
  await withPods([made.v4], async ([pod]) => {
    const routes = await execIn(pod, ["ip", "route"]);
    assert.match(routes, new RegExp(`^default via ${v4.gateway} `, "m"));
    assert.match(routes, new RegExp(`^${hostRoute.destination} via ${hostRoute.nexthop} `, "m"));
    const { spec } = await kuryrPortApi.get({ namespace, name: pod.metadata.name });
    const [one] = spec.interfaces as unknown as { routes: unknown; nameservers: unknown }[];
    assert.deepEqual(one?.routes, [{ destination: hostRoute.destination, nextHop: hostRoute.nexthop }]);
    assert.deepEqual(one.nameservers, nameservers);
  });
});

test("[row 17] a pod in an IPv6 subnet has a global address and a default route, and pings its gateway and another node's pod", async () => {
  await withPods([made.v6], async ([one, two]) => {
    for (const pod of [one, two]) {
      assert.match(pod.status?.podIP ?? "", /^fd00:78::/);
      assert.equal(addressesOf(pod).length, 1);
    }
    assert.match(await execIn(one, ["ip", "-6", "route"]), new RegExp(`^default via ${v6.gateway} `, "m"));
    assert.match(await execIn(one, ["ip", "-6", "address", "show", "dev", "eth0"]), /inet6 fd00:78::.* scope global/);
    await ping(one, v6.gateway);
    await ping(one, two.status?.podIP ?? "");
  });
});

test("[row 18] with two subnets a pod has an IPv4 and an IPv6 address in its status, and both answer from the other node", async () => {
  await withPods([made.v4, made.v6], async ([one, two]) => {
    for (const pod of [one, two]) {
      const addresses = addressesOf(pod);
      assert.equal(addresses.length, 2, addresses.join(" "));
      assert.match(addresses.join(" "), /10\.78\.0\.\d+/);
      assert.match(addresses.join(" "), /fd00:78::/);
    }
    for (const address of addressesOf(two)) await ping(one, address);
    for (const address of [v4.gateway, v6.gateway]) await ping(one, address);
    const [first = ""] = addressesOf(two);
    assert.match(await curl(one, first), /^two: HELLO/);
  });
});
