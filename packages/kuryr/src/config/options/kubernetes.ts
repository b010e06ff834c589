import { ignored, notYet, option, replaced, type OptionSections } from "../option.ts";

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";
const services = "Services are left to kube-proxy in this version.";
const policies = "NetworkPolicies have no effect in this version.";
const watching = "Watches end by silence and errors, and begin again with growing pauses.";

/** `[kubernetes]`: the connection, the handlers, and the drivers by name. */
export const kubernetesOptions = {
  kubernetes: {
    api_root: option("string", "", "URL of the Kubernetes API; empty takes the one that Kubernetes gives to a pod."),
    ssl_ca_crt_file: option("string", `${serviceAccount}/ca.crt`, "CA of the Kubernetes API."),
    ssl_client_crt_file: option("string", "", "Client certificate for the Kubernetes API."),
    ssl_client_key_file: option("string", "", "Key of the client certificate."),
    token_file: option(
      "string",
      `${serviceAccount}/token`,
      "Bearer token for the Kubernetes API; read again whenever it changes.",
    ),
    ssl_verify_server_crt: replaced(
      "boolean",
      true,
      "ssl_ca_crt_file: the certificate of the Kubernetes API is always verified, by the CA that is named there",
    ),
    enabled_handlers: option(
      "list",
      "vif,endpoints,service,kuryrloadbalancer,kuryrport",
      "What the controller takes care of, by the names of the last release or of Rocky; module:PATH or module:PACKAGE is one of your own.",
    ),
    ignored_runtime_classes: option(
      "list",
      "",
      "Runtime classes whose pods get their network from another CNI configuration; Kuryr leaves them alone.",
    ),
    pod_project_driver: option("string", "default", "Chooses the project that owns a pod's ports."),
    pod_subnets_driver: option("string", "default", "Chooses the subnets of a pod."),
    pod_security_groups_driver: option("string", "default", "Chooses the security groups of a pod."),
    pod_vif_driver: option("string", "neutron-vif", "Makes the interfaces of pods."),
    vif_pool_driver: option(
      "string",
      "noop",
      "Where ports come from: neutron keeps some ready for pods to come, noop makes each when it is needed.",
    ),
    port_debug: option(
      "boolean",
      false,
      "Name the ports of pods `<namespace>/<pod>`. Their device_id is the UID of the pod in any case.",
    ),
    use_events: option("boolean", true, "Write Kubernetes Events about what goes wrong and what changed."),
    multi_vif_drivers: notYet("list", "noop", "Pods have one interface in this version."),
    additional_ifname_prefix: notYet("string", "eth", "Pods have one interface in this version."),
    service_project_driver: notYet("string", "default", services),
    service_subnets_driver: notYet("string", "default", services),
    service_security_groups_driver: notYet("string", "default", services),
    service_public_ip_driver: notYet("string", "neutron_floating_ip", services),
    endpoints_lbaas_driver: notYet("string", "lbaasv2", services),
    endpoints_driver_octavia_provider: notYet("string", "default", services),
    namespace_project_driver: notYet("string", "default", "Namespaces have no networks of their own in this version."),
    network_policy_project_driver: notYet("string", "default", policies),
    network_policy_driver: notYet("string", "default", policies),
    nodes_subnets_driver: notYet("string", "config", "Nodes in virtual machines come in a later version."),
    enable_manager: option("boolean", false, "Serve [pool_manager]sock_file, for kuryrctl pools."),
    watch_retry_timeout: ignored("integer", 60, watching),
    watch_connection_timeout: ignored("integer", 30, watching),
    watch_read_timeout: ignored("integer", 60, watching),
    watch_reconcile_period: option(
      "integer",
      120,
      "Seconds within which an event that was lost on the way is made up for by another list; 0 trusts the watches.",
      { min: 0 },
    ),
    leader_election: option(
      "boolean",
      true,
      "Work only while holding the Lease kuryr-controller, so that there may be several controllers. False is for one that is certainly the only one.",
    ),
    controller_ha: replaced(
      "boolean",
      false,
      "controllers elect a leader by a Lease, always unless leader_election is False; remove the side-car",
    ),
    controller_ha_elector_port: replaced(
      "integer",
      16_401,
      "controllers elect a leader by a Lease, which needs no port; remove the side-car",
    ),
  },
} as const satisfies OptionSections;
