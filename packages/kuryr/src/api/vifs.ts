import type { PodInterface } from "./kuryr-port.ts";

/** A serialised object of oslo.versionedobjects, as os-vif's classes are written. */
export interface VersionedObject {
  readonly "versioned_object.name": string;
  readonly "versioned_object.namespace": "os_vif";
  readonly "versioned_object.version": string;
  readonly "versioned_object.data": Readonly<Record<string, unknown>>;
}

/** `status.vifs` of the original: by the interface's name in the pod. */
export type Vifs = Readonly<Record<string, { readonly default: boolean; readonly vif: VersionedObject }>>;

const object = (name: string, version: string, data: Readonly<Record<string, unknown>>): VersionedObject => ({
  "versioned_object.name": name,
  "versioned_object.namespace": "os_vif",
  "versioned_object.version": version,
  "versioned_object.data": data,
});

const list = (name: string, objects: readonly VersionedObject[]): VersionedObject => object(name, "1.0", { objects });

/**
 * The interfaces of a pod as Kuryr-Kubernetes' `status.vifs` shows them. Pure, and made of `spec.interfaces` alone, so
 * that whoever writes a status has it at no cost.
 *
 * @param active whether the interfaces carry traffic
 */
export function vifsOf(interfaces: readonly PodInterface[], active: boolean): Vifs {
  return Object.fromEntries(
    interfaces.map((one) => [one.name, { default: one.default, vif: vifOf(one, active) }] as const),
  );
}

function vifOf(one: PodInterface, active: boolean): VersionedObject {
  const hybrid = one.hybridPlug === true;
  const short = one.portId.slice(0, 11);
  return object(hybrid ? "VIFBridge" : "VIFOpenVSwitch", "1.0", {
    id: one.portId,
    address: one.mac,
    active,
    has_traffic_filtering: true,
    preserve_on_delete: false,
    plugin: "ovs",
    vif_name: `tap${short}`,
    bridge_name: hybrid ? `qbr${short}` : one.bridge,
    port_profile: object("VIFPortProfileOpenVSwitch", "1.0", { interface_id: one.portId }),
    network: object("Network", "1.1", {
      id: one.networkId,
      bridge: one.bridge,
      mtu: one.mtu,
      should_provide_vlan: false,
      subnets: list("SubnetList", subnetsOf(one)),
    }),
  });
}

/** Routes and name servers belong to a subnet there; here they were merged, so that each family's go to its first subnet. */
function subnetsOf(one: PodInterface): VersionedObject[] {
  const bySubnet = Map.groupBy(one.addresses, (address) => address.subnetId);
  const described = new Set<string>();
  return [...bySubnet.values()].map((addresses) => {
    const [first] = addresses;
    const family = familyOf(first?.ip ?? "");
    const isFirst = !described.has(family);
    described.add(family);
    const mine = (address: string): boolean => isFirst && familyOf(address) === family;
    return object("Subnet", "1.0", {
      cidr: first === undefined ? "" : cidrOf(first.ip, first.prefixLength),
      ...(first?.gateway === undefined ? {} : { gateway: first.gateway }),
      dns: one.nameservers.filter(mine),
      routes: list(
        "RouteList",
        one.routes
          .filter((route) => mine(route.destination))
          .map((route) => object("Route", "1.0", { cidr: route.destination, gateway: route.nextHop })),
      ),
      ips: list(
        "FixedIPList",
        addresses.map(({ ip }) => object("FixedIP", "1.0", { address: ip, floating_ips: list("IPAddressList", []) })),
      ),
    });
  });
}

/** The prefix that an address is in. */
function cidrOf(ip: string, prefixLength: number): string {
  const isV6 = familyOf(ip) === "6";
  const [head = "", tail] = ip.split("::");
  const groups = (text: string): string[] => text.split(isV6 ? ":" : ".").filter((group) => group !== "");
  const left = groups(head);
  const right = groups(tail ?? "");
  const zeros = isV6 && tail !== undefined ? Array<string>(8 - left.length - right.length).fill("0") : [];
  const [bits, radix] = isV6 ? [16, 16] : [8, 10];
  const masked = [...left, ...zeros, ...right].map((group, index) => {
    const kept = Math.min(bits, Math.max(0, prefixLength - index * bits));
    const mask = (2 ** bits - 1) & ~(2 ** (bits - kept) - 1);
    return (Number.parseInt(group, radix) & mask).toString(radix);
  });
  return `${isV6 ? masked.join(":").replace(/(?::0)+$/, "::") : masked.join(".")}/${prefixLength}`;
}

const familyOf = (address: string): "4" | "6" => (address.includes(":") ? "6" : "4");
