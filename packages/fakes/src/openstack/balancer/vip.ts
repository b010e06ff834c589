import { jsonText } from "../../http/message.ts";
import type { Caller } from "../identity/state.ts";
import { isObject, type JsonObject } from "../network/api/attributes.ts";
import type { Networks } from "../network/networks/networks.ts";
import type { Ports } from "../network/ports/ports.ts";
import { input } from "../network/api/resource.ts";
import type { Port, Subnet } from "../network/state/rows.ts";
import { taken } from "../network/networks/ipam.ts";
import type { NetworkState } from "../network/state/state.ts";
import { balancerRefusal, Refusal } from "../refusal.ts";
import type { AdditionalVip, LoadBalancer } from "./state.ts";

type Vip = Pick<
  LoadBalancer,
  "vip_address" | "vip_port_id" | "vip_subnet_id" | "vip_network_id" | "additional_vips" | "ownPort"
>;

const invalid = (why: string): Error => balancerRefusal(400, `Validation failure: ${why}`);
export const gone = (what: string, id: string): Error => balancerRefusal(400, `${what} ${id} not found.`);

/** What Octavia does with Neutron: looks at what a request names, and makes the port of the VIP. */
export function createVips(network: NetworkState, networks: Networks, ports: Ports) {
  const isZed = network.release === "zed";
  const seen = (id: string, caller: Caller): boolean => {
    const found = network.networks.get(id);
    return found !== undefined && networks.rights.get(caller, networks.target(found));
  };

  function subnetOf(id: string, caller: Caller): Subnet {
    const subnet = network.subnets.get(id);
    if (subnet === undefined || !seen(subnet.network_id, caller)) throw gone("Subnet", id);
    return subnet;
  }

  /** Where the VIP is to be. @throws Refusal */
  function place(
    given: JsonObject,
    caller: Caller,
  ): { readonly network: string; readonly subnet?: Subnet; readonly port?: Port } {
    const portId = input.stringOrNull(given, "vip_port_id");
    const networkId = input.stringOrNull(given, "vip_network_id");
    const subnetId = input.stringOrNull(given, "vip_subnet_id");
    if (portId !== null) {
      const port = network.ports.get(portId);
      if (port === undefined || !ports.rights.get(caller, ports.target(port))) throw gone("Port", portId);
      return { network: port.network_id, port };
    }
    if (networkId !== null && !seen(networkId, caller)) throw gone("Network", networkId);
    if (subnetId !== null) {
      const subnet = subnetOf(subnetId, caller);
      return { network: subnet.network_id, subnet };
    }
    if (networkId !== null) return { network: networkId };
    throw invalid("VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id.");
  }

  /** The words in which Neutron's refusal of the port comes back. */
  function refused(error: unknown): unknown {
    if (!(error instanceof Refusal)) return error;
    const { body } = error.response;
    const inner = isObject(body) ? body["NeutronError"] : undefined;
    if (!isObject(inner)) return error;
    const message = jsonText(inner["message"]);
    if (isZed) {
      const requests = `\nNeutron server returns request_ids: ['req-${network.ids.uuid()}']`;
      return balancerRefusal(500, `Provider 'ovn' reports error: ${message}${requests}`);
    }
    if (inner["type"] === "IpAddressAlreadyAllocated")
      return balancerRefusal(409, `The VIP IP address is already in use: ${message}`);
    return balancerRefusal(500, `Provider 'ovn' reports error: ${message}`);
  }

  return {
    subnetOf,

    /** Checks what can be checked before anything is made. @throws Refusal */
    check(given: JsonObject, caller: Caller): void {
      const about = place(given, caller);
      const used = new Set(about.subnet === undefined ? [] : [about.subnet.id]);
      for (const vip of input.objects(given, "additional_vips")) {
        const subnet = subnetOf(jsonText(vip["subnet_id"]), caller);
        if (subnet.network_id !== about.network) throw invalid("All VIP subnets must belong to the same network.");
        if (used.has(subnet.id))
          throw invalid("Duplicate VIP subnet(s) specified. Only one IP can be bound per subnet.");
        used.add(subnet.id);
      }
    },

    /** Makes the VIP's port, or takes the one that is there. @throws Refusal */
    make(lb: string, project: string, given: JsonObject, caller: Caller): Vip {
      const { network: networkId, subnet, port } = place(given, caller);
      const wanted = input.stringOrNull(given, "vip_address");
      if (port !== undefined) {
        const [first] = port.fixed_ips;
        // Zed wants to make a port with that address.
        if (isZed && first !== undefined) throw refused(taken(first.ip_address, first.subnet_id));
        return {
          vip_address: first?.ip_address ?? "",
          vip_port_id: port.id,
          vip_subnet_id: first?.subnet_id ?? "",
          vip_network_id: networkId,
          additional_vips: [],
          ownPort: true,
        };
      }
      const chosen = subnet ?? network.subnetsOf(networkId).sort((a, b) => a.ip_version - b.ip_version)[0];
      const first = {
        ...(chosen === undefined ? {} : { subnet_id: chosen.id }),
        ...(wanted === null ? {} : { ip_address: wanted }),
      };
      const makePort = (name: string, fixed: JsonObject): Port =>
        ports.make(
          {
            network_id: networkId,
            project_id: project,
            name,
            description: "",
            device_id: isZed ? "" : `lb-${lb}`,
            device_owner: isZed ? "" : "ovn-lb:vip",
            admin_state_up: true,
            "binding:vnic_type": "normal",
            fixed_ips: [fixed],
          },
          { ...caller, isAdmin: true },
        );
      try {
        return network.transactions.run(() => {
          const main = makePort(`ovn-lb-vip-${lb}`, first);
          const others = input.objects(given, "additional_vips").map((vip, at): AdditionalVip => {
            const subnetId = jsonText(vip["subnet_id"]);
            const wantedToo = typeof vip["ip_address"] === "string" ? { ip_address: vip["ip_address"] } : {};
            // Zed says that it takes them, and does nothing.
            if (isZed) return { subnet_id: subnetId, ip_address: wantedToo.ip_address ?? null };
            const made = makePort(`ovn-lb-vip-additional-${at + 1}-${lb}`, { subnet_id: subnetId, ...wantedToo });
            return { subnet_id: subnetId, ip_address: made.fixed_ips[0]?.ip_address ?? "", port_id: made.id };
          });
          return {
            vip_address: main.fixed_ips[0]?.ip_address ?? "",
            vip_port_id: main.id,
            vip_subnet_id: main.fixed_ips[0]?.subnet_id ?? "",
            vip_network_id: networkId,
            additional_vips: others,
            ownPort: false,
          };
        });
      } catch (error) {
        throw refused(error);
      }
    },

    /** Takes the VIP's port away, unless it was there before. */
    drop(lb: LoadBalancer): void {
      if (lb.ownPort) return;
      for (const id of [lb.vip_port_id, ...lb.additional_vips.flatMap((vip) => vip.port_id ?? [])]) ports.drop(id);
    },
  };
}

export type Vips = ReturnType<typeof createVips>;
