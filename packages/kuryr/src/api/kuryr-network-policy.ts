import type { KubernetesObject, ResourceDefinition } from "@kuryr/kubernetes";

import { group, version } from "./keys.ts";
import {
  address,
  anything,
  explained,
  integer,
  listOf,
  object,
  oneOf,
  optional,
  prefix,
  text,
  uuid,
  type TypeOf,
} from "./schema.ts";

/** A label selector as a NetworkPolicy has it. */
export interface PodSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
    readonly values?: readonly string[];
  }[];
}

const podSelector = anything<PodSelector>();
const tcpPort = integer(0, 65_535);
/** A policy of many peers and ports has many rules; Neutron's own limit is the quota. */
const many = 10_000;

/** A rule of a security group as Neutron takes it. */
const sgRule = {
  description: optional(text({ max: 255 })),
  direction: oneOf("ingress", "egress"),
  ethertype: optional(oneOf("IPv4", "IPv6")),
  port_range_min: optional(tcpPort),
  port_range_max: optional(tcpPort),
  protocol: optional(text({ max: 32 })),
  remote_ip_prefix: optional(prefix),
  remote_group_id: optional(explained("Security group of the peers.", uuid)),
  remote_address_group_id: optional(explained("Address group of the peers.", uuid)),
};

const rules = listOf(
  object({
    sgRule: object(sgRule),
    namespace: optional(explained("Namespace of the peers.", text({ max: 63 }))),
    affectedPods: optional(listOf(object({ podIP: address, podNamespace: text({ max: 63 }) }), many)),
  }),
  many,
);

export const kuryrNetworkPolicySpec = explained(
  "The rules that a NetworkPolicy wants.",
  object({
    egressSgRules: rules,
    ingressSgRules: rules,
    podSelector: explained("The pods that the policy is for.", podSelector),
    policyTypes: listOf(oneOf("Ingress", "Egress"), 2),
  }),
);

export const kuryrNetworkPolicyStatus = explained(
  "What the policy has in Neutron.",
  object({
    securityGroupId: optional(explained("Security group of the policy.", uuid)),
    securityGroupRules: listOf(object({ id: uuid, security_group_id: optional(uuid), ...sgRule }), many),
    podSelector: optional(explained("The selector that was applied last.", podSelector)),
  }),
);

/** `openstack.org/v1` KuryrNetworkPolicy (`kubectl get knp`), named as its NetworkPolicy. */
export interface KuryrNetworkPolicy extends KubernetesObject {
  readonly spec: TypeOf<typeof kuryrNetworkPolicySpec>;
  readonly status?: TypeOf<typeof kuryrNetworkPolicyStatus>;
}

export const kuryrNetworkPolicies: ResourceDefinition = {
  group,
  version,
  plural: "kuryrnetworkpolicies",
  kind: "KuryrNetworkPolicy",
  namespaced: true,
};
