import type { KubernetesObject } from "@kuryr/kubernetes";

import { configSourceAnnotation, kuryrPortFinalizer } from "../../api/keys.ts";
import type { KuryrPort } from "../../api/kuryr-port.ts";
import type { KuryrPortView, PodView } from "./plan.ts";

/** The parts of a core/v1 Pod that are read here. */
export interface Pod extends KubernetesObject {
  readonly spec: { readonly nodeName?: string; readonly hostNetwork?: boolean; readonly runtimeClassName?: string };
  readonly status?: { readonly phase?: string };
}

/** Keeps of a pod what the plan needs: some 200 bytes of 7 kB. */
export function projectPod(ignoredRuntimeClasses: readonly string[]): (pod: Pod) => PodView {
  const ignored = new Set(ignoredRuntimeClasses);
  return (pod) => viewOf(pod, ignored);
}

function viewOf(pod: Pod, ignoredRuntimeClasses: ReadonlySet<string>): PodView {
  const source = new Map(Object.entries(pod.metadata.annotations ?? {})).get(configSourceAnnotation);
  const phase = pod.status?.phase;
  return {
    namespace: pod.metadata.namespace ?? "",
    name: pod.metadata.name,
    uid: pod.metadata.uid,
    networkedElsewhere: pod.spec.hostNetwork === true || ignoredRuntimeClasses.has(pod.spec.runtimeClassName ?? ""),
    nodeName: pod.spec.nodeName ?? "",
    completed: phase === "Succeeded" || phase === "Failed",
    isStatic: source !== undefined && source !== "api",
  };
}

/** Keeps of a KuryrPort what the plan needs. */
export function projectKuryrPort(object: KuryrPort): KuryrPortView {
  const { metadata, spec, status } = object;
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
    portIds: spec.interfaces.map((one) => one.portId),
  };
}
