import type { RequestReport } from "@kuryr/kubernetes";

import { processMetrics } from "../metrics/process.ts";
import { fastBuckets, type Metrics } from "../metrics/registry.ts";
import type { AddTimes } from "./verbs/add.ts";

/** What the daemon counts. */
export interface DaemonMetrics {
  /** A call of the runtime was answered. */
  served(command: string, failed: boolean, seconds: number): void;
  /** An ADD succeeded. */
  added(times: AddTimes): void;
  /** An exchange with the Kubernetes API ended. */
  asked(report: RequestReport): void;
  /** Takes the values that only have a present: those of the process, and what is on the node. */
  sample(node: { readonly attachments: number; readonly kuryrPorts: number }): void;
  close(): void;
}

const phases = ["wait", "netns", "ovsdb", "installed", "total"] as const satisfies readonly (keyof AddTimes)[];

/** Defines the daemon's metrics; the first one has the original's name. */
export function daemonMetrics(metrics: Metrics): DaemonMetrics {
  const requests = metrics.histogram(
    "kuryr_cni_request_duration_seconds",
    "How long the container runtime waited, by its command and whether it got an error.",
    ["command", "error"],
    fastBuckets,
  );
  const addPhases = metrics.histogram(
    "kuryr_cni_add_phase_seconds",
    "Parts of successful ADDs: wait (for the KuryrPort), netns and ovsdb (at once), installed (OVN's sign or Neutron's ACTIVE), total.",
    ["phase"],
    fastBuckets,
  );
  const kubernetes = metrics.histogram(
    "kuryr_kubernetes_request_duration_seconds",
    "Time to the end of the Kubernetes API's answer; of a watch to its beginning.",
    ["verb", "resource", "code"],
    fastBuckets,
  );
  const attachments = metrics.gauge("kuryr_cni_attachments", "Interfaces of sandboxes on this node.", []);
  const kuryrPorts = metrics.gauge("kuryr_cni_kuryrports", "KuryrPorts of this node.", []);
  const ofProcess = processMetrics(metrics);
  return {
    served: (command, failed, seconds) => requests.observe({ command, error: String(failed) }, seconds),
    added: (times) => {
      for (const phase of phases) addPhases.observe({ phase }, times[phase] / 1000);
    },
    asked: ({ verb, resource, status, durationMs }) =>
      kubernetes.observe({ verb, resource: resource ?? "", code: String(status ?? "none") }, durationMs / 1000),
    sample: (node) => {
      attachments.set({}, node.attachments);
      kuryrPorts.set({}, node.kuryrPorts);
      ofProcess.sample();
    },
    close: () => ofProcess.close(),
  };
}
