/** Attributes by their names in the API (Networking API v2.0), as a member of a project sees them. */

/** An address of a port. */
export interface FixedIp {
  readonly subnet_id: string;
  readonly ip_address: string;
}

/** An address that a port may use beside its own. */
export interface AddressPair {
  /** An address or a prefix. */
  readonly ip_address: string;
  readonly mac_address?: string;
}

/** What most resources have. */
export interface NetworkObject {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly project_id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly revision_number: number;
  readonly tags: readonly string[];
}

/** Whether a resource works; a port is ACTIVE when it is plugged in, with a delay. */
export type Status = "ACTIVE" | "DOWN" | "BUILD" | "ERROR";

/** A port: an interface on a network. */
export interface Port extends NetworkObject {
  readonly network_id: string;
  readonly mac_address: string;
  readonly fixed_ips: readonly FixedIp[];
  readonly admin_state_up: boolean;
  readonly status: Status;
  readonly device_id: string;
  readonly device_owner: string;
  readonly security_groups: readonly string[];
  readonly allowed_address_pairs: readonly AddressPair[];
  readonly port_security_enabled: boolean;
  readonly qos_policy_id?: string | null;
  readonly "binding:host_id": string;
  readonly "binding:vnic_type": "normal" | "direct" | "macvtap" | "direct-physical" | (string & {});
  readonly "binding:vif_type": "ovs" | "unbound" | "binding_failed" | (string & {});
  readonly "binding:vif_details": Readonly<Record<string, unknown>>;
  readonly "binding:profile": Readonly<Record<string, unknown>>;
  readonly trunk_details?: { readonly trunk_id: string; readonly sub_ports: readonly SubPortDetails[] };
}

/** A subport as its parent port shows it. */
export interface SubPortDetails {
  readonly port_id: string;
  readonly segmentation_type: string;
  readonly segmentation_id: number;
  readonly mac_address: string;
}

/** An address to ask for: any of a subnet, one of a subnet, or one of whichever subnet has it. */
export interface FixedIpRequest {
  readonly subnet_id?: string;
  readonly ip_address?: string;
}

/** What can be changed of a port; its tags have a verb of their own. */
export interface PortUpdate {
  readonly name?: string;
  readonly description?: string;
  readonly fixed_ips?: readonly FixedIpRequest[];
  readonly mac_address?: string;
  readonly admin_state_up?: boolean;
  readonly device_id?: string;
  readonly device_owner?: string;
  readonly security_groups?: readonly string[];
  readonly allowed_address_pairs?: readonly AddressPair[];
  readonly port_security_enabled?: boolean;
  readonly qos_policy_id?: string | null;
  readonly "binding:host_id"?: string;
  readonly "binding:vnic_type"?: string;
  readonly "binding:profile"?: Readonly<Record<string, unknown>>;
}

/** A new port; many clouds take its tags here although no extension says so. */
export interface PortCreate extends PortUpdate {
  readonly network_id: string;
  readonly project_id?: string;
  /** Taken at creation by Neutron since Stein, whatever the extension list says. */
  readonly tags?: readonly string[];
}

/** A network. */
export interface Network extends NetworkObject {
  readonly admin_state_up: boolean;
  readonly status: Status;
  readonly subnets: readonly string[];
  readonly mtu: number;
  readonly shared: boolean;
  readonly port_security_enabled: boolean;
  readonly "router:external": boolean;
  readonly qos_policy_id?: string | null;
  readonly "provider:network_type"?: string;
  readonly "provider:physical_network"?: string | null;
  readonly "provider:segmentation_id"?: number | null;
}

/** What can be changed of a network. */
export interface NetworkUpdate {
  readonly name?: string;
  readonly description?: string;
  readonly admin_state_up?: boolean;
  readonly mtu?: number;
  readonly shared?: boolean;
  readonly port_security_enabled?: boolean;
  readonly qos_policy_id?: string | null;
  readonly "router:external"?: boolean;
}

/** Tags are refused here: set them afterwards. */
export interface NetworkCreate extends NetworkUpdate {
  readonly project_id?: string;
  readonly "provider:network_type"?: string;
  readonly "provider:physical_network"?: string;
  readonly "provider:segmentation_id"?: number;
}

/** Addresses from the first to the last, both included. */
export interface AllocationPool {
  readonly start: string;
  readonly end: string;
}

/** A route that DHCP tells. */
export interface HostRoute {
  readonly destination: string;
  readonly nexthop: string;
}

/** A prefix on a network. */
export interface Subnet extends NetworkObject {
  readonly network_id: string;
  readonly ip_version: 4 | 6;
  readonly cidr: string;
  readonly gateway_ip: string | null;
  readonly allocation_pools: readonly AllocationPool[];
  readonly dns_nameservers: readonly string[];
  readonly host_routes: readonly HostRoute[];
  readonly enable_dhcp: boolean;
  readonly subnetpool_id: string | null;
  readonly ipv6_ra_mode: string | null;
  readonly ipv6_address_mode: string | null;
}

/** What can be changed of a subnet. */
export interface SubnetUpdate {
  readonly name?: string;
  readonly description?: string;
  readonly gateway_ip?: string | null;
  readonly allocation_pools?: readonly AllocationPool[];
  readonly dns_nameservers?: readonly string[];
  readonly host_routes?: readonly HostRoute[];
  readonly enable_dhcp?: boolean;
}

/** A new subnet: with a prefix, or from a pool. An exhausted pool answers 500, kind `ip-exhausted`. */
export interface SubnetCreate extends SubnetUpdate {
  readonly network_id: string;
  readonly ip_version?: 4 | 6;
  readonly cidr?: string;
  readonly subnetpool_id?: string;
  readonly prefixlen?: number;
  readonly project_id?: string;
  readonly ipv6_ra_mode?: string;
  readonly ipv6_address_mode?: string;
}

/** Prefixes from which subnets are cut. */
export interface SubnetPool extends NetworkObject {
  readonly prefixes: readonly string[];
  readonly default_prefixlen: string | number;
  readonly min_prefixlen: string | number;
  readonly max_prefixlen: string | number;
  readonly ip_version: 4 | 6;
  readonly shared: boolean;
  readonly default_quota: number | null;
  readonly address_scope_id: string | null;
}

/** What can be changed of a subnet pool. */
export interface SubnetPoolUpdate {
  readonly name?: string;
  readonly description?: string;
  /** Can only grow. */
  readonly prefixes?: readonly string[];
  readonly default_prefixlen?: number;
  readonly min_prefixlen?: number;
  readonly max_prefixlen?: number;
  readonly default_quota?: number;
}

/** A new subnet pool. */
export interface SubnetPoolCreate extends SubnetPoolUpdate {
  readonly name: string;
  readonly prefixes: readonly string[];
  readonly project_id?: string;
  readonly shared?: boolean;
  readonly address_scope_id?: string;
}

/** Where a router leads out. */
export interface ExternalGateway {
  readonly network_id: string;
  readonly enable_snat?: boolean;
  readonly external_fixed_ips?: readonly FixedIpRequest[];
  readonly qos_policy_id?: string | null;
}

/** A router. */
export interface Router extends NetworkObject {
  readonly admin_state_up: boolean;
  readonly status: Status;
  readonly external_gateway_info: ExternalGateway | null;
  readonly routes: readonly HostRoute[];
}

/** What can be changed of a router. */
export interface RouterUpdate {
  readonly name?: string;
  readonly description?: string;
  readonly admin_state_up?: boolean;
  readonly external_gateway_info?: ExternalGateway | null;
  readonly routes?: readonly HostRoute[];
}

/** A new router. */
export interface RouterCreate extends RouterUpdate {
  readonly project_id?: string;
}

/** What a router is connected to: a subnet, which gets a new port, or a port. */
export type RouterInterface = { readonly subnet_id: string } | { readonly port_id: string };

/** What was connected, or no longer is. */
export interface RouterInterfaceResult {
  /** The router's. */
  readonly id: string;
  readonly subnet_id: string;
  readonly subnet_ids: readonly string[];
  readonly port_id: string;
  readonly network_id: string;
  readonly project_id: string;
}

/** An outside address for a port. */
export interface FloatingIp extends Omit<NetworkObject, "name"> {
  readonly floating_network_id: string;
  readonly floating_ip_address: string;
  readonly fixed_ip_address: string | null;
  readonly port_id: string | null;
  readonly router_id: string | null;
  readonly status: Status;
  readonly qos_policy_id?: string | null;
}

/** To which port it leads; null for none. */
export interface FloatingIpUpdate {
  readonly description?: string;
  /** null takes it off its port. */
  readonly port_id?: string | null;
  readonly fixed_ip_address?: string;
  readonly qos_policy_id?: string | null;
}

/** A new floating IP on an external network. */
export interface FloatingIpCreate extends FloatingIpUpdate {
  readonly floating_network_id: string;
  readonly subnet_id?: string;
  readonly floating_ip_address?: string;
  readonly project_id?: string;
}

export type * from "./security-group-resources.ts";
