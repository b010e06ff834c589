import type { Caller } from "../../identity/state.ts";
import { networkRefusal } from "../../refusal.ts";
import type { JsonObject, Shape } from "../api/attributes.ts";
import {
  idAttribute,
  idReference,
  networkNotFound,
  portNotFound,
  projectAttribute,
  readOnly,
  shownStandard,
  standardAttributes,
  stringAttribute,
  tagAttributes,
} from "../api/common.ts";
import type { Networks } from "../networks/networks.ts";
import type { Ports } from "../ports/ports.ts";
import { input, type Resource } from "../api/resource.ts";
import { any, all, rulesOf, admin, type Rights } from "../api/rights.ts";
import type { Routers } from "./routers.ts";
import type { FloatingIp, Port } from "../state/rows.ts";
import type { NetworkState } from "../state/state.ts";
import { addressOrNone, uuidOrNone } from "../api/values.ts";

const open = { post: true, put: true, fallback: null, filter: true };

const shape: Shape = {
  member: "floatingip",
  collection: "floatingips",
  bulk: true,
  old: true,
  attributes: {
    id: idAttribute,
    floating_ip_address: { post: true, fallback: null, check: addressOrNone, filter: true, sort: true, guarded: true },
    subnet_id: { post: true, fallback: null, check: uuidOrNone },
    floating_network_id: idReference(),
    router_id: { ...open, check: uuidOrNone, sort: true },
    port_id: { ...open, check: uuidOrNone },
    fixed_ip_address: { ...open, check: addressOrNone, sort: true },
    project_id: projectAttribute,
    status: { filter: true, sort: true },
    qos_policy_id: { post: true, put: true, fallback: null, check: uuidOrNone, guarded: true },
    ...standardAttributes,
    ...tagAttributes,
    dns_name: stringAttribute(255, { put: false, filter: false }),
    dns_domain: stringAttribute(255, { put: false, filter: false }),
    port_details: readOnly,
  },
};

const missing = (id: string) => networkRefusal(404, "FloatingIPNotFound", `Floating IP ${id} could not be found`);
const bad = (why: string): Error => networkRefusal(400, "BadRequest", `Bad floatingip request: ${why}.`);

export interface FloatingIps extends Resource<FloatingIp> {
  /** Takes floating IPs from a port that goes. */
  readonly portGone: (port: Port) => void;
}

/** Neutron's floating IPs. */
export function createFloatingIps(
  state: NetworkState,
  networks: Networks,
  ports: Ports,
  routers: Routers,
): FloatingIps {
  const { role, reader, member } = rulesOf(state.release);
  const owner = (caller: Caller, { projectId }: { projectId: string }): boolean => caller.projectId === projectId;
  const rights: Rights = {
    get: reader,
    create: member,
    update: member,
    remove: member,
    attributes: {
      "create:floating_ip_address": state.release === "zed" ? admin : any(admin, all(role("manager"), owner)),
    },
  };

  routers.guard((router, subnet) =>
    [...state.floatingIps.values()].some((one) => {
      if (one.router_id !== router || one.port_id === null) return false;
      const fixed = state.ports.get(one.port_id)?.fixed_ips.find((each) => each.ip_address === one.fixed_ip_address);
      return subnet === undefined || fixed?.subnet_id === subnet;
    }),
  );

  function show(ip: FloatingIp): JsonObject {
    const port = ip.port_id === null ? undefined : state.ports.get(ip.port_id);
    return {
      ...shownStandard(ip),
      tags: ip.tags,
      floating_network_id: ip.floating_network_id,
      floating_ip_address: ip.floating_ip_address,
      port_id: ip.port_id,
      fixed_ip_address: ip.fixed_ip_address,
      router_id: ip.router_id,
      status: ip.status,
      qos_policy_id: null,
      dns_name: "",
      dns_domain: "",
      port_details:
        port === undefined
          ? null
          : {
              name: port.name,
              network_id: port.network_id,
              mac_address: port.mac_address,
              admin_state_up: port.admin_state_up,
              status: port.status,
              device_id: port.device_id,
              device_owner: port.device_owner,
            },
    };
  }

  /** What joining a port changes. @throws Refusal */
  function joined(ip: FloatingIp, portId: string, fixedAddress: string | null, caller: Caller): FloatingIp {
    const port = state.ports.get(portId);
    if (port === undefined || !ports.rights.get(caller, ports.target(port))) throw portNotFound(portId);
    const fixed =
      fixedAddress === null
        ? port.fixed_ips.find((one) => !one.ip_address.includes(":"))
        : port.fixed_ips.find((one) => one.ip_address === fixedAddress);
    if (fixed === undefined) {
      if (fixedAddress === null) throw bad(`Cannot add floating IP to port ${portId} that has no fixed IPv4 addresses`);
      throw bad(`Port ${portId} does not have fixed ip ${fixedAddress}`);
    }
    const external = ip.floating_network_id;
    const router = routers.between(external, fixed.subnet_id);
    if (router === undefined) {
      const message =
        `External network ${external} is not reachable from subnet ${fixed.subnet_id}.  Therefore, cannot associate Port ` +
        `${portId} with a Floating IP.`;
      throw networkRefusal(404, "ExternalGatewayForFloatingIPNotFound", message);
    }
    const other = [...state.floatingIps.values()].find(
      (one) => one.id !== ip.id && one.port_id === portId && one.fixed_ip_address === fixed.ip_address,
    );
    if (other !== undefined && other.floating_network_id === external) {
      const message =
        `Cannot associate floating IP ${ip.floating_ip_address} (${ip.id}) with port ${portId} using fixed IP ` +
        `${fixed.ip_address}, as that fixed IP already has a floating IP on external network ${external}.`;
      throw networkRefusal(409, "FloatingIPPortAlreadyAssociated", message);
    }
    return { ...ip, port_id: portId, fixed_ip_address: fixed.ip_address, router_id: router.id };
  }

  /** The answer still shows the status from before. */
  function settle(before: FloatingIp): FloatingIp {
    const status = before.port_id === null ? "DOWN" : "ACTIVE";
    state.floatingIps.set({ ...before, status });
    return before;
  }

  return {
    shape,
    path: "floatingips",
    rights,
    table: state.floatingIps,
    quota: "floatingip",
    missing,
    taggable: true,
    target: (ip) => ({ projectId: ip.project_id }),
    targetOf: (given) => ({ projectId: input.string(given, "project_id") }),
    show,
    answersAsMade: true,
    portGone(port) {
      for (const ip of state.floatingIps.values())
        if (ip.port_id === port.id)
          state.floatingIps.set({ ...ip, port_id: null, fixed_ip_address: null, router_id: null, status: "DOWN" });
    },
    create(given, caller) {
      const networkId = input.string(given, "floating_network_id");
      const network = state.networks.get(networkId);
      if (network === undefined || !networks.rights.get(caller, networks.target(network)))
        throw networkNotFound(networkId);
      if (!network["router:external"]) throw bad(`Network ${networkId} is not a valid external network`);
      const portId = input.stringOrNull(given, "port_id");
      const fixed = input.stringOrNull(given, "fixed_ip_address");
      if (portId === null && fixed !== null) throw bad("fixed_ip_address cannot be specified without a port_id");
      const wanted = input.stringOrNull(given, "floating_ip_address");
      const subnet = input.stringOrNull(given, "subnet_id");
      const asked = {
        ...(wanted === null ? {} : { ip_address: wanted }),
        ...(subnet === null ? {} : { subnet_id: subnet }),
      };
      const base = state.standard(input.string(given, "project_id"), input.string(given, "description"));
      const port = ports.make(
        {
          network_id: networkId,
          project_id: "",
          name: "",
          description: "",
          admin_state_up: true,
          device_id: base.id,
          device_owner: "network:floatingip",
          "binding:vnic_type": "normal",
          port_security_enabled: false,
          ...(Object.keys(asked).length === 0 ? {} : { fixed_ips: [asked] }),
        },
        { ...caller, isAdmin: true },
      );
      const ip: FloatingIp = {
        ...base,
        tags: [],
        floating_network_id: networkId,
        floating_ip_address: port.fixed_ips[0]?.ip_address ?? "",
        floating_port_id: port.id,
        port_id: null,
        fixed_ip_address: null,
        router_id: null,
        status: "DOWN",
        qos_policy_id: null,
      };
      return settle(portId === null ? ip : joined(ip, portId, fixed, caller));
    },
    update(ip, changes, caller) {
      let next = { ...ip };
      if (changes["description"] !== undefined) next.description = input.string(changes, "description");
      if (changes["port_id"] !== undefined) {
        const portId = input.stringOrNull(changes, "port_id");
        next =
          portId === null
            ? { ...next, port_id: null, fixed_ip_address: null, router_id: null }
            : joined(next, portId, input.stringOrNull(changes, "fixed_ip_address"), caller);
      }
      return settle(state.touched(next));
    },
    remove(ip) {
      state.floatingIps.delete(ip.id);
      ports.drop(ip.floating_port_id);
    },
  };
}
