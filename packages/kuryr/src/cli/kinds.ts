import type { KubernetesObject, ResourceDefinition } from "@kuryr/kubernetes";

/** The parts of Kubernetes' kinds that kuryrctl reads. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
}

export interface Pod extends KubernetesObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly hostNetwork?: boolean;
    readonly runtimeClassName?: string;
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip: string }[];
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface Node extends KubernetesObject {
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
}

/** An Event of the core group; those of events.k8s.io are the same objects. */
export interface Event extends KubernetesObject {
  readonly involvedObject?: { readonly uid?: string };
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
  readonly source?: { readonly component?: string };
  readonly reportingComponent?: string;
}

const core = (plural: string, kind: string, namespaced = true): ResourceDefinition => ({
  group: "",
  version: "v1",
  plural,
  kind,
  namespaced,
});

export const podKind = core("pods", "Pod");
export const nodeKind = core("nodes", "Node", false);
export const eventKind = core("events", "Event");
export const namespaceKind = core("namespaces", "Namespace", false);

/** A condition of an object. */
export function conditionOf(
  object: { readonly status?: { readonly conditions?: readonly Condition[] } } | undefined,
  type: string,
): Condition | undefined {
  return object?.status?.conditions?.find((one) => one.type === type);
}
