import { NotFoundError, type CallOptions, type KubernetesObject } from "@kuryr/kubernetes";
import type { Cloud } from "@kuryr/openstack";

import { KuryrError, messageOf } from "../../api/errors.ts";
import { kuryrPorts, type KuryrPort } from "../../api/kuryr-port.ts";
import type { Connections } from "../connect.ts";
import { conditionOf, eventKind, podKind, type Event, type Pod } from "../kinds.ts";
import { eventTime, type CloudSeen, type Observed, type PortSeen, type ProcessSeen } from "./observed.ts";

const portFields = [
  "id",
  "status",
  "device_id",
  "description",
  "binding:host_id",
  "binding:vif_type",
  "fixed_ips",
  "created_at",
] as const;

/** A pod of Kuryr's as a process: ready, or the reason that Kubernetes gives. */
export function processOf(pod: Pod): ProcessSeen {
  const ready = conditionOf(pod, "Ready");
  if (ready?.status === "True") return { pod: pod.metadata.name, ready: true };
  const waiting = pod.status?.containerStatuses?.map(({ state }) => state?.waiting?.reason).find(Boolean);
  const reason = waiting ?? ready?.message ?? conditionOf(pod, "PodScheduled")?.message ?? pod.status?.phase;
  return { pod: pod.metadata.name, ready: false, ...(reason === undefined ? {} : { reason }) };
}

async function orNothing<T extends KubernetesObject>(get: Promise<T>): Promise<T | undefined> {
  try {
    return await get;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function cloudSeen(cloud: Cloud, uid: string, ids: readonly string[], options: CallOptions): Promise<CloudSeen> {
  try {
    const call = options.signal === undefined ? {} : { signal: options.signal };
    const list = (filters: { device_id: string } | { id: readonly string[] }): Promise<PortSeen[]> =>
      cloud.network.ports.list(filters, { ...call, fields: portFields });
    const [own, named] = await Promise.all([list({ device_id: uid }), ids.length === 0 ? [] : list({ id: ids })]);
    const ports = [...new Map([...own, ...named].map((port) => [port.id, port])).values()];
    if (ports.length > 0) return { looked: true, ports };
    const { projectId } = await cloud.scope(call);
    if (projectId === undefined) return { looked: true, ports };
    const { port } = await cloud.network.quotas.details(projectId, call);
    return port === undefined
      ? { looked: true, ports }
      : { looked: true, ports, quota: { used: port.used, limit: port.limit } };
  } catch (error) {
    return { looked: false, why: `OpenStack could not be asked: ${messageOf(error)}` };
  }
}

/** Looks at everything that a pod's network depends on. @throws KuryrError when there is no such pod */
export async function observePod(
  { kubernetes, openstack, config }: Connections,
  namespace: string,
  name: string,
  options: CallOptions,
): Promise<Observed> {
  const pods = kubernetes.resource<Pod>(podKind);
  const pod = await orNothing(pods.get({ namespace, name }, options));
  if (pod === undefined)
    throw new KuryrError("KURYR_NO_POD", `there is no pod ${namespace}/${name}`, `kubectl -n ${namespace} get pods`);
  const processes = (label: string, fieldSelector?: string): Promise<readonly Pod[]> =>
    pods
      .list({
        namespace: "kube-system",
        labelSelector: `name=${label}`,
        ...(fieldSelector === undefined ? {} : { fieldSelector }),
        ...options,
      })
      .then((page) => page.items);
  const node = pod.spec.nodeName;
  const [kuryrPort, events, controllers, daemons] = await Promise.all([
    orNothing(kubernetes.resource<KuryrPort>(kuryrPorts).get({ namespace, name }, options)),
    kubernetes
      .resource<Event>(eventKind)
      .list({ namespace, fieldSelector: `involvedObject.uid=${pod.metadata.uid}`, ...options }),
    processes("kuryr-controller"),
    node === undefined ? [] : processes("kuryr-cni", `spec.nodeName=${node}`),
  ]);
  const ids = kuryrPort?.spec.interfaces.map(({ portId }) => portId) ?? [];
  const cloud: CloudSeen =
    openstack.cloud === undefined
      ? { looked: false, why: openstack.why }
      : await cloudSeen(openstack.cloud, pod.metadata.uid, ids, options);
  return {
    now: Date.now(),
    pod,
    kuryrPort,
    events: events.items.toSorted((one, other) => eventTime(one).localeCompare(eventTime(other))),
    controllers: controllers.map(processOf),
    daemons: daemons.map(processOf),
    cloud,
    ...(config === undefined ? {} : { ignoredRuntimeClasses: config.kubernetes.ignored_runtime_classes }),
  };
}
