import type { RequestReport as KubernetesRequest, WorkQueueHooks, WorkQueueStats } from "@kuryr/kubernetes";
import type { Cloud, RequestReport as OpenStackRequest } from "@kuryr/openstack";

import { fastBuckets, type Metrics } from "../metrics/registry.ts";

/** Whole pods take longer than calls. */
const podBuckets = [0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 20, 30, 60, 120, 300] as const;

const outcomeOf = (status: number | undefined): string => {
  if (status === undefined) return "no_answer";
  return status < 400 ? "ok" : String(status);
};

/**
 * Requests to both APIs, for the hooks of their connections.
 *
 * @param load how many requests a service is taken to bear, and how many wait for that
 */
export function requestMetrics(
  metrics: Metrics,
  load: Cloud["load"],
): {
  readonly onKubernetes: (report: KubernetesRequest) => void;
  readonly onOpenStack: (report: OpenStackRequest) => void;
} {
  const openstack = {
    total: metrics.counter("kuryr_openstack_requests_total", "HTTP exchanges with OpenStack.", [
      "service",
      "operation",
      "outcome",
    ]),
    seconds: metrics.histogram(
      "kuryr_openstack_request_duration_seconds",
      "Time to the end of OpenStack's answer.",
      ["service", "operation"],
      fastBuckets,
    ),
    concurrency: metrics.gauge(
      "kuryr_openstack_concurrency",
      "Requests that a service is taken to bear at once, by how fast it answers; at its last answer.",
      ["service"],
    ),
    waiting: metrics.gauge("kuryr_openstack_waiting", "Requests held back for that; at the service's last answer.", [
      "service",
    ]),
  };
  const kubernetes = {
    total: metrics.counter("kuryr_kubernetes_requests_total", "HTTP exchanges with the Kubernetes API.", [
      "verb",
      "resource",
      "outcome",
    ]),
    seconds: metrics.histogram(
      "kuryr_kubernetes_request_duration_seconds",
      "Time to the end of the Kubernetes API's answer; of a watch to its beginning.",
      ["verb", "resource"],
      fastBuckets,
    ),
  };
  return {
    onKubernetes: ({ verb, resource = "", status, durationMs }) => {
      kubernetes.total.inc({ verb, resource, outcome: outcomeOf(status) });
      kubernetes.seconds.observe({ verb, resource }, durationMs / 1000);
    },
    onOpenStack: ({ service, operation, status, ms }) => {
      openstack.total.inc({ service, operation, outcome: outcomeOf(status) });
      openstack.seconds.observe({ service, operation }, ms / 1000);
      const { limit, waiting } = load(service);
      openstack.concurrency.set({ service }, limit);
      openstack.waiting.set({ service }, waiting);
    },
  };
}

/** Makes the hooks of a work queue, by its name. */
export type QueueMetrics = (name: string, stats: () => WorkQueueStats) => WorkQueueHooks<string>;

/** Hooks of work queues, each by its name. */
export function queueMetrics(metrics: Metrics): QueueMetrics {
  const depth = metrics.gauge("kuryr_workqueue_depth", "Keys that wait, those after a failure included.", ["name"]);
  const adds = metrics.counter("kuryr_workqueue_adds_total", "Keys added.", ["name"]);
  const retries = metrics.counter("kuryr_workqueue_retries_total", "Keys put back after a failure.", ["name"]);
  const waited = metrics.histogram(
    "kuryr_workqueue_queue_duration_seconds",
    "Time from ready to taken.",
    ["name"],
    fastBuckets,
  );
  const worked = metrics.histogram(
    "kuryr_workqueue_work_duration_seconds",
    "Time that one key was worked on.",
    ["name"],
    fastBuckets,
  );
  return (name, stats) => {
    const look = (): void => {
      const { ready, delayed } = stats();
      depth.set({ name }, ready + delayed);
    };
    depth.set({ name }, 0);
    return {
      added: () => {
        adds.inc({ name });
        look();
      },
      taken: (_, waitedMs) => {
        waited.observe({ name }, waitedMs / 1000);
        look();
      },
      done: (_, tookMs) => {
        worked.observe({ name }, tookMs / 1000);
        look();
      },
      retried: () => retries.inc({ name }),
      closed: look,
    };
  };
}

/** What the pods' capability counts. */
export interface PodMetrics {
  /** Seconds from a pod's creation until its interfaces were attached. */
  attached(seconds: number): void;
  /** A reconcile failed; the reason is that of the Event. */
  failed(reason: string): void;
  /** Neutron could not make a port ready, and it was given up. */
  gaveUp(): void;
  ports(count: number): void;
}

/** Names are the original's where it had one (`kuryr_pod_creation_latency`; its counter `kuryr_port_readiness` is scraped as `..._total`). */
export function podMetrics(metrics: Metrics): PodMetrics {
  const latency = metrics.histogram(
    "kuryr_pod_creation_latency",
    "Seconds from a pod's creation until its interfaces were attached; pods gone within a second of that are not counted.",
    [],
    podBuckets,
  );
  const readiness = metrics.counter("kuryr_port_readiness_total", "Ports that Neutron could not make ready.", []);
  readiness.inc({}, 0);
  const failures = metrics.counter(
    "kuryr_reconcile_failures_total",
    "Objects that could not be brought to what is wanted, by what their Events say.",
    ["kind", "reason"],
  );
  const ports = metrics.gauge("kuryr_ports", "Neutron ports with the mark of this cluster.", []);
  return {
    attached: (seconds) => latency.observe({}, seconds),
    failed: (reason) => failures.inc({ kind: "Pod", reason }),
    gaveUp: () => readiness.inc({}),
    ports: (count) => ports.set({}, count),
  };
}
