import { ignored, notYet, option, replaced, type OptionSections } from "../option.ts";

const dpdk = "Interfaces for DPDK are not made in this version.";
const binding = "pod_vif_driver decides how interfaces are plugged, without binding drivers.";

/** What the daemon does on its node. */
export const nodeOptions = {
  cni_daemon: {
    vif_annotation_timeout: option(
      "integer",
      60,
      "Seconds that an ADD waits for its KuryrPort, and then for its interfaces.",
      { min: 1 },
    ),
    cni_failures_count: option(
      "integer",
      3,
      "ADDs in a row, of two pods or more, that may fail before the daemon is not alive; 0 lets any number fail.",
      { min: 0 },
    ),
    docker_mode: option("boolean", false, "The daemon runs in a container of its own mount namespace."),
    netns_proc_dir: option("string", "", "Where the host's /proc is mounted, in docker_mode."),
    bind_address: replaced(
      "string",
      "127.0.0.1:5036",
      "the socket /run/kuryr/cni.sock: nothing but root of the node can call the daemon",
    ),
    worker_num: option("integer", 30, "Pods that are plugged at once; more wait their turn.", { min: 1 }),
    chained_plugins: option(
      "list",
      "",
      "CNI plugins that the runtime calls after Kuryr's, such as portmap, without which no pod gets a hostPort.",
    ),
    pyroute2_timeout: ignored("integer", 10, "Every call of the kernel is bounded."),
    daemon_enabled: replaced("boolean", true, "the daemon, without which nothing runs; remove the option"),
  },
  binding: {
    link_iface: notYet("string", "", "Nodes in virtual machines come in a later version."),
    default_driver: ignored("string", "kuryr.lib.binding.drivers.veth", binding, { aliases: ["driver"] }),
    enabled_drivers: ignored("list", "kuryr.lib.binding.drivers.veth", binding),
    veth_dst_prefix: ignored(
      "string",
      "eth",
      "The runtime names the first interface, additional_ifname_prefix others.",
    ),
  },
  vhostuser: {
    mount_point: notYet("string", "/var/cni/vhostuser", dpdk),
    ovs_vhu_path: notYet("string", "/var/run/openvswitch/", dpdk),
  },
  nested_dpdk: {
    dpdk_driver: notYet("string", "uio_pci_generic", dpdk),
    pci_mount_point: notYet("string", "/var/pci_address", dpdk),
  },
} as const satisfies OptionSections;
