import type { ResourceDefinition } from "@kuryr/kubernetes";

import { kuryrLoadBalancers, kuryrLoadBalancerSpec, kuryrLoadBalancerStatus } from "./kuryr-load-balancer.ts";
import { kuryrNetworkPolicies, kuryrNetworkPolicySpec, kuryrNetworkPolicyStatus } from "./kuryr-network-policy.ts";
import { kuryrNetworks, kuryrNetworkSpec, kuryrNetworkStatus } from "./kuryr-network.ts";
import { kuryrPortSpec, kuryrPortStatus } from "./kuryr-port-schema.ts";
import { kuryrPorts } from "./kuryr-port.ts";
import type { JsonSchema } from "./schema.ts";

/** A column of `kubectl get`; those of priority 1 are for `-o wide`. */
interface Column {
  readonly name: string;
  readonly type: "string" | "date" | "integer" | "boolean";
  readonly jsonPath: string;
  readonly priority?: 0 | 1;
}

/** A CustomResourceDefinition as it is given to Kubernetes. */
export interface CustomResourceDefinition {
  readonly apiVersion: "apiextensions.k8s.io/v1";
  readonly kind: "CustomResourceDefinition";
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: "Namespaced";
    readonly names: {
      readonly plural: string;
      readonly singular: string;
      readonly kind: string;
      readonly listKind: string;
      readonly shortNames: readonly string[];
    };
    readonly versions: readonly {
      readonly name: string;
      readonly served: true;
      readonly storage: true;
      readonly subresources: { readonly status: object };
      readonly additionalPrinterColumns: readonly Column[];
      readonly schema: { readonly openAPIV3Schema: JsonSchema };
    }[];
  };
}

interface Parts {
  readonly shortName: string;
  readonly columns: readonly Column[];
  readonly spec: { readonly json: JsonSchema };
  readonly status: { readonly json: JsonSchema };
}

const age: Column = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

function define(resource: ResourceDefinition, { shortName, columns, spec, status }: Parts): CustomResourceDefinition {
  const { group, version, plural, kind } = resource;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List`, shortNames: [shortName] },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [...columns, age],
          schema: {
            openAPIV3Schema: {
              type: "object",
              required: ["spec"],
              properties: { spec: spec.json, status: status.json },
            },
          },
        },
      ],
    },
  };
}

/** The CustomResourceDefinition of KuryrPort. */
export const kuryrPortCrd = define(kuryrPorts, {
  shortName: "kp",
  columns: [
    { name: "PodUID", type: "string", jsonPath: ".spec.podUid" },
    { name: "Nodename", type: "string", jsonPath: ".spec.podNodeName" },
    { name: "IP", type: "string", jsonPath: ".spec.interfaces[0].addresses[*].ip" },
    { name: "Port", type: "string", jsonPath: ".spec.interfaces[0].portId", priority: 1 },
    { name: "Labels", type: "string", jsonPath: ".metadata.labels", priority: 1 },
  ],
  spec: kuryrPortSpec,
  status: kuryrPortStatus,
});

/** The CustomResourceDefinition of KuryrNetwork. */
export const kuryrNetworkCrd = define(kuryrNetworks, {
  shortName: "kns",
  columns: [
    { name: "SUBNET-CIDR", type: "string", jsonPath: ".status.subnetCIDR" },
    { name: "Network", type: "string", jsonPath: ".status.netId", priority: 1 },
    { name: "Subnet", type: "string", jsonPath: ".status.subnetId", priority: 1 },
  ],
  spec: kuryrNetworkSpec,
  status: kuryrNetworkStatus,
});

/** The CustomResourceDefinition of KuryrLoadBalancer. */
export const kuryrLoadBalancerCrd = define(kuryrLoadBalancers, {
  shortName: "klb",
  columns: [
    { name: "PROJECT-ID", type: "string", jsonPath: ".spec.project_id" },
    { name: "VIP", type: "string", jsonPath: ".status.loadbalancer.ip", priority: 1 },
    { name: "LoadBalancer", type: "string", jsonPath: ".status.loadbalancer.id", priority: 1 },
  ],
  spec: kuryrLoadBalancerSpec,
  status: kuryrLoadBalancerStatus,
});

/** The CustomResourceDefinition of KuryrNetworkPolicy. */
export const kuryrNetworkPolicyCrd = define(kuryrNetworkPolicies, {
  shortName: "knp",
  columns: [{ name: "SG-ID", type: "string", jsonPath: ".status.securityGroupId" }],
  spec: kuryrNetworkPolicySpec,
  status: kuryrNetworkPolicyStatus,
});

/** All definitions of Kuryr. */
export const crds: readonly CustomResourceDefinition[] = [
  kuryrPortCrd,
  kuryrNetworkCrd,
  kuryrLoadBalancerCrd,
  kuryrNetworkPolicyCrd,
];
