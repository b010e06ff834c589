import type { Connection, KubernetesObject } from "@kuryr/kubernetes";

import { connectKubernetes } from "../api/kubernetes.ts";
import { serveHealth } from "../process/health.ts";
import { insist } from "../process/insist.ts";
import { runProcess } from "../process/run.ts";
import { connectCloud } from "./cloud.ts";
import { runController } from "./controller.ts";
import { portGateway } from "./ports/gateway.ts";
import { subnetDirectory } from "./ports/subnets.ts";
import { podNetworkSettings } from "./settings.ts";

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
  const kubernetes = connectKubernetes(config.kubernetes, "kuryr-controller");
  const cloud = connectCloud(config.neutron);
  let waitingFor = ["the Kubernetes API has not answered yet"];
  await serveHealth(config.health_server.port, { ready: () => waitingFor, alive: () => [] });
  const start = { clock: kubernetes.clock, log, signal };
  const cluster = await insist("reading the cluster's identity", () => clusterId(kubernetes, signal), start);
  const settings = podNetworkSettings(config, cluster);
  waitingFor = ["the caches are not filled yet"];
  await runController(
    {
      kubernetes,
      ports: portGateway(cloud, cluster),
      subnets: subnetDirectory(cloud),
      settings,
      log,
      onReady: () => {
        waitingFor = [];
      },
      workers: 16,
      resyncMs: 60_000,
      orphanGraceMs: 30_000,
    },
    signal,
  );
});
