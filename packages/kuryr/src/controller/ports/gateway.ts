import { OpenStackError, type Cloud, type Port, type PortCreate } from "@kuryr/openstack";

import { podDeviceOwner } from "../../api/keys.ts";
import { isMarkOf } from "../../api/ownership.ts";
import { portFields, type NeutronPort } from "./inventory.ts";

/** The one way by which ports are read and written. */
export interface PortGateway {
  create(port: PortCreate, signal: AbortSignal): Promise<NeutronPort>;
  /** A port that is gone already counts as deleted. */
  delete(id: string, signal: AbortSignal): Promise<void>;
  /** All ports with this cluster's mark. */
  all(signal: AbortSignal): Promise<readonly NeutronPort[]>;
  /** Ports with our mark made for a pod. */
  ofPod(podUid: string, signal: AbortSignal): Promise<readonly NeutronPort[]>;
  /** Whether a failed create may have happened all the same. */
  isUncertain(error: unknown): boolean;
}

/** Ports of pods in Neutron. */
export function portGateway(cloud: Cloud, cluster: string): PortGateway {
  const { ports } = cloud.network;
  const marked = async (filters: { device_id?: string }, signal: AbortSignal): Promise<NeutronPort[]> => {
    const found = await ports.list({ device_owner: podDeviceOwner, ...filters }, { fields: portFields, signal });
    return found.filter((port) => isMarkOf(cluster, port.description ?? "")).map(kept);
  };
  return {
    create: async (port, signal) => kept(await ports.create(port, { signal })),
    delete: async (id, signal) => {
      await ports.delete(id, { signal });
    },
    all: (signal) => marked({}, signal),
    ofPod: (podUid, signal) => marked({ device_id: podUid }, signal),
    isUncertain: (error) =>
      !(error instanceof OpenStackError) || (error.sent && ["network", "timeout", "server"].includes(error.kind)),
  };
}

/** Keeps of a port what is looked at: a cluster has many. */
function kept(port: Pick<Port, (typeof portFields)[number]>): NeutronPort {
  return {
    id: port.id,
    device_id: port.device_id,
    description: port.description ?? "",
    network_id: port.network_id,
    mac_address: port.mac_address,
    fixed_ips: port.fixed_ips.map(({ subnet_id, ip_address }) => ({ subnet_id, ip_address })),
    "binding:host_id": port["binding:host_id"],
    "binding:vif_type": port["binding:vif_type"],
  };
}
