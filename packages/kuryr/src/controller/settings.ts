import { KuryrError } from "../api/errors.ts";
import type { Configuration } from "../config/load.ts";
import type { PodNetworkSettings } from "./pods/reconcile.ts";

const missing = (option: string, what: string): KuryrError =>
  new KuryrError(
    "KURYR_CONFIG_REQUIRED",
    `[neutron_defaults]${option} is missing: ${what}`,
    "set it in kuryr.conf and restart the controller",
  );

/** What pods get, from kuryr.conf. @throws KuryrError for options that cannot be left out */
export function podNetworkSettings(config: Configuration, cluster: string): PodNetworkSettings {
  const defaults = config.neutron_defaults;
  if (defaults.pod_subnet === "") throw missing("pod_subnet", "the subnet that pods get their addresses from");
  if (defaults.pod_security_groups.length === 0)
    throw missing("pod_security_groups", "a pod without a security group can talk to nobody");
  return {
    cluster,
    projectId: defaults.project,
    podSubnet: defaults.pod_subnet,
    podSecurityGroups: defaults.pod_security_groups,
    resourceTags: defaults.resource_tags,
    bridge: defaults.ovs_bridge,
    deviceMtu: defaults.network_device_mtu,
    releaseTimeoutMs: 45_000,
    ignoredRuntimeClasses: config.kubernetes.ignored_runtime_classes,
  };
}
