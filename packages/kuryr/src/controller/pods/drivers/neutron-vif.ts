import type { PortCreate } from "@kuryr/openstack";

import { podDeviceOwner } from "../../../api/keys.ts";
import { defaultInterface } from "../interfaces.ts";
import type { DriverContext, PodVifDriver } from "./drivers.ts";

const readinesses = ["auto", "ovn-installed", "active"] as const;

/** `neutron-vif`: a port bound to the pod's node, plugged into the node's own switch. */
export function neutronVif({ config }: DriverContext): PodVifDriver {
  const defaults = config.neutron_defaults;
  const tags = defaults.resource_tags;
  const readiness = readinesses.find((one) => one === defaults.port_readiness) ?? "auto";
  const { port_debug: named } = config.kubernetes;
  return {
    portFor: ({ pod, subnets, securityGroups, projectId, qosPolicyId, mark }): PortCreate => ({
      network_id: subnets.networkId,
      ...(projectId === "" ? {} : { project_id: projectId }),
      fixed_ips: subnets.subnetIds.map((id) => ({ subnet_id: id })),
      security_groups: securityGroups,
      "binding:host_id": pod.nodeName,
      device_owner: podDeviceOwner,
      device_id: pod.uid,
      description: mark,
      // Neutron takes 255 characters.
      ...(named ? { name: `${pod.namespace}/${pod.name}`.slice(0, 255) } : {}),
      ...(tags.length === 0 ? {} : { tags }),
      ...(qosPolicyId === undefined ? {} : { qos_policy_id: qosPolicyId }),
    }),
    interfaceOf: (port, context) =>
      defaultInterface(port, {
        ...context,
        deviceMtu: defaults.network_device_mtu,
        bridge: defaults.ovs_bridge,
        hybridPlug: defaults.ovs_hybrid_plug,
        readiness,
      }),
  };
}
