import type { KubernetesObject, ResourceDefinition } from "@kuryr/kubernetes";

import { group, version } from "./keys.ts";
import { explained, flag, mapOf, object, optional, prefix, text, uuid, type TypeOf } from "./schema.ts";

/** Labels of the namespace. */
const labels = mapOf(text({ max: 63 }));

export const kuryrNetworkSpec = explained(
  "The network that a namespace wants.",
  object({
    nsName: explained("The namespace.", text({ min: 1, max: 63 })),
    projectId: explained("Project that owns the network.", text({ max: 64 })),
    nsLabels: explained("Labels of the namespace.", labels),
  }),
);

export const kuryrNetworkStatus = explained(
  "What the namespace has in Neutron.",
  object({
    netId: optional(explained("Network.", uuid)),
    subnetId: optional(explained("Subnet.", uuid)),
    subnetCIDR: optional(explained("Prefix of the subnet.", prefix)),
    routerId: optional(explained("Router that the subnet is attached to.", uuid)),
    populated: optional(explained("Its pools were filled once.", flag)),
    nsLabels: optional(explained("Labels that security groups reflect.", labels)),
  }),
);

/** `openstack.org/v1` KuryrNetwork (`kubectl get kns`), named as its namespace and in it. */
export interface KuryrNetwork extends KubernetesObject {
  readonly spec: TypeOf<typeof kuryrNetworkSpec>;
  readonly status?: TypeOf<typeof kuryrNetworkStatus>;
}

export const kuryrNetworks: ResourceDefinition = {
  group,
  version,
  plural: "kuryrnetworks",
  kind: "KuryrNetwork",
  namespaced: true,
};
