import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { callCni, inSandbox, makeSandbox, removeSandbox, type Sandbox } from "../support/sandbox.ts";
import {
  apply,
  deleteNamespace,
  heldPod,
  kuryrPortApi,
  makeNamespace,
  nothingLeft,
  podApi,
  podPorts,
} from "../support/pods.ts";
import { bringBack, eventually, kubectl, nodeNamed, onNodeRun, kill, whilePaused } from "../support/stack.ts";

const namespace = "e2e-cni";
const node = nodeNamed("node1");
const sandboxes: Sandbox[] = [];

interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The host end of its pair, which is its port of br-int too. */
  readonly tap: string;
}

async function sandbox(): Promise<Sandbox> {
  const made = await makeSandbox(node);
  sandboxes.push(made);
  return made;
}

/** A pod that the API and the controller know and no kubelet starts, with its KuryrPort. */
async function podWithoutKubelet(name: string): Promise<PodRef> {
  await apply(heldPod(namespace, name, node.name));
  const { metadata } = await podApi.get({ namespace, name });
  let tap = "";
  await eventually(`the KuryrPort of ${name}`, async () => {
    const found = await kuryrPortApi.find({ namespace, name });
    tap = `tap${found?.spec.interfaces[0]?.portId.slice(0, 11)}`;
    return found === undefined ? "not there yet" : true;
  });
  return { namespace, name, uid: metadata.uid, tap };
}

async function forget(...names: string[]): Promise<void> {
  await kubectl(["-n", namespace, "delete", "pod", ...names, "--force", "--grace-period=0", "--ignore-not-found"]);
}

/** What the node has of a pod: its link, its port of br-int, both or nothing. Of this pod alone: others come and go. */
async function plugged({ tap }: PodRef): Promise<string[]> {
  const links = (await onNodeRun(node, ["ip", "-oneline", "link", "show", "type", "veth"])).stdout;
  const ports = (await onNodeRun(node, ["ovs-vsctl", "list-ports", "br-int"])).stdout.split("\n");
  return [...(links.includes(` ${tap}@`) ? ["link"] : []), ...(ports.includes(tap) ? ["port"] : [])];
}

before(() => makeNamespace(namespace));
after(async () => {
  for (const one of sandboxes) await removeSandbox(one);
  await deleteNamespace(namespace);
});

test("[row 126] [row 127] ADD plumbs the sandbox and tells it as the specification wants; DEL takes it all away", async () => {
  const pod = await podWithoutKubelet("round-trip");
  const one = await sandbox();
  const added = await callCni(one, "ADD", pod, { cniVersion: "1.1.0" });
  assert.equal(added.exitCode, 0, JSON.stringify(added.body));
  const result = added.body as {
    cniVersion: string;
    interfaces: { name: string; mac: string; mtu?: number; sandbox?: string }[];
    ips: { address: string; gateway: string; interface: number }[];
    routes: { dst: string; gw: string }[];
  };
  const [port] = (await podPorts()).filter((p) => p.device_id === pod.uid);
  assert.ok(port !== undefined);
  assert.equal(result.cniVersion, "1.1.0");
  const [host, inside] = result.interfaces;
  assert.equal(host?.name, `tap${port.id.slice(0, 11)}`);
  assert.equal(host.sandbox, undefined);
  assert.deepEqual(inside, { name: "eth0", mac: port.mac_address, mtu: 1442, sandbox: one.netns });
  assert.deepEqual(result.ips, [
    { interface: 1, address: `${port.fixed_ips[0]?.ip_address}/16`, gateway: "10.10.0.1" },
  ]);
  assert.deepEqual(result.routes, [{ dst: "0.0.0.0/0", gw: "10.10.0.1" }]);
  const seen = JSON.parse((await inSandbox(one, ["ip", "-json", "address", "show", "dev", "eth0"])).stdout) as {
    address: string;
    addr_info: { local: string }[];
  }[];
  assert.equal(seen[0]?.address, port.mac_address);
  assert.ok(seen[0].addr_info.some((info) => info.local === port.fixed_ips[0]?.ip_address));
  // The same sandbox again: the same answer, and still one interface.
  assert.deepEqual(await callCni(one, "ADD", pod, { cniVersion: "1.1.0" }), added);
  assert.equal((await callCni(one, "CHECK", pod, { cniVersion: "1.1.0" })).exitCode, 0);
  assert.deepEqual(await callCni(one, "DEL", pod), { exitCode: 0, body: undefined });
  assert.deepEqual(await plugged(pod), []);
  assert.equal((await inSandbox(one, ["ip", "link", "show", "dev", "eth0"], [0, 1])).stdout, "");
  assert.deepEqual(await callCni(one, "DEL", pod), { exitCode: 0, body: undefined }, "DEL repeated");
  await forget("round-trip");
  await nothingLeft(namespace);
});

test("[row 134] DEL for a sandbox nobody knows succeeds, and so does one with an empty or the node's own namespace", async () => {
  const bystander = await podWithoutKubelet("bystander");
  const one = await sandbox();
  assert.equal((await callCni(one, "ADD", bystander)).exitCode, 0);
  const unknown = { node, id: "a".repeat(64), netns: "/run/netns/never-was" };
  const pod = { namespace, name: "nobody", uid: "00000000-0000-0000-0000-000000000000" };
  assert.equal((await callCni(unknown, "DEL", pod)).exitCode, 0);
  assert.equal((await callCni(unknown, "DEL", pod, { netns: "" })).exitCode, 0);
  assert.equal((await callCni(unknown, "DEL", pod, { netns: "/proc/1/ns/net" })).exitCode, 0);
  assert.equal((await callCni(unknown, "DEL", undefined, { netns: "" })).exitCode, 0);
  // The original deleted a node's eth0 that way (D31).
  await onNodeRun(node, ["ip", "link", "show", "dev", "eth0"]);
  assert.deepEqual(await plugged(bystander), ["link", "port"]);
  assert.equal((await callCni(one, "DEL", bystander)).exitCode, 0);
  await forget("bystander");
  await nothingLeft(namespace);
});

test("DEL with an empty CNI_NETNS takes away what the sandbox has, and nothing of the node's", async () => {
  const pod = await podWithoutKubelet("empty-netns");
  const one = await sandbox();
  assert.equal((await callCni(one, "ADD", pod)).exitCode, 0);
  assert.deepEqual(await plugged(pod), ["link", "port"]);
  assert.equal((await callCni(one, "DEL", pod, { netns: "" })).exitCode, 0);
  assert.deepEqual(await plugged(pod), []);
  await onNodeRun(node, ["ip", "link", "show", "dev", "eth0"]);
  await forget("empty-netns");
  await nothingLeft(namespace);
});

test("ADD into the node's own namespace is refused, and so are calls that are not well-formed", async () => {
  const pod = { namespace, name: "nobody", uid: "00000000-0000-0000-0000-000000000000" };
  const own = await callCni({ node, id: "b".repeat(64), netns: "/proc/self/ns/net" }, "ADD", pod);
  const asCode = (answer: { body: Record<string, unknown> | undefined }): unknown => answer.body?.["code"];
  assert.equal(own.exitCode, 1);
  const one = await sandbox();
  assert.equal(asCode(await callCni(one, "ADD", pod, { input: "{not json" })), 6);
  assert.equal(asCode(await callCni(one, "ADD", pod, { input: "x".repeat(10_000_000) })), 6);
  assert.equal(asCode(await callCni(one, "ADD", pod, { cniVersion: "9.9.9" })), 1);
  assert.equal(asCode(await callCni(one, "ADD", undefined)), 4);
  assert.equal(asCode(await callCni(one, "NONSENSE", pod)), 4);
  assert.equal(asCode(await callCni({ ...one, netns: "/run/netns/never-was" }, "ADD", pod)), 3);
});

test("one frame each way passes straight after ADD on the same node, 30 of 30", async () => {
  // Each has a port of its own, as real pods have.
  const names = Array.from({ length: 30 }, (_, i) => `frames-${i}`);
  const [peerPod, ...pods] = await Promise.all([podWithoutKubelet("peer"), ...names.map(podWithoutKubelet)]);
  const peer = await sandbox();
  const peerResult = (await callCni(peer, "ADD", peerPod)).body as { ips: { address: string }[] };
  const address = peerResult.ips[0]?.address.split("/")[0] ?? "";
  const lost: string[] = [];
  for (const pod of pods) {
    const one = await sandbox();
    const answer = await callCni(one, "ADD", pod);
    assert.equal(answer.exitCode, 0, JSON.stringify(answer.body));
    await inSandbox(one, ["ping", "-q", "-c", "1", "-W", "5", address]).catch(() => lost.push(pod.name));
    assert.equal((await callCni(one, "DEL", pod)).exitCode, 0);
  }
  await callCni(peer, "DEL", peerPod);
  await forget("peer", ...names);
  await nothingLeft(namespace);
  assert.deepEqual(lost, []);
});

test("a daemon killed between ADD and DEL cleans up all the same", async () => {
  const pod = await podWithoutKubelet("killed");
  const one = await sandbox();
  assert.equal((await callCni(one, "ADD", pod)).exitCode, 0);
  await kill(`${node.name}/kuryr-daemon`);
  const unreachable = await callCni(one, "DEL", pod);
  assert.equal(unreachable.body?.["code"], 11, "without a daemon: try again later");
  await bringBack(`${node.name}/kuryr-daemon`);
  assert.equal((await callCni(one, "DEL", pod)).exitCode, 0);
  assert.deepEqual(await plugged(pod), []);
  await forget("killed");
  await nothingLeft(namespace);
});

test("[row 9] while OVN's sign is withheld ADD does not return; after vif_annotation_timeout it is error 11, and nothing is left", async () => {
  const pod = await podWithoutKubelet("withheld");
  const one = await sandbox();
  const start = performance.now();
  const answer = await whilePaused(`${node.name}/ovn-controller`, () => callCni(one, "ADD", pod));
  const seconds = (performance.now() - start) / 1000;
  assert.equal(answer.body?.["code"], 11, JSON.stringify(answer.body));
  assert.match(String(answer.body["msg"]), /KURYR_NOT_INSTALLED/);
  assert.ok(seconds >= 59.9 && seconds < 75, `after ${seconds.toFixed(1)} s`);
  assert.deepEqual(await plugged(pod), []);
  await forget("withheld");
  await nothingLeft(namespace);
});

test("attachments that were lost release nothing that is still plugged; the sandbox's DEL finds its port all the same", async () => {
  const pod = await podWithoutKubelet("lost");
  const one = await sandbox();
  assert.equal((await callCni(one, "ADD", pod)).exitCode, 0);
  await kill(`${node.name}/kuryr-daemon`);
  await onNodeRun(node, ["sh", "-c", "rm -r /run/kuryr/attachments"]);
  await bringBack(`${node.name}/kuryr-daemon`);
  await forget("lost");
  await eventually("the KuryrPort to be deleted, and held", async () => {
    const found = await kuryrPortApi.find({ namespace, name: "lost" });
    return found?.metadata.deletionTimestamp === undefined ? "not yet" : true;
  });
  assert.equal((await podPorts()).filter((port) => port.device_id === pod.uid).length, 1);
  assert.equal((await callCni(one, "DEL", pod)).exitCode, 0);
  assert.deepEqual(await plugged(pod), []);
  await nothingLeft(namespace);
});
