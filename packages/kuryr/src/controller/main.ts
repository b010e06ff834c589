import type { Connection, KubernetesObject } from "@kuryr/kubernetes";

import { connectKubernetes } from "../api/kubernetes.ts";
import { processMetrics } from "../metrics/process.ts";
import { Metrics } from "../metrics/registry.ts";
import { serveMetrics } from "../metrics/serve.ts";
import { serveHealth } from "../process/health.ts";
import { insist } from "../process/insist.ts";
import { runProcess } from "../process/run.ts";
import { connectCloud } from "./cloud.ts";
import { createController } from "./controller.ts";
import { checkNames } from "./handlers.ts";
import { meteredFence } from "./leadership/fence.ts";
import { identityOf } from "./leadership/identity.ts";
import { alone, elected } from "./leadership/leadership.ts";
import { requestMetrics } from "./metrics.ts";

/** Between two looks of the process at itself. */
const sampleMs = 5000;

/** The cluster's identity in marks: the UID of kube-system, which lives as long as the cluster. */
async function clusterId(kubernetes: Connection, signal: AbortSignal): Promise<string> {
  const namespaces = kubernetes.resource<KubernetesObject>({
    group: "",
    version: "v1",
    plural: "namespaces",
    kind: "Namespace",
    namespaced: false,
  });
  const { metadata } = await namespaces.get({ name: "kube-system" }, { signal });
  return metadata.uid;
}

await runProcess("kuryr-controller", async ({ config, log, signal }) => {
  await checkNames(config);
  const metrics = new Metrics();
  const requests = requestMetrics(metrics, (service) => cloud.load(service));
  const fence = meteredFence(metrics);
  const kubernetes = connectKubernetes(config.kubernetes, "kuryr-controller", {
    onRequest: requests.onKubernetes,
    admitWrite: fence.onKubernetes,
  });
  const cloud = connectCloud(config.neutron, { onRequest: requests.onOpenStack, admitWrite: fence.onOpenStack });
  const identity = identityOf(process.env);
  const leads = config.kubernetes.leader_election ? elected : alone;
  const leadership = leads({ kubernetes, fence, identity, metrics, log });
  let waitingFor = ["the Kubernetes API has not answered yet"];
  let degraded = (): readonly string[] => [];
  await serveHealth(config.health_server.port, {
    ready: () => (waitingFor.length === 0 ? [] : [...waitingFor, ...degraded()]),
    alive: () => [],
    degraded: () => degraded(),
    role: () => leadership.role(),
  });
  await serveMetrics(config.prometheus_exporter.controller_exporter_port, metrics);
  const ofProcess = processMetrics(metrics);
  ofProcess.sample();
  setInterval(() => ofProcess.sample(), sampleMs).unref();
  const start = { clock: kubernetes.clock, log, signal };
  const cluster = await insist("reading the cluster's identity", () => clusterId(kubernetes, signal), start);
  const controller = await createController({
    kubernetes,
    cloud,
    config,
    cluster,
    instance: identity.instance,
    leadership,
    metrics,
    log,
    onReady: () => {
      waitingFor = [];
    },
  });
  degraded = () => controller.checks.degraded();
  waitingFor = ["the pods, nodes, KuryrPorts and ports of the cluster have not all been read yet"];
  await controller.run(signal);
});
