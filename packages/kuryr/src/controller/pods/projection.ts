import type { KubernetesObject } from "@kuryr/kubernetes";

import { bandwidthAnnotations, configSourceAnnotation, kuryrPortFinalizer } from "../../api/keys.ts";
import type { KuryrPort } from "../../api/kuryr-port.ts";
import type { KuryrPortView, PodView } from "./plan.ts";

/** The parts of a core/v1 Pod that are read here. */
export interface Pod extends KubernetesObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly hostNetwork?: boolean;
    readonly runtimeClassName?: string;
    readonly containers?: readonly { readonly ports?: readonly { readonly hostPort?: number }[] }[];
  };
  readonly status?: { readonly phase?: string };
}

/** The part of a core/v1 Node that is read here. */
export interface Node extends KubernetesObject {
  readonly spec?: { readonly unschedulable?: boolean };
}

/** Keeps of a pod what the plan needs: some 200 bytes of 7 kB. */
export function projectPod(ignoredRuntimeClasses: readonly string[]): (pod: Pod) => PodView {
  const ignored = new Set(ignoredRuntimeClasses);
  return (pod) => viewOf(pod, ignored);
}

function viewOf(pod: Pod, ignoredRuntimeClasses: ReadonlySet<string>): PodView {
  const annotations = new Map(Object.entries(pod.metadata.annotations ?? {}));
  const source = annotations.get(configSourceAnnotation);
  const ingress = annotations.get(bandwidthAnnotations.ingress);
  const egress = annotations.get(bandwidthAnnotations.egress);
  const phase = pod.status?.phase;
  return {
    namespace: pod.metadata.namespace ?? "",
    name: pod.metadata.name,
    uid: pod.metadata.uid,
    networkedElsewhere: pod.spec.hostNetwork === true || ignoredRuntimeClasses.has(pod.spec.runtimeClassName ?? ""),
    nodeName: pod.spec.nodeName ?? "",
    completed: phase === "Succeeded" || phase === "Failed",
    ...(phase === "Running" ? { started: true as const } : {}),
    isStatic: source !== undefined && source !== "api",
    createdAt: Date.parse(pod.metadata.creationTimestamp ?? ""),
    ...hostPortsOf(pod),
    ...(ingress === undefined && egress === undefined
      ? {}
      : {
          bandwidth: {
            ...(ingress === undefined ? {} : { ingress }),
            ...(egress === undefined ? {} : { egress }),
          },
        }),
  };
}

function hostPortsOf({ spec }: Pod): Pick<PodView, "hostPorts"> {
  const hostPorts = (spec.containers ?? []).flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort }) => (hostPort === undefined || hostPort === 0 ? [] : [hostPort])),
  );
  return hostPorts.length === 0 ? {} : { hostPorts };
}

/** Keeps of a KuryrPort what the plan needs. */
export function projectKuryrPort(object: KuryrPort): KuryrPortView {
  const { metadata, spec, status } = object;
  const active = new Set(status?.activeInterfaces);
  const awaited = spec.interfaces
    .filter(({ readiness, portId }) => readiness === "active" && !active.has(portId))
    .map(({ portId }) => portId);
  const notInstalled = status?.attachment === undefined ? status?.notInstalled?.portIds : undefined;
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    podUid: spec.podUid,
    nodeName: spec.podNodeName,
    deletingSince: metadata.deletionTimestamp === undefined ? undefined : Date.parse(metadata.deletionTimestamp),
    hasFinalizer: metadata.finalizers?.includes(kuryrPortFinalizer) === true,
    otherFinalizers: metadata.finalizers?.filter((one) => one !== kuryrPortFinalizer) ?? [],
    released: status?.released !== undefined,
    attachedAt: status?.attachment === undefined ? undefined : Date.parse(status.attachment.at),
    portIds: spec.interfaces.map((one) => one.portId),
    ...(notInstalled === undefined ? {} : { notInstalled }),
    ...(awaited.length === 0 ? {} : { awaited }),
  };
}
