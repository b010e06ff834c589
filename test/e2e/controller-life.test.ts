import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";

import { run } from "../../dev/src/machine/exec.ts";
import { onNode } from "../../dev/src/machine/namespaces.ts";
import { whileControllerDown } from "../support/kuryr.ts";
import {
  apply,
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
import { eventually, kubectl, nodeNamed } from "../support/stack.ts";

const namespace = "e2e-controller-life";

before(() => makeNamespace(namespace));
after(() => deleteNamespace(namespace));
/** A test that fails must not take the next one with it. */
afterEach(async (context) => {
  if (context.passed) return;
  await kubectl(["-n", namespace, "delete", "statefulsets,jobs,pods", "--all", "--timeout=60s"]);
  await nothingLeft(namespace, 60_000);
});

/** Waits until Neutron and Kubernetes have nothing of one pod, which itself may stay. */
function released(name: string, timeoutMs = 30_000): Promise<void> {
  return eventually(
    `the port of ${name} to be released`,
    async () => {
      const kuryrPort = await kuryrPortApi.find({ namespace, name });
      const ports = (await podPorts()).filter((port) => port.description?.endsWith(`:pod/${namespace}/${name}`));
      return kuryrPort === undefined && ports.length === 0
        ? true
        : `KuryrPort ${kuryrPort === undefined ? "gone" : "there"}, ${ports.length} ports`;
    },
    timeoutMs,
  );
}

/** Asserts that a pod's address, KuryrPort and port are all of this very pod. */
async function assertOwn(pod: TestPod): Promise<void> {
  const { name, uid } = pod.metadata;
  const mine = (await podPorts()).filter((port) => port.device_id === uid);
  assert.equal(mine.length, 1, `${name} has ${mine.length} ports`);
  assert.equal(mine[0]?.fixed_ips[0]?.ip_address, pod.status?.podIP);
  assert.equal((await kuryrPortApi.get({ namespace, name })).spec.podUid, uid);
}

test("[row 4] the port of a pod that has completed is released, though the pod stays", async () => {
  const ends = { command: ["sh", "-c", "sleep 2"], image: "kuryr/demo:1", imagePullPolicy: "Never", name: "work" };
  await apply({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "ends", namespace },
    spec: { template: { spec: { restartPolicy: "Never", containers: [ends] } } },
  });
  await eventually("the job's pod to succeed", async () => {
    const phases = (await podApi.list({ namespace })).items.map((pod) => pod.status?.phase);
    return phases.length === 1 && phases[0] === "Succeeded" ? true : phases.join(" ");
  });
  const [pod] = (await podApi.list({ namespace })).items;
  await released(pod?.metadata.name ?? "");
  assert.notEqual(await podApi.find({ namespace, name: pod?.metadata.name ?? "" }), undefined);
  await kubectl(["-n", namespace, "delete", "job", "ends", "--cascade=foreground", "--timeout=30s"]);
});

test("[row 5] [row 157] a pod deleted while the controller is down goes, and its port once the controller is back", async () => {
  await apply(demoPod(namespace, "down", "node1"));
  const [pod] = await readyPods(namespace, 1);
  assert.ok(pod !== undefined);
  await whileControllerDown(async () => {
    await kubectl(["-n", namespace, "delete", "pod", "down", "--timeout=30s"]);
    assert.equal(await podApi.find({ namespace, name: "down" }), undefined, "no finalizer of Kuryr's holds the pod");
    assert.equal((await podPorts()).filter((port) => port.device_id === pod.metadata.uid).length, 1);
  });
  await nothingLeft(namespace);
});

test("[row 11] a pod deleted by force leaves no port after a minute", async () => {
  await apply(demoPod(namespace, "forced", "node2"));
  await readyPods(namespace, 1);
  await kubectl(["-n", namespace, "delete", "pod", "forced", "--force", "--grace-period=0"]);
  await nothingLeft(namespace, 60_000);
});

test("[row 7] 20 forced deletions of a StatefulSet's pod: its successor always has a port of its own and is never stuck", async () => {
  const { spec } = demoPod(namespace, "again", undefined) as { spec: object };
  const labels = { app: "again" };
  await apply({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "again", namespace },
    spec: {
      replicas: 1,
      serviceName: "again",
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec },
    },
  });
  let [pod] = await readyPods(namespace, 1);
  for (let cycle = 1; cycle <= 20; cycle += 1) {
    assert.ok(pod !== undefined);
    const { uid } = pod.metadata;
    await kubectl(["-n", namespace, "delete", "pod", "again-0", "--force", "--grace-period=0"]);
    await eventually(`the successor of cycle ${cycle}`, async () => {
      const found = await podApi.find({ namespace, name: "again-0" });
      return found !== undefined && found.metadata.uid !== uid ? true : "not there yet";
    });
    [pod] = await readyPods(namespace, 1, 60_000);
    assert.ok(pod !== undefined && pod.metadata.uid !== uid);
    await assertOwn(pod);
    const { stdout } = await run(["curl", "-s", "--max-time", "20", `http://${pod.status?.podIP ?? ""}:8080/`]);
    assert.equal(stdout, "again-0: HELLO! I AM ALIVE!!!\n");
  }
  await kubectl(["-n", namespace, "delete", "statefulset", "again", "--timeout=60s"]);
  await kubectl(["-n", namespace, "delete", "pods", "--all", "--timeout=60s"]);
  await nothingLeft(namespace);
});

test("[row 8] a static pod gets its network, and its port goes with its manifest", async () => {
  const node = nodeNamed("node1");
  const manifest = onNode(node, join("/etc/kubernetes/manifests", `${namespace}.json`));
  writeFileSync(manifest, JSON.stringify(demoPod(namespace, "static", undefined)));
  try {
    const [pod] = await readyPods(namespace, 1);
    assert.ok(pod !== undefined);
    assert.notEqual(pod.metadata.annotations?.["kubernetes.io/config.hash"], undefined, "it is a mirror pod");
    await assertOwn(pod);
    const { stdout } = await run(["curl", "-s", "--max-time", "20", `http://${pod.status?.podIP ?? ""}:8080/`]);
    assert.equal(stdout, `${pod.metadata.name}: HELLO! I AM ALIVE!!!\n`);
  } finally {
    rmSync(manifest);
  }
  await nothingLeft(namespace, 60_000);
});

test("[row 10] a KuryrPort deleted by hand stays while its pod lives: traffic goes on, an Event warns", async () => {
  await apply({
    apiVersion: "v1",
    kind: "List",
    items: [demoPod(namespace, "kept", "node1"), demoPod(namespace, "peer", "node2")],
  });
  const pods = await readyPods(namespace, 2);
  const [kept, peer] = [pods.find((p) => p.metadata.name === "kept"), pods.find((p) => p.metadata.name === "peer")];
  assert.ok(kept !== undefined && peer !== undefined);
  await kubectl(["-n", namespace, "delete", "kp", "kept", "--wait=false"]);
  await eventually("a warning Event of the kept pod", async () => {
    const events = await kubectl([
      "-n",
      namespace,
      "get",
      "events",
      "--field-selector=involvedObject.name=kept,type=Warning",
      "-o",
      "jsonpath={.items[*].reason}",
    ]);
    return events.includes("KuryrPortKept") ? true : events;
  });
  await execIn(peer, ["curl", "-sf", "--max-time", "20", `http://${kept.status?.podIP ?? ""}:8080/`]);
  await execIn(kept, ["curl", "-sf", "--max-time", "20", `http://${peer.status?.podIP ?? ""}:8080/`]);
  await assertOwn(kept);
  await kubectl(["-n", namespace, "delete", "pods", "kept", "peer", "--timeout=60s"]);
  await nothingLeft(namespace);
});
