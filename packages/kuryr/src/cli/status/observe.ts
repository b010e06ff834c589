import { get } from "node:http";

import { formatFieldSelector, LEASES, type CallOptions, type Connection, type Lease } from "@kuryr/kubernetes";

import { messageOf } from "../../api/errors.ts";
import { podDeviceOwner } from "../../api/keys.ts";
import { kuryrPorts, type KuryrPort } from "../../api/kuryr-port.ts";
import { controllerLease, podOfHolder } from "../../api/lease.ts";
import { parseMark } from "../../api/ownership.ts";
import type { Connections, OpenStack } from "../connect.ts";
import { conditionOf, eventKind, namespaceKind, nodeKind, podKind, type Event, type Node, type Pod } from "../kinds.ts";
import { processOf } from "../why/observe.ts";
import { eventTime, isAboutVolumes, sandboxReasons } from "../why/observed.ts";
import {
  slowPodMs,
  type ClusterSeen,
  type KuryrPortSeen,
  type LeaseSeen,
  type NodeProcess,
  type PortsSeen,
  type Probe,
  type WaitingPod,
} from "./assess.ts";

const systemNamespace = "kube-system";
/** Ports of the processes' probes, unless kuryr.conf says others. */
const probePorts = { controller: 8082, daemon: 8090 } as const;
const probeTimeoutMs = 2000;
/** So many processes are asked; where there are more, Kubernetes' own probes have to do. */
const mostProbes = 64;

/** Asks a process what it thinks of itself. Never throws: a process that cannot be reached says nothing. */
export function probe(host: string, port: number, signal: AbortSignal): Promise<Probe> {
  return new Promise((resolve) => {
    const request = get({ host, port, path: "/ready", agent: false, timeout: probeTimeoutMs, signal }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body = (body + text).slice(0, 16_384);
      });
      response.on("end", () => {
        const lines = body.split("\n").filter((line) => !/^(ok|role: .*|)$/.test(line));
        resolve({ reached: true, lines });
      });
      response.on("error", () => resolve({ reached: false }));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve({ reached: false }));
  });
}

async function processes(
  pods: readonly Pod[],
  port: number,
  asked: boolean,
  signal: AbortSignal,
): Promise<readonly NodeProcess[]> {
  return Promise.all(
    pods.map(async (pod): Promise<NodeProcess> => {
      const address = pod.status?.podIP;
      return {
        ...processOf(pod),
        node: pod.spec.nodeName ?? "no node",
        restarts: (pod.status?.containerStatuses ?? []).reduce((sum, one) => sum + one.restartCount, 0),
        probe: asked && address !== undefined ? await probe(address, port, signal) : { reached: false },
      };
    }),
  );
}

async function leaseSeen(kubernetes: Connection, options: CallOptions): Promise<LeaseSeen | undefined> {
  const { spec } = (await kubernetes.resource<Lease>(LEASES).find(controllerLease, options)) ?? {};
  if (spec === undefined) return undefined;
  const { holderIdentity = "", renewTime = "" } = spec;
  return {
    ...(holderIdentity === "" ? {} : { pod: podOfHolder(holderIdentity) }),
    silentMs: Date.now() - Date.parse(renewTime),
  };
}

async function portsSeen(openstack: OpenStack, cluster: string, signal: AbortSignal): Promise<PortsSeen> {
  if (openstack.cloud === undefined) return { looked: false, why: openstack.why };
  try {
    const ports = await openstack.cloud.network.ports.list(
      { device_owner: podDeviceOwner },
      { fields: ["id", "status", "device_id", "description"], signal },
    );
    return {
      looked: true,
      ports: ports
        .filter(({ description }) => {
          const owner = parseMark(description);
          return owner?.cluster === cluster && owner.kind === "pod";
        })
        .map((port) => ({ id: port.id, status: port.status, podUid: port.device_id })),
    };
  } catch (error) {
    return { looked: false, why: `could not be asked: ${messageOf(error)}` };
  }
}

function kuryrPortSeen(now: number): (port: KuryrPort) => KuryrPortSeen {
  return (port) => ({
    key: `${port.metadata.namespace}/${port.metadata.name}`,
    node: port.spec.podNodeName,
    podUid: port.spec.podUid,
    attached: port.status?.attachment !== undefined && port.status.released === undefined,
    released: port.status?.released !== undefined,
    ageMs: now - Date.parse(port.metadata.creationTimestamp ?? ""),
    ...(port.metadata.deletionTimestamp === undefined
      ? {}
      : { deletingMs: now - Date.parse(port.metadata.deletionTimestamp) }),
  });
}

/** UIDs of the pods whose kubelet said last that volumes are missing. */
async function waitingForVolumes(kubernetes: Connection, options: CallOptions): Promise<ReadonlySet<string>> {
  const events = kubernetes.resource<Event>(eventKind);
  const lists = await Promise.all(
    [...sandboxReasons.volumes, ...sandboxReasons.network].map((reason) => {
      const fieldSelector = formatFieldSelector([{ path: "reason", operator: "=", value: reason }]);
      return events.list({ fieldSelector, ...options });
    }),
  );
  const last = new Map<string, Event>();
  const all = lists.flatMap(({ items }) => items);
  for (const event of all.toSorted((one, other) => eventTime(one).localeCompare(eventTime(other))))
    last.set(event.involvedObject?.uid ?? "", event);
  return new Set([...last].filter(([, event]) => isAboutVolumes(event)).map(([uid]) => uid));
}

/** Pods that are scheduled and have no sandbox with an address. */
async function waitingPods(
  kubernetes: Connection,
  pods: readonly Pod[],
  ignoredClasses: readonly string[],
  options: CallOptions,
): Promise<WaitingPod[]> {
  const now = Date.now();
  const waiting = pods
    .filter(({ spec }) => spec.runtimeClassName === undefined || !ignoredClasses.includes(spec.runtimeClassName))
    .filter((pod) => pod.spec.nodeName !== undefined && pod.spec.hostNetwork !== true)
    .filter((pod) => pod.status?.podIP === undefined && pod.metadata.deletionTimestamp === undefined)
    .map((pod) => ({
      pod,
      waitingMs: now - Date.parse(conditionOf(pod, "PodScheduled")?.lastTransitionTime ?? ""),
    }));
  const slow = waiting.some(({ waitingMs }) => waitingMs > slowPodMs);
  const forVolumes = slow ? await waitingForVolumes(kubernetes, options) : new Set();
  return waiting.map(({ pod, waitingMs }) => ({
    key: `${pod.metadata.namespace}/${pod.metadata.name}`,
    node: pod.spec.nodeName ?? "",
    waitingMs,
    forVolumes: forVolumes.has(pod.metadata.uid),
  }));
}

/** Looks at the nodes, Kuryr's processes, and the ports on both sides. */
export async function observeCluster(
  { kubernetes, openstack, config }: Connections,
  signal: AbortSignal,
): Promise<ClusterSeen> {
  const options = { signal };
  const pods = kubernetes.resource<Pod>(podKind);
  const labelled = (name: string): Promise<readonly Pod[]> =>
    pods.list({ namespace: systemNamespace, labelSelector: `name=${name}`, ...options }).then((page) => page.items);
  const [nodes, controllers, daemons, kp, pending, lease, system] = await Promise.all([
    kubernetes.resource<Node>(nodeKind).list(options),
    labelled("kuryr-controller"),
    labelled("kuryr-cni"),
    kubernetes.resource<KuryrPort>(kuryrPorts).list(options),
    pods.list({ fieldSelector: "status.phase=Pending", ...options }),
    leaseSeen(kubernetes, options),
    kubernetes.resource(namespaceKind).get({ name: systemNamespace }, options),
  ]);
  const now = Date.now();
  const asked = controllers.length + daemons.length <= mostProbes;
  const ignoredClasses = config?.kubernetes.ignored_runtime_classes ?? [];
  const [controllerProcesses, daemonProcesses, ports, waiting] = await Promise.all([
    processes(controllers, config?.health_server.port ?? probePorts.controller, asked, signal),
    processes(daemons, config?.cni_health_server.port ?? probePorts.daemon, asked, signal),
    portsSeen(openstack, system.metadata.uid, signal),
    waitingPods(kubernetes, pending.items, ignoredClasses, options),
  ]);
  return {
    nodes: nodes.items.map((node) => ({
      name: node.metadata.name,
      ready: conditionOf(node, "Ready")?.status === "True",
    })),
    controllers: controllerProcesses,
    daemons: daemonProcesses,
    ...(lease === undefined ? {} : { lease }),
    kuryrPorts: kp.items.map(kuryrPortSeen(now)),
    waiting,
    ports,
  };
}
