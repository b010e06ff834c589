import { KuryrError } from "../../../api/errors.ts";
import type { SubnetInNetwork } from "../../ports/subnets.ts";
import type {
  DriverContext,
  PodProjectDriver,
  PodSecurityGroupsDriver,
  PodSubnets,
  PodSubnetsDriver,
} from "./drivers.ts";

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
    subnetsOf: async (_, signal) => subnetsOfPods(await Promise.all(ids.map((id) => subnets.get(id, signal)))),
  };
}

/** The subnets that `[neutron_defaults]pod_subnet` names, if a port can be in all of them. Pure. @throws KuryrError */
export function subnetsOfPods(found: readonly Pick<SubnetInNetwork, "id" | "network_id" | "cidr">[]): PodSubnets {
  const networks = new Set(found.map((subnet) => subnet.network_id));
  const [networkId] = networks;
  if (networkId === undefined || networks.size > 1) {
    throw new KuryrError(
      "KURYR_CONFIG_SUBNETS",
      `[neutron_defaults]pod_subnet names subnets of ${networks.size} networks`,
      "name subnets of one network: a port is in one network",
    );
  }
  const families = Map.groupBy(found, ({ cidr }) => (cidr.includes(":") ? "IPv6" : "IPv4"));
  for (const [family, those] of families) {
    if (those.length === 1) continue;
    throw new KuryrError(
      "KURYR_CONFIG_SUBNETS",
      `[neutron_defaults]pod_subnet names ${those.length} ${family} subnets: ${those.map(({ id }) => id).join(", ")}`,
      "name one of each IP family: a pod gets an address in every subnet that is named, so a second one gives no more room",
    );
  }
  return { networkId, subnetIds: found.map(({ id }) => id) };
}

/** `default`: every pod has `[neutron_defaults]pod_security_groups`. */
export function defaultSecurityGroups({ config }: DriverContext): PodSecurityGroupsDriver {
  const groups = config.neutron_defaults.pod_security_groups;
  if (groups.length === 0) throw missing("pod_security_groups", "a pod without a security group can talk to nobody");
  return { groupsOf: async () => groups };
}
