import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { run } from "../../dev/src/machine/exec.ts";
import { pods as podNetwork } from "../../dev/src/network-plan.ts";
import type { KuryrPort } from "../../packages/kuryr/src/api/kuryr-port.ts";
import { onNodeRun, eventually, kubectl, nodeNamed, nodes } from "../support/stack.ts";
import {
  apply,
  cloud,
  deleteNamespace,
  demoPod,
  execIn,
  kuryrPortApi,
  makeNamespace,
  nothingLeft,
  podApi,
  podPorts,
  readyPods,
  type TestPod,
} from "../support/pods.ts";

const namespace = "e2e-pods";
const total = 20;
let pods: TestPod[] = [];

/** Interfaces of the node's switch that Kuryr made, with their external ids. */
async function kuryrInterfaces(node: (typeof nodes)[number]): Promise<Map<string, string>> {
  const { stdout } = await onNodeRun(node, [
    "ovs-vsctl",
    "--format=json",
    "--columns=name,external_ids",
    "list",
    "interface",
  ]);
  const { data } = JSON.parse(stdout) as { data: [string, [string, [string, string][]]][] };
  const found = new Map<string, string>();
  for (const [name, [, ids]] of data) {
    const id = new Map(ids).get("iface-id");
    if (name.startsWith("tap") && id !== undefined) found.set(id, name);
  }
  return found;
}

async function hostLinks(node: (typeof nodes)[number]): Promise<string[]> {
  const { stdout } = await onNodeRun(node, ["ip", "-json", "link", "show", "type", "veth"]);
  return (JSON.parse(stdout) as { ifname: string }[])
    .map((link) => link.ifname)
    .filter((name) => name.startsWith("tap"));
}

before(async () => {
  await makeNamespace(namespace);
  const objects = Array.from({ length: total }, (_, i) => demoPod(namespace, `p${i}`, nodes[i % nodes.length]?.name));
  await apply({ apiVersion: "v1", kind: "List", items: objects });
  pods = await readyPods(namespace, total);
});

after(() => deleteNamespace(namespace));

test("[row 1] each of 20 pods over two nodes has exactly one ACTIVE Neutron port, bound to its node, with its address", async () => {
  await eventually("every port to be ACTIVE", async () => {
    const down = (await podPorts()).filter(
      (port) => port.description?.includes(`:pod/${namespace}/`) && port.status !== "ACTIVE",
    );
    return down.length === 0 ? true : `${down.length} ports are not ACTIVE yet`;
  });
  const ports = await podPorts();
  const addresses = new Set<string>();
  for (const pod of pods) {
    const mine = ports.filter((port) => port.device_id === pod.metadata.uid);
    assert.equal(mine.length, 1, `${pod.metadata.name} has ${mine.length} ports`);
    const [port] = mine;
    assert.equal(port?.device_owner, "compute:kuryr");
    assert.equal(port?.["binding:host_id"], pod.spec.nodeName);
    assert.equal(port?.fixed_ips[0]?.ip_address, pod.status?.podIP);
    addresses.add(pod.status?.podIP ?? "");
  }
  assert.equal(addresses.size, total);
});

test("[row 23] a pod's port is on br-int with its iface-id and MAC", async () => {
  for (const node of nodes) {
    const interfaces = await kuryrInterfaces(node);
    for (const pod of pods.filter((p) => p.spec.nodeName === node.name)) {
      const [port] = (await podPorts()).filter((p) => p.device_id === pod.metadata.uid);
      assert.ok(port !== undefined && interfaces.has(port.id), `${pod.metadata.name} is not on br-int of ${node.name}`);
      const name = interfaces.get(port.id) ?? "";
      const { stdout } = await onNodeRun(node, ["ovs-vsctl", "get", "interface", name, "external_ids:attached-mac"]);
      assert.equal(JSON.parse(stdout), port.mac_address);
      const bridge = await onNodeRun(node, ["ovs-vsctl", "iface-to-br", name]);
      assert.equal(bridge.stdout.trim(), "br-int");
    }
  }
});

test("[row 23] HTTP and ping work from pods of either node to pods of either node, and from the host", async () => {
  for (const from of nodes) {
    for (const to of nodes) {
      const client = pods.find((p) => p.spec.nodeName === from.name);
      const server = pods.findLast((p) => p.spec.nodeName === to.name);
      assert.ok(client !== undefined && server !== undefined);
      const ip = server.status?.podIP ?? "";
      const answer = await execIn(client, ["curl", "-s", "--max-time", "10", `http://${ip}:8080/`]);
      assert.equal(answer, `${server.metadata.name}: HELLO! I AM ALIVE!!!\n`, `${from.name} to ${to.name}`);
      const body = await execIn(client, [
        "curl",
        "-s",
        "--max-time",
        "10",
        "-o",
        "/dev/null",
        "-w",
        "%{size_download}",
        `http://${ip}:8080/bytes/20000`,
      ]);
      assert.equal(body, "20000");
      await execIn(client, ["ping", "-c", "1", "-W", "5", ip]);
    }
    const server = pods.find((p) => p.spec.nodeName === from.name);
    const { stdout } = await run(["curl", "-s", "--max-time", "10", `http://${server?.status?.podIP ?? ""}:8080/`]);
    assert.equal(stdout, `${server?.metadata.name ?? ""}: HELLO! I AM ALIVE!!!\n`, `host to ${from.name}`);
  }
});

test("[row 6] the KuryrPort holds what the daemon acts on, and the original's view of it with its ACTIVE flag", async () => {
  const [pod] = pods;
  assert.ok(pod !== undefined);
  const [port] = (await podPorts()).filter((one) => one.device_id === pod.metadata.uid);
  assert.ok(port !== undefined);
  const get = ["-n", namespace, "get", "kp", pod.metadata.name, "-o", "json"];
  const read = async (): Promise<KuryrPort> => JSON.parse(await kubectl(get)) as KuryrPort;
  await eventually("the daemon to tell of it", async () => ((await read()).status === undefined ? "not yet" : true));
  const shown = await read();
  const [eth0] = shown.spec.interfaces;
  assert.deepEqual([eth0?.portId, eth0?.mac, eth0?.addresses[0]?.ip], [port.id, port.mac_address, pod.status?.podIP]);
  const data = shown.status?.vifs?.["eth0"]?.vif["versioned_object.data"];
  assert.deepEqual([data?.["id"], data?.["address"], data?.["active"]], [port.id, port.mac_address, true]);
});

test("[row 15] the pod's MTU is the network's: a packet that just fits passes unfragmented, a byte more does not", async () => {
  const [client, server] = [
    pods.find((p) => p.spec.nodeName === "node1"),
    pods.find((p) => p.spec.nodeName === "node2"),
  ];
  assert.ok(client !== undefined && server !== undefined);
  const link = await execIn(client, ["ip", "link", "show", "eth0"]);
  assert.match(link, new RegExp(`mtu ${podNetwork.mtu} `));
  const ip = server.status?.podIP ?? "";
  const ping = (size: number): string[] => ["ping", "-M", "do", "-c", "1", "-W", "5", "-s", String(size), ip];
  await execIn(client, ping(podNetwork.mtu - 28));
  await assert.rejects(execIn(client, ping(podNetwork.mtu - 27)), /message too long|Message too long/);
});

test("security groups are enforced: without a group a pod is silent, with its groups back it talks", async () => {
  const [client, server] = pods;
  assert.ok(client !== undefined && server !== undefined);
  const ip = server.status?.podIP ?? "";
  const reach = (): Promise<boolean> =>
    execIn(client, ["curl", "-s", "--max-time", "2", `http://${ip}:8080/`]).then(
      () => true,
      () => false,
    );
  const [port] = (await podPorts()).filter((p) => p.device_id === server.metadata.uid);
  assert.ok(port !== undefined);
  assert.equal(await reach(), true);
  await cloud.network.ports.update(port.id, { security_groups: [] });
  assert.equal(await reach(), false);
  await cloud.network.ports.update(port.id, { security_groups: port.security_groups });
  assert.equal(await reach(), true);
});

test("[row 2] a pod on the host's network runs without port and without KuryrPort", async () => {
  await apply(demoPod(namespace, "host-network", "node1", { hostNetwork: true }));
  await readyPods(namespace, total + 1);
  const pod = await podApi.get({ namespace, name: "host-network" });
  assert.equal(pod.status?.podIP, nodeNamed("node1").podNetworkAddress);
  assert.equal(await kuryrPortApi.find({ namespace, name: "host-network" }), undefined);
  assert.equal((await podPorts()).filter((port) => port.device_id === pod.metadata.uid).length, 0);
  await kubectl(["-n", namespace, "delete", "pod", "host-network", "--now"]);
});

test("[row 3] deleted pods leave no port, no KuryrPort, no port of the switch, no veth", async () => {
  await kubectl(["-n", namespace, "delete", "pods", "--all", "--timeout=60s"]);
  await nothingLeft(namespace, 30_000);
  const ids = new Set((await podPorts()).map((port) => port.id));
  for (const node of nodes) {
    const interfaces = await kuryrInterfaces(node);
    assert.deepEqual(
      [...interfaces.keys()].filter((id) => !ids.has(id)),
      [],
      `ports left on ${node.name}`,
    );
    assert.equal((await hostLinks(node)).length, interfaces.size, `veths left on ${node.name}`);
  }
});
