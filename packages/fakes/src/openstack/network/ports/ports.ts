import { jsonText } from "../../../http/message.ts";
import type { Caller } from "../../identity/state.ts";
import { networkRefusal, Refusal } from "../../refusal.ts";
import { parseAddress } from "../state/addresses.ts";
import type { JsonObject } from "../api/attributes.ts";
import { groupNotFound, networkNotFound, portNotFound, shownStandard } from "../api/common.ts";
import { AddressAllocator, type AddressRequest } from "../networks/ipam.ts";
import { showPlainNetwork, type Networks } from "../networks/networks.ts";
import { vifDetails, ZED_DETAILS } from "../state/mechanism.ts";
import { portShape } from "./port-shape.ts";
import type { QosPolicies } from "../qos/qos.ts";
import { input, type Resource } from "../api/resource.ts";
import { portRights } from "./port-rights.ts";
import type { AddressPair, Network, Port } from "../state/rows.ts";
import type { SecurityGroups } from "../groups/security-groups.ts";
import type { NetworkState } from "../state/state.ts";

const GUARDED_OWNERS = ["network:router_interface", "network:router_gateway", "network:floatingip"];

export interface Ports extends Resource<Port> {
  /** Makes a port of the service's own, past rights and quotas. */
  readonly make: (given: JsonObject, caller: Caller) => Port;
  /** Takes a port away, whoever owns it. */
  readonly drop: (id: string) => void;
  readonly allocator: AddressAllocator;
  /** Adds a reason why a port cannot be deleted. */
  readonly guard: (check: (port: Port) => void) => void;
}

/** What refers to ports and wants to know when one goes. */
export type PortGone = (port: Port) => void;

/** Neutron's ports, as ML2 binds them. */
export function createPorts(
  state: NetworkState,
  networks: Networks,
  groups: SecurityGroups,
  qos: Pick<QosPolicies, "check">,
  gone: readonly PortGone[],
): Ports {
  const { release } = state;
  const rights = portRights(release);
  const allocator = new AddressAllocator(state);
  const target = (port: Port) => ({
    projectId: port.project_id,
    network: state.networks.get(port.network_id),
    deviceOwner: port.device_owner,
  });

  const guards: ((port: Port) => void)[] = [];

  const boundDetails = vifDetails(release, state.mechanism);

  function vifType(host: string): string {
    if (host === "") return "unbound";
    return state.hosts.has(host) ? "ovs" : "binding_failed";
  }

  function checkGroups(ids: readonly string[], caller: Caller): void {
    const found = ids.map((id) => {
      const group = state.groups.get(id);
      if (group === undefined || !groups.rights.get(caller, groups.target(group))) throw groupNotFound(id);
      return group;
    });
    if (new Set(found.map((group) => group.stateful)).size > 1) {
      const message =
        "Error Cannot apply both stateful and stateless security groups on the same port at the same time while " +
        "attempting the operation.";
      throw networkRefusal(409, "SecurityGroupConflict", message);
    }
  }

  function checkMac(network: string, address: string, own?: string): void {
    const owner = state.macs.get(`${network}/${address}`);
    if (owner === undefined || owner === own) return;
    const message = `Unable to complete operation for network ${network}. The mac address ${address} is in use.`;
    throw networkRefusal(409, "MacAddressInUse", message);
  }

  function freshMac(network: string): string {
    for (;;) {
      const address = state.ids.mac();
      if (!state.macs.has(`${network}/${address}`)) return address;
    }
  }

  const pairsOf = (given: JsonObject, own: string): AddressPair[] =>
    input.objects(given, "allowed_address_pairs").map((pair) => ({
      ip_address: jsonText(pair["ip_address"]),
      mac_address: typeof pair["mac_address"] === "string" ? pair["mac_address"] : own,
    }));

  /** What 2026.2 wants of the address pairs of a bound port. @throws Refusal */
  function checkPairs(host: string, own: string, pairs: readonly AddressPair[]): void {
    if (release === "zed" || host === "") return;
    for (const pair of pairs) {
      const range = pair.ip_address.includes(":") ? "00:00:5e:00:02:" : "00:00:5e:00:01:";
      if (pair.mac_address === own || pair.mac_address.toLowerCase().startsWith(range)) continue;
      const message =
        `Virtual MAC address ${pair.mac_address} in allowed address pair does not belong to the RFC 5798 VRRP virtual MAC ` +
        "ranges (00:00:5e:00:01:XX for IPv4 or 00:00:5e:00:02:XX for IPv6).";
      throw networkRefusal(400, "InvalidVirtualMACAddress", message);
    }
  }

  const asked = (given: JsonObject): AddressRequest[] | undefined =>
    given["fixed_ips"] === undefined ? undefined : input.objects(given, "fixed_ips");

  function networkOf(id: string, caller: Caller): Network {
    const network = state.networks.get(id);
    if (network === undefined || !networks.rights.get(caller, networks.target(network))) throw networkNotFound(id);
    return network;
  }

  function make(given: JsonObject, caller: Caller): Port {
    const network = networkOf(input.string(given, "network_id"), caller);
    const owner = input.string(given, "project_id");
    const isService = input.string(given, "device_owner").startsWith("network:");
    const secured =
      given["port_security_enabled"] === undefined
        ? network.port_security_enabled && !isService
        : input.boolean(given, "port_security_enabled");
    const groupsGiven = given["security_groups"] !== undefined;
    const macGiven = given["mac_address"];
    const mac = typeof macGiven === "string" ? macGiven.toLowerCase() : freshMac(network.id);
    if (typeof macGiven === "string") checkMac(network.id, mac);
    const wanted = input.strings(given, "security_groups");
    if (groupsGiven) checkGroups(wanted, caller);
    const fixed = allocator.allocate(network, mac, asked(given));
    if (groupsGiven && wanted.length > 0 && !secured) throw securityRequired();
    const useDefault = !groupsGiven && secured && !isService;
    const policy = input.stringOrNull(given, "qos_policy_id");
    qos.check(policy, caller);
    const host = input.stringOrNull(given, "binding:host_id") ?? "";
    const pairs = pairsOf(given, mac);
    checkPairs(host, mac, pairs);
    return state.ports.set({
      ...state.standard(owner, input.string(given, "description")),
      name: input.string(given, "name"),
      tags: input.strings(given, "tags"),
      network_id: network.id,
      admin_state_up: input.boolean(given, "admin_state_up"),
      status: "DOWN",
      mac_address: mac,
      fixed_ips: fixed,
      device_id: input.string(given, "device_id"),
      device_owner: input.string(given, "device_owner"),
      security_groups: useDefault ? [groups.defaultOf(owner).id] : wanted,
      allowed_address_pairs: pairs,
      port_security_enabled: secured,
      extra_dhcp_opts: [],
      qos_policy_id: policy,
      "binding:host_id": host,
      "binding:vnic_type": input.string(given, "binding:vnic_type"),
      "binding:vif_type": vifType(host),
      "binding:profile": {},
    });
  }

  function update(port: Port, changes: JsonObject, caller: Caller): Port {
    const network = networkOf(port.network_id, caller);
    const next = { ...port };
    if (changes["mac_address"] !== undefined) {
      const mac = input.string(changes, "mac_address").toLowerCase();
      if (mac !== port.mac_address) {
        if (port["binding:vif_type"] !== "unbound" && port["binding:vif_type"] !== "binding_failed") {
          const message =
            `Unable to complete operation on port ${port.id}, port is already bound, port type: ` +
            `${port["binding:vif_type"]}, old_mac ${port.mac_address}, new_mac ${mac}.`;
          throw networkRefusal(409, "PortBound", message);
        }
        checkMac(network.id, mac, port.id);
        next.mac_address = mac;
      }
    }
    for (const name of ["name", "description", "device_id", "device_owner"] as const)
      if (changes[name] !== undefined) next[name] = input.string(changes, name);
    if (changes["admin_state_up"] !== undefined) next.admin_state_up = input.boolean(changes, "admin_state_up");
    if (changes["port_security_enabled"] !== undefined)
      next.port_security_enabled = input.boolean(changes, "port_security_enabled");
    if (changes["security_groups"] !== undefined) {
      next.security_groups = input.strings(changes, "security_groups");
      checkGroups(next.security_groups, caller);
    }
    if (changes["qos_policy_id"] !== undefined) {
      next.qos_policy_id = input.stringOrNull(changes, "qos_policy_id");
      qos.check(next.qos_policy_id, caller);
    }
    const wanted = asked(changes);
    if (wanted !== undefined) next.fixed_ips = allocator.allocate(network, next.mac_address, wanted, port.fixed_ips);
    if (changes["allowed_address_pairs"] !== undefined) next.allowed_address_pairs = pairsOf(changes, next.mac_address);
    if (next.security_groups.length > 0 && !next.port_security_enabled) throw securityRequired();
    if (changes["binding:host_id"] !== undefined) {
      next["binding:host_id"] = input.stringOrNull(changes, "binding:host_id") ?? "";
      next["binding:vif_type"] = vifType(next["binding:host_id"]);
      if (next["binding:host_id"] !== port["binding:host_id"]) next.status = "DOWN";
    }
    if (changes["binding:vnic_type"] !== undefined)
      next["binding:vnic_type"] = input.string(changes, "binding:vnic_type");
    checkPairs(next["binding:host_id"], next.mac_address, next.allowed_address_pairs);
    return state.ports.set(state.touched(next));
  }

  function show(port: Port, caller: Caller): JsonObject {
    const about = target(port);
    const sees = (name: string): boolean => rights.attributes[`get:${name}`]?.(caller, about) ?? true;
    const trunk = [...state.trunks.values()].find((one) => one.port_id === port.id);
    return {
      ...shownStandard(port),
      name: port.name,
      network_id: port.network_id,
      tags: port.tags,
      admin_state_up: port.admin_state_up,
      status: port.status,
      mac_address: port.mac_address,
      fixed_ips: port.fixed_ips,
      device_id: port.device_id,
      device_owner: port.device_owner,
      security_groups: port.security_groups,
      allowed_address_pairs: port.allowed_address_pairs,
      port_security_enabled: port.port_security_enabled,
      extra_dhcp_opts: port.extra_dhcp_opts,
      qos_policy_id: port.qos_policy_id,
      qos_network_policy_id: about.network?.qos_policy_id ?? null,
      "binding:vnic_type": port["binding:vnic_type"],
      ...(sees("binding:host_id") ? { "binding:host_id": port["binding:host_id"] } : {}),
      ...(sees("binding:vif_type") ? { "binding:vif_type": port["binding:vif_type"] } : {}),
      ...(sees("binding:vif_details")
        ? { "binding:vif_details": port["binding:vif_type"] === "ovs" ? boundDetails : {} }
        : {}),
      ...(sees("binding:profile") ? { "binding:profile": port["binding:profile"] } : {}),
      ...(sees("resource_request") ? { resource_request: null } : {}),
      ...(trunk === undefined
        ? {}
        : {
            trunk_details: {
              trunk_id: trunk.id,
              sub_ports: trunk.sub_ports.map((sub) => ({
                ...sub,
                mac_address: state.ports.get(sub.port_id)?.mac_address ?? "",
              })),
            },
          }),
    };
  }

  /** Zed does not take back the addresses of a refused bulk, whose ports are gone: nobody will free them. */
  function leak(begun: readonly Port[], error: unknown): void {
    const body = error instanceof Refusal ? JSON.stringify(error.response.body) : "";
    if (release !== "zed" || !/IpAddress(AlreadyAllocated|GenerationFailure)/.test(body)) return;
    for (const { subnet_id: subnet, ip_address: address } of begun.flatMap((port) => port.fixed_ips))
      state.addresses.get(subnet)?.set(parseAddress(address) ?? 0n, "nobody");
  }

  /** What Zed answers to a change has not come back from its database. */
  function showFresh(port: Port, caller: Caller): JsonObject {
    const shown = show(port, caller);
    const isBound = shown["binding:vif_type"] === "ovs";
    if (release !== "zed" || state.mechanism !== "ovn" || !isBound) return shown;
    return { ...shown, "binding:vif_details": ZED_DETAILS };
  }

  function drop(id: string): void {
    const port = state.ports.get(id);
    if (port === undefined) return;
    state.ports.delete(id);
    for (const tell of gone) tell(port);
  }

  return {
    shape: portShape(release),
    path: "ports",
    rights,
    table: state.ports,
    quota: "port",
    missing: portNotFound,
    taggable: true,
    target,
    targetOf: (given, caller) => {
      const network = networkOf(input.string(given, "network_id"), caller);
      if (release === "zed" && !caller.isAdmin && !network.shared && network.project_id !== caller.projectId) {
        const message = `Tenant ${caller.projectId} not allowed to create port on this network`;
        throw networkRefusal(403, "HTTPForbidden", message);
      }
      return {
        projectId: input.string(given, "project_id"),
        network,
        deviceOwner: input.string(given, "device_owner"),
      };
    },
    show,
    showUpdated: showFresh,
    // What an answer hides is decided by the first port of it: when that one was bound, those that were not show their
    // network as the service itself keeps it.
    showMade: (port, caller, together) => {
      const [first] = together ?? [];
      const shows = first !== undefined && first["binding:host_id"] !== "" && port["binding:host_id"] === "";
      const network = shows && release !== "zed" ? state.networks.get(port.network_id) : undefined;
      return {
        ...showFresh(port, caller),
        ...(network === undefined ? {} : { network: showPlainNetwork(state, network) }),
      };
    },
    create: make,
    make,
    update,
    drop,
    leak,
    allocator,
    guard: (check) => void guards.push(check),
    remove: (port) => {
      for (const check of guards) check(port);
      if (GUARDED_OWNERS.includes(port.device_owner)) {
        const why = `has device owner ${port.device_owner}`;
        const message = `Port ${port.id} cannot be deleted directly via the port API: ${why}.`;
        throw networkRefusal(409, "ServicePortInUse", message);
      }
      drop(port.id);
    },
  };
}

const securityRequired = (): Error =>
  networkRefusal(
    400,
    "PortSecurityAndIPRequiredForSecurityGroups",
    "Port security must be enabled and port must have an IP address in order to use security groups.",
  );
