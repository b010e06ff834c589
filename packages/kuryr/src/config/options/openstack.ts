import { ignored, notYet, option, replaced, type OptionSections } from "../option.ts";

const libnetwork = "It belongs to kuryr-libnetwork.";
const services = "Services are left to kube-proxy in this version.";
const asked = "Endpoints and versions are discovered; the catalogue says where they are.";
const repeats = "What fails is repeated by the kind of error, with growing pauses.";

/**
 * `[neutron]`, which serves all of OpenStack, and the defaults of what is made there. Sources: keystoneauth's loading
 * options and `kuryr_kubernetes/config.py`.
 */
export const openstackOptions = {
  neutron: {
    auth_url: option("string", "", "URL of Keystone."),
    auth_type: option("string", "password", "How to log in.", {
      aliases: ["auth_plugin"],
      choices: ["password", "v3password", "v3applicationcredential", "token", "v3token"],
    }),
    username: option("string", "", "User name.", { aliases: ["user_name"] }),
    user_id: option("string", "", "User, by id."),
    password: option("string", "", "Password.", { secret: true }),
    password_file: option(
      "string",
      "",
      "File that holds the password, instead of password. Its last line end is no part of it.",
    ),
    user_domain_name: option("string", "Default", "Domain of the user. user_domain_id goes before it."),
    user_domain_id: option("string", "", "Domain of the user, by id."),
    project_name: option("string", "", "Project of the user.", { aliases: ["tenant_name"] }),
    project_id: option("string", "", "Project of the user, by id.", { aliases: ["tenant_id"] }),
    project_domain_name: option("string", "Default", "Domain of the project. project_domain_id goes before it."),
    project_domain_id: option("string", "", "Domain of the project, by id."),
    application_credential_id: option("string", "", "Application credential, by id."),
    application_credential_name: option("string", "", "Application credential, by name; it needs its user."),
    application_credential_secret: option("string", "", "Secret of the application credential.", { secret: true }),
    application_credential_secret_file: option(
      "string",
      "",
      "File that holds the secret of the application credential, instead of application_credential_secret. Its last line end is no part of it.",
    ),
    token: option("string", "", "Token, with auth_type token.", { secret: true }),
    token_file: option(
      "string",
      "",
      "File that holds the token, instead of token. Its last line end is no part of it.",
    ),
    region_name: option("string", "", "Region in the service catalogue."),
    endpoint_type: option("string", "public", "Interface in the service catalogue: public, internal or admin.", {
      aliases: ["interface"],
    }),
    valid_interfaces: replaced("list", "", "[neutron]endpoint_type, which is one interface"),
    cafile: option("string", "", "CA of the OpenStack APIs."),
    insecure: option("boolean", false, "Do not verify the certificates of the OpenStack APIs."),
    certfile: notYet("string", "", "OpenStack is not talked to with a client certificate in this version."),
    keyfile: notYet("string", "", "OpenStack is not talked to with a client certificate in this version."),
    auth_section: replaced("string", "", "the options of [neutron] themselves: one section has the credentials"),
    default_domain_id: replaced("string", "", "user_domain_id and project_domain_id"),
    default_domain_name: replaced("string", "", "user_domain_name and project_domain_name"),
    system_scope: ignored("string", "", "Kuryr works in a project."),
    domain_id: ignored("string", "", "Kuryr works in a project."),
    domain_name: ignored("string", "", "Kuryr works in a project."),
    trust_id: ignored("string", "", "Application credentials do what trusts did."),
    timeout: ignored("string", "", "Every request has a timeout that fits it."),
    collect_timing: ignored("boolean", false, "Latencies are always measured; see the metrics."),
    split_loggers: ignored("boolean", false, "Log lines say what they are about."),
    service_type: ignored("string", "network", asked),
    service_name: ignored("string", "", asked),
    endpoint_override: ignored("string", "", asked),
    min_version: ignored("string", "", asked),
    max_version: ignored("string", "", asked),
    connect_retries: ignored("integer", 0, repeats),
    connect_retry_delay: ignored("string", "", repeats),
    status_code_retries: ignored("integer", 0, repeats),
    status_code_retry_delay: ignored("string", "", repeats),
    retriable_status_codes: ignored("list", "", repeats),
    enable_dhcp: ignored("boolean", true, libnetwork),
    default_subnetpool_v4: ignored("string", "kuryr", libnetwork),
    default_subnetpool_v6: ignored("string", "kuryr6", libnetwork),
    vif_plugging_is_fatal: ignored("boolean", false, libnetwork),
    vif_plugging_timeout: ignored("integer", 0, libnetwork),
  },
  neutron_defaults: {
    project: option("string", "", "Project that owns the ports of pods."),
    pod_subnet: option(
      "list",
      "",
      "Subnet of the default network of pods, by id. For dual-stack pods two of one network: IPv4, then IPv6.",
    ),
    pod_security_groups: option("list", "", "Security groups of pods that no policy isolates."),
    ovs_bridge: option("string", "br-int", "Integration bridge on the nodes."),
    ovs_hybrid_plug: option(
      "boolean",
      false,
      "Plug every pod through a Linux bridge of its own, also where its port does not ask for it.",
    ),
    port_readiness: option(
      "string",
      "auto",
      "What tells that a pod's interface carries traffic: ovn-installed (OVN's sign on the node), active (the port's status in Neutron), or auto, which goes by what has bound the port.",
      { choices: ["auto", "ovn-installed", "active"] },
    ),
    network_device_mtu: option("integer", 0, "Upper limit of the MTU of pod interfaces; 0 takes the network's.", {
      min: 0,
    }),
    resource_tags: option("list", "", "Tags of every cloud resource that Kuryr makes."),
    service_subnet: notYet("string", "", services),
    external_svc_net: notYet("string", "", services),
    external_svc_subnet: notYet("string", "", services),
    lbaas_activation_timeout: notYet("integer", 300, services),
    subnet_mapping: notYet("dict", "", "Pods have one interface in this version."),
  },
  octavia_defaults: {
    member_mode: notYet("string", "L3", services, { choices: ["L3", "L2"] }),
    enforce_sg_rules: notYet("boolean", true, services),
    lb_algorithm: notYet("string", "ROUND_ROBIN", services),
    timeout_client_data: notYet("integer", 0, services),
    timeout_member_data: notYet("integer", 0, services),
    sg_mode: replaced("string", "update", "[octavia_defaults]enforce_sg_rules, once Services come"),
  },
  cache_defaults: {
    enabled: ignored("boolean", true, "What is read from OpenStack is cached where it is used."),
    backend: ignored("string", "dogpile.cache.memory", "What is read from OpenStack is cached in memory."),
  },
  subnet_caching: {
    caching: ignored("boolean", true, "Subnets are cached for an hour."),
    cache_time: ignored("integer", 3600, "Subnets are cached for an hour."),
  },
  nodes_caching: {
    caching: ignored("boolean", true, "Nodes are watched."),
    cache_time: ignored("integer", 3600, "Nodes are watched."),
  },
  node_driver_caching: {
    caching: ignored("boolean", true, "Nodes are watched."),
    cache_time: ignored("integer", 3600, "Nodes are watched."),
  },
} as const satisfies OptionSections;
