import type { NetworkObject } from "./network-resources.ts";

/** A set of rules; a port has the union of its groups. */
export interface SecurityGroup extends NetworkObject {
  readonly stateful: boolean;
  readonly security_group_rules: readonly SecurityGroupRule[];
}

/** What can be changed of a security group; `stateful` only while no port uses it. */
export interface SecurityGroupUpdate {
  readonly name?: string;
  readonly description?: string;
  /** Cannot be changed while a port has the group. */
  readonly stateful?: boolean;
}

/** A new security group; it begins with rules that let everything out. */
export interface SecurityGroupCreate extends SecurityGroupUpdate {
  readonly name: string;
  readonly project_id?: string;
}

/** What may pass; never changed, only replaced. */
export interface SecurityGroupRule {
  readonly id: string;
  readonly security_group_id: string;
  readonly direction: "ingress" | "egress";
  readonly ethertype: "IPv4" | "IPv6";
  /** Name or number; null for any. */
  readonly protocol: string | null;
  /** For ICMP the type. */
  readonly port_range_min: number | null;
  /** For ICMP the code. */
  readonly port_range_max: number | null;
  readonly remote_ip_prefix: string | null;
  readonly remote_group_id: string | null;
  readonly remote_address_group_id?: string | null;
  readonly description: string;
  readonly project_id: string;
  readonly revision_number: number;
}

/** At most one of the three remotes; ports need a protocol, and both ends. */
export interface SecurityGroupRuleCreate {
  readonly security_group_id: string;
  readonly direction: "ingress" | "egress";
  readonly ethertype?: "IPv4" | "IPv6";
  readonly protocol?: string | number | null;
  readonly port_range_min?: number | null;
  readonly port_range_max?: number | null;
  readonly remote_ip_prefix?: string | null;
  readonly remote_group_id?: string | null;
  readonly remote_address_group_id?: string | null;
  readonly description?: string;
  readonly project_id?: string;
}
