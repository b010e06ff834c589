import type { KubernetesObject, ResourceDefinition } from "@kuryr/kubernetes";

import { group, version } from "./keys.ts";
import { address, explained, integer, listOf, object, oneOf, optional, text, uuid, type TypeOf } from "./schema.ts";

const protocol = text({ min: 1, max: 16 });
const tcpPort = integer(0, 65_535);
const projectId = text({ max: 64 });
/** Names of Octavia. */
const name = text({ max: 255 });
/** Milliseconds; 0 leaves it to Octavia. */
const timeout = integer(0, 86_400_000);
/** Octavia's limits are larger than what a Service can have. */
const many = 4096;

export const kuryrLoadBalancerSpec = explained(
  "The load balancer that a Service wants. Endpoints are read from EndpointSlices and not copied here.",
  object({
    ip: optional(explained("Cluster IP of the Service.", address)),
    lb_ip: optional(explained("loadBalancerIP of the Service.", text({ max: 45 }))),
    ports: optional(
      listOf(
        object({
          name: optional(text({ max: 63 })),
          port: tcpPort,
          protocol,
          targetPort: text({ max: 63 }),
        }),
        many,
      ),
    ),
    project_id: optional(explained("Project that owns the load balancer.", projectId)),
    subnet_id: optional(explained("Subnet of the VIP.", uuid)),
    security_groups_ids: optional(listOf(uuid, 64)),
    type: optional(explained("Type of the Service.", oneOf("ClusterIP", "LoadBalancer"))),
    provider: optional(explained("Octavia provider; absent is Octavia's default.", text({ max: 255 }))),
    timeout_client_data: optional(timeout),
    timeout_member_data: optional(timeout),
  }),
);

export const kuryrLoadBalancerStatus = explained(
  "What the Service has in Octavia.",
  object({
    loadbalancer: optional(
      object({
        id: uuid,
        ip: address,
        name,
        port_id: uuid,
        project_id: projectId,
        provider: text({ max: 255 }),
        security_groups: listOf(uuid, 64),
        subnet_id: uuid,
      }),
    ),
    listeners: optional(
      listOf(
        object({
          id: uuid,
          loadbalancer_id: uuid,
          name,
          port: tcpPort,
          project_id: projectId,
          protocol,
          timeout_client_data: optional(timeout),
          timeout_member_data: optional(timeout),
        }),
        many,
      ),
    ),
    pools: optional(
      listOf(
        object({
          id: uuid,
          listener_id: uuid,
          loadbalancer_id: uuid,
          name,
          project_id: projectId,
          protocol,
        }),
        many,
      ),
    ),
    members: optional(
      listOf(
        object({
          id: uuid,
          ip: address,
          name,
          pool_id: uuid,
          port: tcpPort,
          project_id: projectId,
          subnet_id: uuid,
        }),
        many,
      ),
    ),
    service_pub_ip_info: optional(
      explained(
        "The floating IP.",
        object({
          ip_id: uuid,
          ip_addr: address,
          alloc_method: explained("Allocated by Kuryr, or named by the user.", oneOf("pool", "user")),
        }),
      ),
    ),
  }),
);

/** `openstack.org/v1` KuryrLoadBalancer (`kubectl get klb`), named as its Service. */
export interface KuryrLoadBalancer extends KubernetesObject {
  readonly spec: TypeOf<typeof kuryrLoadBalancerSpec>;
  readonly status?: TypeOf<typeof kuryrLoadBalancerStatus>;
}

export const kuryrLoadBalancers: ResourceDefinition = {
  group,
  version,
  plural: "kuryrloadbalancers",
  kind: "KuryrLoadBalancer",
  namespaced: true,
};
