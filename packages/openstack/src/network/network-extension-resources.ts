import type { NetworkObject, Status } from "./network-resources.ts";

/** Limits by resource (`port`, `network`, `security_group_rule`, ...); -1 is no limit. */
export type Quota = Readonly<Record<string, number>>;

/** Limits by resource, with what is used and what is on its way. */
export type QuotaDetails = Readonly<
  Record<string, { readonly limit: number; readonly used: number; readonly reserved: number }>
>;

/** One thing that the API knows. */
export interface Extension {
  readonly alias: string;
  readonly name: string;
  readonly description: string;
  readonly updated: string;
}

/** Visible to administrators; a member gets an empty list. */
export interface Agent {
  readonly id: string;
  readonly agent_type: string;
  readonly binary: string;
  readonly host: string;
  readonly alive: boolean;
  readonly admin_state_up: boolean;
  readonly configurations: Readonly<Record<string, unknown>>;
}

/** A port within a trunk, by its VLAN. */
export interface Subport {
  readonly port_id: string;
  readonly segmentation_type: "vlan" | "inherit";
  readonly segmentation_id: number;
}

/** A port that carries other ports by VLAN. */
export interface Trunk extends NetworkObject {
  readonly port_id: string;
  readonly admin_state_up: boolean;
  readonly status: Status | "DEGRADED";
  readonly sub_ports: readonly Subport[];
}

/** What can be changed of a trunk; its subports have verbs of their own. */
export interface TrunkUpdate {
  readonly name?: string;
  readonly description?: string;
  readonly admin_state_up?: boolean;
}

/** A new trunk on its parent port. */
export interface TrunkCreate extends TrunkUpdate {
  readonly port_id: string;
  readonly sub_ports?: readonly Subport[];
  readonly project_id?: string;
}

/** A set of prefixes that rules of security groups name. */
export interface AddressGroup extends NetworkObject {
  readonly addresses: readonly string[];
}

/** The addresses have verbs of their own. */
export interface AddressGroupUpdate {
  readonly name?: string;
  readonly description?: string;
}

/** A new address group. */
export interface AddressGroupCreate extends AddressGroupUpdate {
  readonly addresses: readonly string[];
  readonly project_id?: string;
}

/** A set of rules on bandwidth and marks. */
export interface QosPolicy extends NetworkObject {
  readonly shared: boolean;
  readonly is_default: boolean;
  readonly rules: readonly { readonly id: string; readonly type: string }[];
}

/** What can be changed of a QoS policy. */
export interface QosPolicyUpdate {
  readonly name?: string;
  readonly description?: string;
  readonly shared?: boolean;
  readonly is_default?: boolean;
}

/** A new QoS policy, without rules. */
export interface QosPolicyCreate extends QosPolicyUpdate {
  readonly name: string;
  readonly project_id?: string;
}

/** How much may pass, in kilobits a second and kilobits; egress is from the port. */
export interface BandwidthLimit {
  readonly max_kbps?: number;
  readonly max_burst_kbps?: number;
  readonly direction?: "ingress" | "egress";
}

/** A limit in a policy; one for each direction. */
export interface BandwidthLimitRule extends Required<BandwidthLimit> {
  readonly id: string;
}

/** The mark in the IP header, 0 to 56. */
export interface DscpMarking {
  readonly dscp_mark: number;
}

/** A mark in a policy. */
export interface DscpMarkingRule extends DscpMarking {
  readonly id: string;
}

/** How much is kept free, in kilobits a second. */
export interface MinimumBandwidth {
  readonly min_kbps?: number;
  readonly direction?: "ingress" | "egress";
}

/** A guarantee in a policy. */
export interface MinimumBandwidthRule extends Required<MinimumBandwidth> {
  readonly id: string;
}
