import type { Json } from "../../../http/message.ts";

/**
 * What the fake keeps, under the API's own names so that filters read it as it is.
 * Lists and objects in rows are never changed, only replaced.
 */

/** What every resource has. */
export type Standard = {
  id: string;
  project_id: string;
  description: string;
  revision_number: number;
  created_at: string;
  updated_at: string;
};

export type Network = Standard & {
  name: string;
  tags: string[];
  admin_state_up: boolean;
  status: string;
  shared: boolean;
  mtu: number;
  port_security_enabled: boolean;
  "router:external": boolean;
  "provider:network_type": string;
  "provider:physical_network": string | null;
  "provider:segmentation_id": number | null;
  availability_zone_hints: string[];
  qos_policy_id: string | null;
  is_default: boolean;
  vlan_transparent: boolean;
  /** The service's own number of it. */
  standard_attr_id: number;
};

export type Pool = { start: string; end: string };

export type Subnet = Standard & {
  name: string;
  tags: string[];
  network_id: string;
  ip_version: 4 | 6;
  cidr: string;
  gateway_ip: string | null;
  allocation_pools: Pool[];
  dns_nameservers: string[];
  host_routes: { destination: string; nexthop: string }[];
  enable_dhcp: boolean;
  ipv6_ra_mode: string | null;
  ipv6_address_mode: string | null;
  subnetpool_id: string | null;
  service_types: string[];
  dns_publish_fixed_ip: boolean;
};

export type SubnetPool = Standard & {
  name: string;
  tags: string[];
  prefixes: string[];
  ip_version: 4 | 6;
  default_prefixlen: number;
  min_prefixlen: number;
  max_prefixlen: number;
  default_quota: number | null;
  is_default: boolean;
  shared: boolean;
  address_scope_id: string | null;
};

export type FixedIp = { subnet_id: string; ip_address: string };
export type AddressPair = { ip_address: string; mac_address: string };

export type Port = Standard & {
  name: string;
  tags: string[];
  network_id: string;
  admin_state_up: boolean;
  status: string;
  mac_address: string;
  fixed_ips: FixedIp[];
  device_id: string;
  device_owner: string;
  security_groups: string[];
  allowed_address_pairs: AddressPair[];
  port_security_enabled: boolean;
  extra_dhcp_opts: { opt_name: string; opt_value: string; ip_version: number }[];
  qos_policy_id: string | null;
  "binding:host_id": string;
  "binding:vnic_type": string;
  "binding:vif_type": string;
  "binding:profile": { [key: string]: string };
};

export type ExternalGateway = {
  network_id: string;
  enable_snat: boolean;
  external_fixed_ips: FixedIp[];
  port_id: string;
};

export type Router = Standard & {
  name: string;
  tags: string[];
  admin_state_up: boolean;
  status: string;
  gateway: ExternalGateway | null;
  routes: { destination: string; nexthop: string }[];
  availability_zone_hints: string[];
};

export type FloatingIp = Standard & {
  tags: string[];
  floating_network_id: string;
  floating_ip_address: string;
  /** The port that holds the address; tenants do not see it. */
  floating_port_id: string;
  port_id: string | null;
  fixed_ip_address: string | null;
  router_id: string | null;
  status: string;
  qos_policy_id: string | null;
};

export type SecurityGroup = Standard & {
  name: string;
  tags: string[];
  stateful: boolean;
  shared: boolean;
};

export type SecurityGroupRule = Omit<Standard, "description"> & {
  description: string | null;
  standard_attr_id: number;
  security_group_id: string;
  direction: string;
  ethertype: string;
  protocol: string | null;
  port_range_min: number | null;
  port_range_max: number | null;
  remote_ip_prefix: string | null;
  remote_group_id: string | null;
  remote_address_group_id: string | null;
};

export type AddressGroup = Standard & {
  name: string;
  addresses: string[];
  shared: boolean;
  standard_attr_id: number;
};

export type SubPort = { port_id: string; segmentation_type: string; segmentation_id: number };

export type Trunk = Standard & {
  name: string;
  tags: string[];
  port_id: string;
  sub_ports: SubPort[];
  admin_state_up: boolean;
  status: string;
};

export type QosRule = {
  id: string;
  kind: "bandwidth_limit" | "dscp_marking" | "minimum_bandwidth";
  /** What it says, as it is shown. */
  values: { [key: string]: Json };
};

export type QosPolicy = Standard & {
  name: string;
  tags: string[];
  shared: boolean;
  is_default: boolean;
  rules: QosRule[];
};
