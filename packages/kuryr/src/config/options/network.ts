import { notYet, option, replaced, type OptionSections } from "../option.ts";

const nested = "Nodes in virtual machines come in a later version.";
const namespaces = "Namespaces have no networks of their own in this version.";
const sriov = "Additional interfaces come in a later version.";

/** Networks of namespaces, pools of ports, nested nodes and additional interfaces. */
export const networkOptions = {
  namespace_subnet: {
    pod_router: notYet("string", "", namespaces),
    pod_subnet_pool: notYet("string", "", namespaces),
  },
  namespace_sg: {
    sg_allow_from_namespaces: replaced("string", "", "NetworkPolicies, once they come"),
    sg_allow_from_default: replaced("string", "", "NetworkPolicies, once they come"),
  },
  vif_pool: {
    ports_pool_max: option(
      "integer",
      0,
      "Most ports that wait in one pool; a port that does not fit in is deleted. 0 is no limit.",
      { min: 0 },
    ),
    ports_pool_min: option(
      "integer",
      5,
      "Ports that wait on every node, and in every pool that pods ask; fewer are made up for in the background.",
      { min: 0 },
    ),
    ports_pool_batch: option(
      "integer",
      10,
      "Ports that are made together once pods have used up a pool; more than 10 are several requests.",
      { min: 1 },
    ),
    ports_pool_update_frequency: option(
      "integer",
      20,
      "Seconds within which pools are looked at, longest wait of filling for pods that go first, and first pause after a failure.",
      { min: 1 },
    ),
    ports_pool_ttl: option(
      "integer",
      600,
      "Seconds after which a port that no pod has asked for is deleted, down to ports_pool_min; 0 keeps it.",
      { min: 0 },
    ),
    ports_pool_quarantine: option(
      "integer",
      30,
      "Seconds that the address of a pod rests after its end, before another pod gets it.",
      { min: 0 },
    ),
    vif_pool_mapping: notYet("dict", "", nested),
    pools_vif_drivers: replaced(
      "dict",
      "",
      "[vif_pool]vif_pool_mapping, whose keys and values are the other way round",
    ),
  },
  pool_manager: {
    sock_file: option(
      "string",
      "/run/kuryr/kuryr_manage.sock",
      "Unix socket in the controller by which pools are shown, filled and emptied; see enable_manager.",
    ),
  },
  pod_vif_nested: {
    worker_nodes_subnets: notYet("list", "", nested),
    rev_update_attempts: notYet("integer", 3, nested, { min: 1 }),
    worker_nodes_subnet: replaced("string", "", "[pod_vif_nested]worker_nodes_subnets, which is a list"),
  },
  sriov: {
    kubelet_root_dir: notYet("string", "/var/lib/kubelet", sriov),
    enable_pod_resource_service: notYet("boolean", false, sriov),
    default_physnet_subnets: notYet("dict", "", sriov),
    physnet_resource_mappings: notYet("dict", "", sriov),
    device_plugin_resource_prefix: notYet("string", "intel.com", sriov),
    resource_driver_mappings: notYet("dict", "", sriov),
    enable_node_annotations: notYet("boolean", false, sriov),
  },
  ingress: {
    l7_router_uuid: replaced("string", "", "Gateway API and Routes, once they come"),
  },
} as const satisfies OptionSections;
