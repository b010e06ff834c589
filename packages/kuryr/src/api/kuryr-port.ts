import type { KubernetesObject, ResourceDefinition } from "@kuryr/kubernetes";

import { group, version } from "./keys.ts";
import type { Vifs } from "./vifs.ts";

/** One address of a pod interface. */
export interface InterfaceAddress {
  readonly subnetId: string;
  /** IPv4 or IPv6, without prefix. */
  readonly ip: string;
  readonly prefixLength: number;
  readonly gateway?: string;
}

/** A route that the subnet asks for, beside the default route. */
export interface InterfaceRoute {
  /** CIDR. */
  readonly destination: string;
  readonly nextHop: string;
}

/** What the daemon needs to know of one interface, and all of it: it asks nobody else. */
export interface PodInterface {
  /** Name inside the pod; the first one is `eth0` and takes the name that the runtime asks for. */
  readonly name: string;
  /** Carries the pod's default route. */
  readonly default: boolean;
  /** VIF driver by its name in `pod_vif_driver`. */
  readonly driver: "neutron-vif";
  readonly portId: string;
  readonly networkId: string;
  readonly mac: string;
  readonly mtu: number;
  /** Integration bridge, e.g. `br-int`. */
  readonly bridge: string;
  readonly addresses: readonly InterfaceAddress[];
  readonly routes: readonly InterfaceRoute[];
  readonly nameservers: readonly string[];
  /**
   * Plug through a Linux bridge of the port's own (`qbr...`), where Neutron's iptables firewall filters: the port's
   * `binding:vif_details.ovs_hybrid_plug`, or forced by configuration. Absent means that the switch filters.
   */
  readonly hybridPlug?: boolean;
  /**
   * What tells that the interface carries traffic: OVN's sign on the local switch, or the port's status, which the
   * controller writes into `status.activeInterfaces`.
   */
  readonly readiness: "ovn-installed" | "active";
}

/** KuryrPort spec: written by the controller alone. */
export interface KuryrPortSpec {
  readonly podUid: string;
  readonly podNodeName: string;
  /** A static pod: the runtime calls it by another UID than the API does. */
  readonly podStatic?: boolean;
  readonly interfaces: readonly PodInterface[];
}

/** KuryrPort status: written by the daemon of its node, but for what is said to be the controller's. */
export interface KuryrPortStatus {
  /** Ids of the interfaces' ports that Neutron calls ACTIVE; written by the controller where `readiness` is `active`. */
  readonly activeInterfaces?: readonly string[];
  /** The interfaces as Kuryr-Kubernetes wrote them, for programs that read those: a view, never acted on. */
  readonly vifs?: Vifs;
  /** The sandbox that has the interfaces. */
  readonly attachment?: { readonly containerId: string; readonly at: string };
  /** Ports that OVN did not program on the node in the time of an ADD, which was taken back. */
  readonly notInstalled?: { readonly portIds: readonly string[]; readonly at: string };
  /** Set once nothing on the node uses the interfaces any more, and never will again. */
  readonly released?: { readonly at: string };
}

/** `openstack.org/v1` KuryrPort (`kubectl get kp`), named as its pod. */
export interface KuryrPort extends KubernetesObject {
  readonly spec: KuryrPortSpec;
  readonly status?: KuryrPortStatus;
}

export const kuryrPorts: ResourceDefinition = {
  group,
  version,
  plural: "kuryrports",
  kind: "KuryrPort",
  namespaced: true,
};
