import type { KuryrLoadBalancer } from "../api/kuryr-load-balancer.ts";
import type { KuryrNetworkPolicy } from "../api/kuryr-network-policy.ts";
import type { KuryrNetwork } from "../api/kuryr-network.ts";
import type { KuryrPort, PodInterface } from "../api/kuryr-port.ts";
import { vifsOf } from "../api/vifs.ts";

type Written<T extends { readonly metadata: object }> = Omit<T, "metadata"> & {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly generation?: number };
};

/** An object of a kind of Kuryr's, with the plural that it is found under. */
export interface Example {
  readonly plural: string;
  readonly object:
    | Written<KuryrPort>
    | Written<KuryrNetwork>
    | Written<KuryrLoadBalancer>
    | Written<KuryrNetworkPolicy>;
}

const id = (last: number): string => `6b2e0a6c-6f0a-4d54-9c3f-${String(last).padStart(12, "0")}`;
/** Keystone's ids have no dashes. */
const projectId = "0c1f6a6e7f0d4b0e8a8b2f4a0b1c9d22";

export const examplePort: PodInterface = {
  name: "eth0",
  default: true,
  driver: "neutron-vif",
  portId: id(1),
  networkId: id(2),
  mac: "fa:16:3e:aa:bb:cc",
  mtu: 1442,
  bridge: "br-int",
  addresses: [{ subnetId: id(3), ip: "10.0.0.5", prefixLength: 24, gateway: "10.0.0.1" }],
  routes: [{ destination: "10.9.0.0/16", nextHop: "10.0.0.2" }],
  nameservers: ["10.0.0.2"],
  readiness: "ovn-installed",
};

const apiVersion = "openstack.org/v1";

/** An object of each kind as Kuryr-Kubernetes 10.0 wrote it, with everything in it. */
export function examples(namespace: string): readonly Example[] {
  const rule = {
    description: "Kuryr-Kubernetes NetPolicy SG rule",
    direction: "ingress",
    ethertype: "IPv4",
    port_range_min: 8080,
    port_range_max: 8080,
    protocol: "tcp",
    remote_ip_prefix: "10.0.0.0/24",
  } as const;
  const podSelector = { matchLabels: { app: "web" }, matchExpressions: [{ key: "tier", operator: "Exists" as const }] };
  const port: Written<KuryrPort> = {
    apiVersion,
    kind: "KuryrPort",
    metadata: { name: "example", namespace },
    spec: {
      podUid: "8f14e45f-ceea-467f-a0e6-b4d5a5a0f1aa",
      podNodeName: "no-such-node",
      podStatic: false,
      interfaces: [examplePort],
    },
    status: { vifs: vifsOf([examplePort], true) },
  };
  const network: Written<KuryrNetwork> = {
    apiVersion,
    kind: "KuryrNetwork",
    metadata: { name: "example", namespace },
    spec: { nsName: namespace, projectId, nsLabels: { team: "a", "kubernetes.io/metadata.name": namespace } },
    status: {
      netId: id(4),
      subnetId: id(5),
      subnetCIDR: "10.1.0.0/24",
      routerId: id(6),
      populated: true,
      nsLabels: { team: "a" },
    },
  };
  const balancer: Written<KuryrLoadBalancer> = {
    apiVersion,
    kind: "KuryrLoadBalancer",
    metadata: { name: "example", namespace },
    spec: {
      ip: "10.96.0.10",
      lb_ip: "203.0.113.7",
      ports: [{ name: "http", port: 80, protocol: "TCP", targetPort: "8080" }],
      project_id: projectId,
      subnet_id: id(7),
      security_groups_ids: [id(8)],
      type: "LoadBalancer",
      provider: "ovn",
      timeout_client_data: 50_000,
      timeout_member_data: 0,
    },
    status: {
      loadbalancer: {
        id: id(9),
        ip: "10.96.0.10",
        name: `${namespace}/example`,
        port_id: id(10),
        project_id: projectId,
        provider: "ovn",
        security_groups: [id(8)],
        subnet_id: id(7),
      },
      listeners: [
        {
          id: id(11),
          loadbalancer_id: id(9),
          name: `${namespace}/example:TCP:80`,
          port: 80,
          project_id: projectId,
          protocol: "TCP",
          timeout_client_data: 50_000,
        },
      ],
      pools: [
        {
          id: id(12),
          listener_id: id(11),
          loadbalancer_id: id(9),
          name: `${namespace}/example:TCP:80`,
          project_id: projectId,
          protocol: "TCP",
        },
      ],
      members: [
        {
          id: id(13),
          ip: "10.0.0.5",
          name: `${namespace}/web:8080`,
          pool_id: id(12),
          port: 8080,
          project_id: projectId,
          subnet_id: id(3),
        },
      ],
      service_pub_ip_info: { ip_id: id(14), ip_addr: "203.0.113.7", alloc_method: "user" },
    },
  };
  const policy: Written<KuryrNetworkPolicy> = {
    apiVersion,
    kind: "KuryrNetworkPolicy",
    metadata: { name: "example", namespace },
    spec: {
      egressSgRules: [{ sgRule: { direction: "egress", ethertype: "IPv4" } }],
      ingressSgRules: [{ sgRule: rule, namespace, affectedPods: [{ podIP: "10.0.0.5", podNamespace: namespace }] }],
      podSelector,
      policyTypes: ["Ingress", "Egress"],
    },
    status: {
      securityGroupId: id(15),
      securityGroupRules: [{ id: id(16), security_group_id: id(15), ...rule }],
      podSelector,
    },
  };
  return [
    { plural: "kuryrports", object: port },
    { plural: "kuryrnetworks", object: network },
    { plural: "kuryrloadbalancers", object: balancer },
    { plural: "kuryrnetworkpolicies", object: policy },
  ];
}
