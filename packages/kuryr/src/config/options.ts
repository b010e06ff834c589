/** How an option's text becomes a value. Names follow oslo.config. */
export type OptionType = "string" | "integer" | "float" | "boolean" | "list" | "dict";

/** One option of kuryr.conf. */
export interface Option {
  readonly type: OptionType;
  readonly default: string | undefined;
  readonly help: string;
  /** Never shown, never logged. */
  readonly secret?: boolean;
  /** Lowest number taken. */
  readonly min?: number;
}

const option = <T extends OptionType>(
  type: T,
  standard: string,
  help: string,
  more: Partial<Pick<Option, "secret" | "min">> = {},
): Option & { readonly type: T } => ({ type, default: standard, help, ...more });

/**
 * The options that this version acts on, by section and name as users have them in kuryr.conf.
 * Source: `kuryr_kubernetes/config.py` and keystoneauth's loading options.
 */
export const options = {
  DEFAULT: {
    debug: option("boolean", "false", "Log what is of use to developers too."),
  },
  kubernetes: {
    api_root: option("string", "", "URL of the Kubernetes API; empty takes the one that Kubernetes gives to a pod."),
    ssl_ca_crt_file: option(
      "string",
      "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
      "CA of the Kubernetes API.",
    ),
    ssl_client_crt_file: option("string", "", "Client certificate for the Kubernetes API."),
    ssl_client_key_file: option("string", "", "Key of the client certificate."),
    ignored_runtime_classes: option(
      "list",
      "",
      "Runtime classes whose pods get their network from another CNI configuration; Kuryr leaves them alone.",
    ),
    token_file: option(
      "string",
      "/var/run/secrets/kubernetes.io/serviceaccount/token",
      "Bearer token for the Kubernetes API; read again whenever it changes.",
    ),
  },
  neutron: {
    auth_url: option("string", "", "URL of Keystone."),
    username: option("string", "", "User name."),
    password: option("string", "", "Password.", { secret: true }),
    user_domain_name: option("string", "Default", "Domain of the user."),
    project_name: option("string", "", "Project of the user."),
    project_domain_name: option("string", "Default", "Domain of the project."),
    region_name: option("string", "", "Region in the service catalogue."),
    endpoint_type: option("string", "public", "Interface in the service catalogue: public, internal or admin."),
    cafile: option("string", "", "CA of the OpenStack APIs."),
    insecure: option("boolean", "false", "Do not verify the certificates of the OpenStack APIs."),
  },
  neutron_defaults: {
    project: option("string", "", "Project that owns the ports of pods."),
    pod_subnet: option("string", "", "Subnet of the default network of pods."),
    pod_security_groups: option("list", "", "Security groups of pods that no policy isolates."),
    ovs_bridge: option("string", "br-int", "Integration bridge on the nodes."),
    network_device_mtu: option("integer", "0", "Upper limit of the MTU of pod interfaces; 0 takes the network's.", {
      min: 0,
    }),
    resource_tags: option("list", "", "Tags of every cloud resource that Kuryr makes."),
  },
  health_server: {
    port: option("integer", "8082", "Port of the controller's /ready and /alive.", { min: 1 }),
  },
  cni_health_server: {
    port: option("integer", "8090", "Port of the daemon's /ready and /alive.", { min: 1 }),
  },
  cni_daemon: {
    vif_annotation_timeout: option(
      "integer",
      "60",
      "Seconds that an ADD waits for its KuryrPort, and then for its interfaces.",
      { min: 1 },
    ),
    docker_mode: option("boolean", "false", "The daemon runs in a container of its own mount namespace."),
    netns_proc_dir: option("string", "", "Where the host's /proc is mounted, in docker_mode."),
  },
} as const satisfies Record<string, Record<string, Option>>;

export type Options = typeof options;
