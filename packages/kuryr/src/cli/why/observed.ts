import type { Port } from "@kuryr/openstack";

import type { KuryrPort } from "../../api/kuryr-port.ts";
import type { Event, Pod } from "../kinds.ts";

/** One process of Kuryr as a pod. */
export interface ProcessSeen {
  readonly pod: string;
  readonly ready: boolean;
  /** Why it is not ready, as Kubernetes or its own `/ready` says. */
  readonly reason?: string;
}

/** A port as it is asked for. */
export type PortSeen = Pick<
  Port,
  "id" | "status" | "device_id" | "description" | "binding:host_id" | "binding:vif_type" | "fixed_ips" | "created_at"
>;

/** What was seen in OpenStack, or why nothing was. */
export type CloudSeen =
  | { readonly looked: false; readonly why: string }
  | {
      readonly looked: true;
      /** Ports with the pod's UID, and those that its KuryrPort names. */
      readonly ports: readonly PortSeen[];
      /** Ports used and allowed in the project; -1 is no limit. */
      readonly quota?: { readonly used: number; readonly limit: number };
    };

/** Everything that was looked at, at one time. */
export interface Observed {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly pod: Pod;
  readonly kuryrPort: KuryrPort | undefined;
  /** Of the pod with this UID, oldest first. */
  readonly events: readonly Event[];
  readonly controllers: readonly ProcessSeen[];
  /** Daemons of the pod's node: one, unless it is missing. */
  readonly daemons: readonly ProcessSeen[];
  readonly cloud: CloudSeen;
  /** `[kubernetes]ignored_runtime_classes`, when kuryr.conf was given. */
  readonly ignoredRuntimeClasses?: readonly string[];
}

/** Reasons that the kubelet gives for a pod without a sandbox; it mounts the pod's volumes first. */
export const sandboxReasons = {
  volumes: ["FailedMount", "FailedAttachVolume"],
  network: ["FailedCreatePodSandBox"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Whether the kubelet says that it waits for a volume, a ConfigMap or a Secret of the pod. */
export const isAboutVolumes = ({ reason }: Event): boolean => sandboxReasons.volumes.some((one) => one === reason);

/** When an Event was last seen. */
export function eventTime(event: Event): string {
  return (
    event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? ""
  );
}
