import type { PodInterface } from "../../api/kuryr-port.ts";
import { KuryrError } from "../../api/errors.ts";
import type { NeutronPort } from "../ports/inventory.ts";

/** The attributes of a Neutron subnet that a pod interface is made from. */
export interface NeutronSubnet {
  readonly id: string;
  readonly cidr: string;
  readonly gateway_ip: string | null;
  readonly host_routes: readonly { readonly destination: string; readonly nexthop: string }[];
  readonly dns_nameservers: readonly string[];
}

/** What the interface takes from elsewhere than its port. */
export interface InterfaceContext {
  readonly subnets: ReadonlyMap<string, NeutronSubnet>;
  /** MTU of the network. */
  readonly networkMtu: number;
  /** `[neutron_defaults]network_device_mtu`; 0 sets no limit. */
  readonly deviceMtu: number;
  readonly bridge: string;
  /** `[neutron_defaults]ovs_hybrid_plug`: through a Linux bridge also where the port does not ask for it. */
  readonly hybridPlug: boolean;
  /** `[neutron_defaults]port_readiness`. */
  readonly readiness: "auto" | PodInterface["readiness"];
}

/** ML2/OVS's agent gives no sign on the node. */
function readinessOf(port: NeutronPort, { readiness }: InterfaceContext): PodInterface["readiness"] {
  if (readiness !== "auto") return readiness;
  const drivers = Object.values(port["binding:vif_details"]?.bound_drivers ?? {});
  return drivers.includes("openvswitch") ? "active" : "ovn-installed";
}

const prefixOf = (cidr: string): number => Number(cidr.slice(cidr.indexOf("/") + 1));

/** Writes down what the daemon needs of a pod's default interface. Pure. @throws KuryrError for a port without address. */
export function defaultInterface(port: NeutronPort, context: InterfaceContext): PodInterface {
  const addresses = port.fixed_ips.map((fixed) => {
    const subnet = context.subnets.get(fixed.subnet_id);
    if (subnet === undefined) {
      throw new KuryrError(
        "KURYR_SUBNET_UNKNOWN",
        `port ${port.id} is in subnet ${fixed.subnet_id}, which cannot be read`,
      );
    }
    const gateway = subnet.gateway_ip === null ? {} : { gateway: subnet.gateway_ip };
    return { subnetId: subnet.id, ip: fixed.ip_address, prefixLength: prefixOf(subnet.cidr), ...gateway };
  });
  if (addresses.length === 0)
    throw new KuryrError("KURYR_PORT_NO_ADDRESS", `port ${port.id} has no address`, "is its subnet full?");
  const used = [...new Set(addresses.map((address) => address.subnetId))].map((id) => context.subnets.get(id));
  return {
    name: "eth0",
    default: true,
    driver: "neutron-vif",
    portId: port.id,
    networkId: port.network_id,
    mac: port.mac_address,
    mtu: context.deviceMtu > 0 ? Math.min(context.deviceMtu, context.networkMtu) : context.networkMtu,
    bridge: context.bridge,
    addresses,
    routes: used.flatMap(
      (subnet) => subnet?.host_routes.map((r) => ({ destination: r.destination, nextHop: r.nexthop })) ?? [],
    ),
    nameservers: used.flatMap((subnet) => subnet?.dns_nameservers ?? []),
    ...(context.hybridPlug || port["binding:vif_details"]?.ovs_hybrid_plug === true ? { hybridPlug: true } : {}),
    readiness: readinessOf(port, context),
  };
}
