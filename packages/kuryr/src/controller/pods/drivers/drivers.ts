import type { Clock } from "@kuryr/kubernetes";
import type { Cloud, PortCreate } from "@kuryr/openstack";

import type { PodInterface } from "../../../api/kuryr-port.ts";
import type { Configuration } from "../../../config/load.ts";
import type { Logger } from "../../../log/logger.ts";
import type { Metrics } from "../../../metrics/registry.ts";
import type { PortGateway } from "../../ports/gateway.ts";
import type { NeutronPort, PortInventory } from "../../ports/inventory.ts";
import type { SubnetDirectory } from "../../ports/subnets.ts";
import type { InterfaceContext } from "../interfaces.ts";
import type { KuryrPortView, NodeView, PodView } from "../plan.ts";

/** What a driver may work with. */
export interface DriverContext {
  readonly config: Configuration;
  readonly cloud: Cloud;
  readonly subnets: SubnetDirectory;
  readonly ports: PortGateway;
  /** The cluster's identity in ownership marks. */
  readonly cluster: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** `[kubernetes]pod_project_driver`: which project owns the ports of a pod. */
export interface PodProjectDriver {
  /** A project's id; empty is the project of Kuryr's own user. */
  projectOf(pod: PodView, signal: AbortSignal): Promise<string>;
}

/** A network, and the subnets of it that a pod gets an address from each: one, or one of each family. */
export interface PodSubnets {
  readonly networkId: string;
  readonly subnetIds: readonly string[];
}

/** `[kubernetes]pod_subnets_driver`: where a pod gets its addresses. */
export interface PodSubnetsDriver {
  subnetsOf(pod: PodView, signal: AbortSignal): Promise<PodSubnets>;
}

/** `[kubernetes]pod_security_groups_driver`: which security groups a pod's port has. */
export interface PodSecurityGroupsDriver {
  /** Ids of security groups. */
  groupsOf(pod: PodView, signal: AbortSignal): Promise<readonly string[]>;
}

/** What is asked of a VIF driver: a port for this pod, with all that does not depend on how it is plugged. */
export interface WantedPort {
  readonly pod: PodView;
  readonly subnets: PodSubnets;
  readonly securityGroups: readonly string[];
  readonly projectId: string;
  readonly qosPolicyId: string | undefined;
  /** Ownership mark, for the description. */
  readonly mark: string;
}

/** `[kubernetes]pod_vif_driver`: how a pod's port is made and plugged. */
export interface PodVifDriver {
  /** The port to create; pure. */
  portFor(wanted: WantedPort): PortCreate;
  /** What the daemon needs to know of it; pure. */
  interfaceOf(port: NeutronPort, context: Pick<InterfaceContext, "subnets" | "networkMtu">): PodInterface;
}

/** `[kubernetes]vif_pool_driver`: where ports come from, and where they go. */
export interface VifPoolDriver {
  /**
   * Gives a pod a port: one that waits, or a new one.
   * @param mayAsk called before Neutron is asked for a port
   * @returns nothing where Neutron had to be asked and may not: then nothing was done
   */
  take(port: PortCreate, signal: AbortSignal, mayAsk: () => boolean): Promise<NeutronPort | undefined>;
  /** For a port that nobody uses any more. @returns the port where it was kept */
  give(portId: string, signal: AbortSignal): Promise<NeutronPort | undefined>;
  /** For a driver that keeps ports: begins with nothing but what the cluster and Neutron have. */
  readonly attach?: (world: PoolWorld) => LivePool;
}

/** What a driver that keeps ports sees, from when the caches are filled until the signal aborts. */
export interface PoolWorld {
  readonly inventory: PortInventory;
  /** The KuryrPort that names a port: it says whose the port is, whatever Neutron was told. */
  readonly ownerOf: (portId: string) => KuryrPortView | undefined;
  /** Whether the pod that has a port is not up yet: it goes before anything that can wait. */
  readonly isStarting: (portId: string) => boolean;
  readonly nodes: () => Iterable<NodeView>;
  readonly hasNode: (name: string) => boolean;
  /** The port of a pod that is yet to come to a node; missing where it depends on the pod. */
  readonly comingPort: (node: string, signal: AbortSignal) => Promise<PortCreate | undefined>;
  /** A port of any pod, for what all of them have. */
  readonly anyPort: () => PortCreate;
  /** Milliseconds that a port may be without owner. */
  readonly orphanGraceMs: number;
  /** Pods go first: everything else waits until none has asked for a port for so many milliseconds. */
  readonly quietMs: number;
  readonly signal: AbortSignal;
}

/** A pool at work. */
export interface LivePool extends Pick<VifPoolDriver, "take" | "give"> {
  /** A KuryrPort names the port now. */
  readonly placed?: (portId: string) => void;
  /** A port that was taken has been deleted. */
  readonly dropped?: (portId: string) => void;
  /** A listed port as it will be once Neutron has been told all. */
  readonly seenAs?: (port: NeutronPort) => NeutronPort;
  /** Whether a port that belongs to no pod is the pool's own business. */
  readonly keeps?: (port: NeutronPort) => boolean;
  /** All ports have been listed. */
  readonly observed?: (signal: AbortSignal) => Promise<void>;
  /** Works until the signal aborts. */
  readonly run?: (signal: AbortSignal) => Promise<void>;
}

/** All drivers of pods. */
export interface PodDrivers {
  readonly project: PodProjectDriver;
  readonly subnets: PodSubnetsDriver;
  readonly securityGroups: PodSecurityGroupsDriver;
  readonly vif: PodVifDriver;
  readonly pool: VifPoolDriver;
}
