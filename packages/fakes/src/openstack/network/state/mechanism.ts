import type { JsonObject } from "../api/attributes.ts";
import type { Port } from "./rows.ts";
import type { NetworkState, Release } from "./state.ts";

/** The ML2 mechanism driver that binds ports: what a port says of its VIF depends on it. */
export type Mechanism = "ovn" | "openvswitch";

/** How a port looks that a chassis can take. */
const OVN: JsonObject = {
  port_filter: true,
  connectivity: "l2",
  bridge_name: "br-int",
  datapath_type: "netdev",
  ovs_create_tap: true,
  bound_drivers: { "0": "ovn" },
};

/** On Zed a chassis is told to look like this, once it has been asked for a second time. */
export const ZED_DETAILS: JsonObject = { port_filter: true, connectivity: "l2" };

/** With the firewall of iptables, which needs a bridge of Linux between a VIF and `br-int`. */
const OPEN_VSWITCH: JsonObject = {
  port_filter: true,
  connectivity: "l2",
  ovs_hybrid_plug: true,
  bridge_name: "br-int",
  datapath_type: "system",
  bound_drivers: { "0": "openvswitch" },
};

/** `binding:vif_details` of a port that is bound. */
export function vifDetails(release: Release, mechanism: Mechanism): JsonObject {
  if (mechanism === "openvswitch") return OPEN_VSWITCH;
  return release === "zed" ? { ...ZED_DETAILS, bound_drivers: { "0": "ovn" } } : OVN;
}

/** What an agent says of itself, beside its host and its times. */
export function agentOf(host: string, mechanism: Mechanism): JsonObject {
  if (mechanism === "ovn") {
    return {
      agent_type: "OVN Controller Gateway agent",
      binary: "ovn-controller",
      topic: "n/a",
      configurations: { chassis_name: host, "bridge-mappings": "physnet1:br-ex" },
    };
  }
  return {
    agent_type: "Open vSwitch agent",
    binary: "neutron-openvswitch-agent",
    topic: "N/A",
    configurations: {
      bridge_mappings: { physnet1: "br-ex" },
      datapath_type: "system",
      ovs_hybrid_plug: true,
      integration_bridge: "br-int",
      tunnel_types: ["vxlan"],
    },
  };
}

/**
 * Neutron's status of ports, as chassis report them plugged.
 * @param paceMs how long it takes until a port that is plugged is ACTIVE
 */
export function createPlugging(state: NetworkState, paceMs: number) {
  const plugged = new Set<string>();

  function set(port: Port, status: string): void {
    if (port.status !== status) state.ports.set({ ...port, status, revision_number: port.revision_number + 1 });
  }

  function activate(id: string): void {
    const port = state.ports.get(id);
    if (port !== undefined && plugged.has(id) && port.admin_state_up && port["binding:host_id"] !== "")
      set(port, "ACTIVE");
  }

  return (id: string, isPlugged: boolean): void => {
    const port = state.ports.get(id);
    if (port === undefined) return;
    if (!isPlugged) {
      plugged.delete(id);
      set(port, "DOWN");
      return;
    }
    plugged.add(id);
    if (paceMs === 0) {
      activate(id);
      return;
    }
    // An agent tells that it has begun; OVN tells only that it is done.
    if (state.mechanism === "openvswitch" && port["binding:host_id"] !== "") set(port, "BUILD");
    state.clock.after(paceMs, () => activate(id));
  };
}
