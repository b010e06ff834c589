import { KuryrError } from "../../../api/errors.ts";
import type { DriverContext, PodProjectDriver, PodSecurityGroupsDriver, PodSubnetsDriver } from "./drivers.ts";

const missing = (option: string, what: string): KuryrError =>
  new KuryrError(
    "KURYR_CONFIG_REQUIRED",
    `[neutron_defaults]${option} is missing: ${what}`,
    "set it in kuryr.conf and restart the controller",
  );

/** `default`: every port belongs to `[neutron_defaults]project`. */
export function defaultProject({ config }: DriverContext): PodProjectDriver {
  const { project } = config.neutron_defaults;
  return { projectOf: async () => project };
}

/** `default`: every pod is in `[neutron_defaults]pod_subnet`, which names two subnets of one network for dual-stack. */
export function defaultSubnets({ config, subnets }: DriverContext): PodSubnetsDriver {
  const ids = config.neutron_defaults.pod_subnet;
  if (ids.length === 0) throw missing("pod_subnet", "the subnet that pods get their addresses from");
  return {
    subnetsOf: async (_, signal) => {
      const found = await Promise.all(ids.map((id) => subnets.get(id, signal)));
      const networks = new Set(found.map((subnet) => subnet.network_id));
      const [networkId] = networks;
      if (networkId === undefined || networks.size > 1) {
        throw new KuryrError(
          "KURYR_CONFIG_SUBNETS",
          `[neutron_defaults]pod_subnet names subnets of ${networks.size} networks`,
          "name subnets of one network: a port is in one network",
        );
      }
      return { networkId, subnetIds: ids };
    },
  };
}

/** `default`: every pod has `[neutron_defaults]pod_security_groups`. */
export function defaultSecurityGroups({ config }: DriverContext): PodSecurityGroupsDriver {
  const groups = config.neutron_defaults.pod_security_groups;
  if (groups.length === 0) throw missing("pod_security_groups", "a pod without a security group can talk to nobody");
  return { groupsOf: async () => groups };
}
