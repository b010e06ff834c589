import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { run } from "../../dev/src/machine/exec.ts";
import { placeOf } from "../../dev/src/machine/namespaces.ts";
import { nodePlan, type NodePlan } from "../../dev/src/network-plan.ts";
import { defaultOptions, recordedOptions } from "../../dev/src/options.ts";
import { apply, demoImage, demoPod, getPod, isReady, kubectl } from "../../dev/src/testing/cluster.ts";
import { becomes, httpGet, udpAsk } from "../../dev/src/testing/probes.ts";

const namespace = "kuryr-test-pods";
const nodes = [nodePlan(1), nodePlan(2)];
let image = "";
const attachedBefore: string[][] = [];

/** Interfaces of pods on a node's bridge. */
async function attached(node: NodePlan): Promise<string[]> {
  const { stdout } = await run(["ip", "-o", "link", "show"], { place: placeOf(node) });
  return stdout
    .split("\n")
    .filter((line) => line.includes(" master cni0 "))
    .map((line) => line.split(/[:@]\s*/)[1] ?? line);
}

before(async () => {
  image = await demoImage();
  for (const node of nodes) attachedBefore.push(await attached(node));
  await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  // Without it the admission of pods refuses them.
  await becomes("the namespace's service account", async () => {
    return (await kubectl(["-n", namespace, "get", "serviceaccount", "default", "-o", "name"])) !== "";
  });
});

after(async () => {
  await kubectl(["delete", "namespace", namespace, "--ignore-not-found", "--wait=true", "--timeout=90s"], "", 100_000);
});

test("both nodes run the versions that were asked for", async () => {
  const { kubernetes, containerd } = recordedOptions() ?? defaultOptions;
  const versions =
    "jsonpath={range .items[*]}{.status.nodeInfo.kubeletVersion} {.status.nodeInfo.containerRuntimeVersion}{'\\n'}{end}";
  const lines = (await kubectl(["get", "nodes", "-o", versions])).trim().split("\n");
  assert.equal(lines.length, nodes.length);
  for (const line of lines) {
    assert.ok(line.startsWith(`v${kubernetes} containerd://`), line);
    assert.match(line, containerd === "2" ? /:\/\/v?2\./ : /:\/\/v?1\.6\./);
  }
});

test("pods on the bridge network reach Running on both nodes", async (t) => {
  const start = performance.now();
  await apply(...nodes.map((node) => demoPod({ namespace, name: `on-${node.name}`, image, node: node.name })));
  for (const node of nodes) {
    await becomes(
      `the pod on ${node.name} to be Ready`,
      async () => isReady(await getPod(namespace, `on-${node.name}`)),
      60,
    );
    const pod = await getPod(namespace, `on-${node.name}`);
    assert.equal(pod.status.phase, "Running");
    assert.equal(pod.spec.nodeName, node.name);
  }
  t.diagnostic(`both Ready after ${((performance.now() - start) / 1000).toFixed(1)} s`);
});

test("[row 186] the demo image answers with its hostname and HELLO on TCP 8080 and UDP 9090", async () => {
  for (const node of nodes) {
    const name = `on-${node.name}`;
    const { podIP } = (await getPod(namespace, name)).status;
    assert.ok(podIP !== undefined);
    assert.equal(await httpGet(placeOf(node), `http://${podIP}:8080/`), `${name}: HELLO! I AM ALIVE!!!\n`);
    assert.equal(await udpAsk(placeOf(node), podIP, 9090), `${name}: HELLO! I AM ALIVE!!!\n`);
  }
});

test("exec runs in the pod and hands back output and exit code", async () => {
  for (const node of nodes) {
    const exec = ["-n", namespace, "exec", `on-${node.name}`, "--"];
    assert.equal((await kubectl([...exec, "hostname"])).trim(), `on-${node.name}`);
    await assert.rejects(kubectl([...exec, "sh", "-c", "exit 7"]), /exit code 7/);
  }
});

test("logs show what the pod printed", async () => {
  const script = "echo first line; echo second line >&2; sleep 3600";
  await apply(demoPod({ namespace, name: "talks", image, node: "node2", script }));
  await becomes(
    "the log to have both lines",
    async () => {
      const log = await kubectl(["-n", namespace, "logs", "talks"]);
      return log.includes("first line") && log.includes("second line");
    },
    60,
  );
});

test("a readiness probe keeps a pod unready until it answers", async () => {
  const container = { readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 } };
  const script = "until [ -e /tmp/go ]; do sleep 0.1; done; exec demo-server";
  await apply(demoPod({ namespace, name: "waits", image, node: "node1", script, container }));
  await becomes("the pod to run", async () => (await getPod(namespace, "waits")).status.phase === "Running", 60);
  assert.equal(isReady(await getPod(namespace, "waits")), false);
  await kubectl(["-n", namespace, "exec", "waits", "--", "touch", "/tmp/go"]);
  await becomes("the pod to be Ready", async () => isReady(await getPod(namespace, "waits")), 30);
});

test("a failing liveness probe restarts the container", async () => {
  const container = {
    livenessProbe: { exec: { command: ["test", "-e", "/tmp/alive"] }, periodSeconds: 1, failureThreshold: 1 },
  };
  const script = "touch /tmp/alive; exec demo-server";
  await apply(demoPod({ namespace, name: "dies", image, node: "node2", script, container }));
  await becomes("the pod to be Ready", async () => isReady(await getPod(namespace, "dies")), 60);
  await kubectl(["-n", namespace, "exec", "dies", "--", "rm", "/tmp/alive"]);
  await becomes(
    "the container to be restarted",
    async () => {
      return ((await getPod(namespace, "dies")).status.containerStatuses?.[0]?.restartCount ?? 0) > 0;
    },
    60,
  );
});

test("a memory limit is enforced: what grows beyond it is OOMKilled", async () => {
  const container = { resources: { limits: { memory: "32Mi" } } };
  const script = "tail /dev/zero";
  await apply(demoPod({ namespace, name: "grows", image, node: "node1", script, container, restartPolicy: "Never" }));
  await becomes("the pod to fail", async () => (await getPod(namespace, "grows")).status.phase === "Failed", 60);
  const terminated = (await getPod(namespace, "grows")).status.containerStatuses?.[0]?.state?.terminated;
  assert.equal(terminated?.reason, "OOMKilled");
});

test("deleted pods go, and the nodes keep none of their interfaces", async () => {
  await kubectl(["-n", namespace, "delete", "pod", "--all", "--wait=true", "--timeout=60s"], "", 70_000);
  assert.equal(await kubectl(["-n", namespace, "get", "pods", "-o", "name"]), "");
  for (const [i, node] of nodes.entries()) {
    const known = attachedBefore[i] ?? [];
    assert.deepEqual(
      (await attached(node)).filter((name) => !known.includes(name)),
      [],
    );
  }
});
