import assert from "node:assert/strict";
import { test } from "node:test";

import { startKubernetes } from "@kuryr/fakes";
import { connect } from "@kuryr/kubernetes";

import { kuryrPortCrd } from "../../api/crds.ts";
import { podDeviceOwner } from "../../api/keys.ts";
import { markOf } from "../../api/ownership.ts";
import { poolMarkOf } from "../../controller/pools/mark.ts";
import { startCloud } from "../../controller/testing/rig.ts";
import { assess, type ClusterSeen } from "./assess.ts";
import { observeCluster } from "./observe.ts";

/** What is seen of a cluster with a cloud, after `prepare` has filled both. */
async function observed(
  prepare: (
    kubernetes: Awaited<ReturnType<typeof startKubernetes>>,
    makePort: (description: string, deviceId: string) => Promise<string>,
    cluster: string,
  ) => Promise<void>,
): Promise<ClusterSeen> {
  const server = await startKubernetes();
  const stack = await startCloud();
  const kubernetes = connect({ server: server.url, token: server.token });
  const cloud = stack.connect();
  try {
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    await kubernetes.request({ method: "POST", path, body: kuryrPortCrd });
    const [subnet] = await cloud.network.subnets.list({ id: stack.subnet });
    const makePort = async (description: string, deviceId: string): Promise<string> => {
      const port = { network_id: subnet?.network_id ?? "", device_owner: podDeviceOwner, device_id: deviceId };
      return (await cloud.network.ports.create({ ...port, description })).id;
    };
    const system = server.controls.object("namespaces", undefined, "kube-system");
    await prepare(server, makePort, (system as { metadata: { uid: string } }).metadata.uid);
    const openstack = { cloud, from: stack.fake.authUrl };
    const connections = { kubernetes, openstack, config: undefined, close: () => undefined };
    return await observeCluster(connections, new AbortController().signal);
  } finally {
    cloud.close();
    kubernetes.close();
    await stack.fake.stop();
    await server.stop();
  }
}

test("ports that wait in a pool, and those of another cluster, are no ports without a KuryrPort", async () => {
  let own = "";
  const seen = await observed(async (_, makePort, cluster) => {
    own = await makePort(markOf({ cluster, kind: "pod", namespace: "default", name: "p" }), "uid-p");
    await makePort(poolMarkOf(cluster, "node1", { digest: "0a", releasedAt: undefined }), "");
    await makePort(markOf({ cluster: "another", kind: "pod", namespace: "default", name: "q" }), "uid-q");
  });
  assert.deepEqual(seen.ports, { looked: true, ports: [{ id: own, status: "DOWN", podUid: "uid-p" }] });
  const orphans = assess(seen).problems.filter(({ what }) => what.includes("without a KuryrPort"));
  assert.deepEqual(
    orphans.map(({ what }) => what),
    [`1 ports in Neutron without a KuryrPort: ${own}`],
  );
});

test("of pods without a sandbox those whose kubelet said last that a volume is missing wait for that", async () => {
  const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
  const pod = (name: string): object => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "default", name, uid: `uid-${name}` },
    spec: { nodeName: "node1", containers: [{ name: "c", image: "i" }] },
    status: {
      phase: "Pending",
      conditions: [{ type: "PodScheduled", status: "True", lastTransitionTime: ago(10) }],
    },
  });
  const event = (name: string, reason: string, minutes: number): object => ({
    apiVersion: "v1",
    kind: "Event",
    metadata: { namespace: "default", name: `${name}.${reason}` },
    involvedObject: { kind: "Pod", namespace: "default", name, uid: `uid-${name}` },
    type: "Warning",
    reason,
    lastTimestamp: ago(minutes),
  });
  const seen = await observed(async ({ controls }) => {
    controls.load([
      ...["silent", "volume", "attached", "mounted"].map(pod),
      event("volume", "FailedCreatePodSandBox", 5),
      event("volume", "FailedMount", 1),
      event("attached", "FailedAttachVolume", 1),
      event("mounted", "FailedMount", 5),
      event("mounted", "FailedCreatePodSandBox", 1),
    ] as Parameters<typeof controls.load>[0]);
  });
  assert.deepEqual(
    seen.waiting.filter(({ forVolumes }) => forVolumes).map(({ key }) => key),
    ["default/attached", "default/volume"],
  );
  assert.equal(seen.waiting.length, 4);
});
