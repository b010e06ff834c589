import type { NetworkObject, Status } from "./network-resources.ts";

/** Limits by resource (`port`, `network`, `security_group_rule`, ...); -1 is no limit. */
export type Quota = Readonly<Record<string, number>>;

export type QuotaDetails = Readonly<
  Record<string, { readonly limit: number; readonly used: number; readonly reserved: number }>
>;

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

export interface Subport {
  readonly port_id: string;
  readonly segmentation_type: "vlan" | "inherit";
  readonly segmentation_id: number;
}

export interface Trunk extends NetworkObject {
  readonly port_id: string;
  readonly admin_state_up: boolean;
  readonly status: Status | "DEGRADED";
  readonly sub_ports: readonly Subport[];
}

export interface TrunkUpdate {
  readonly name?: string;
  readonly description?: string;
  readonly admin_state_up?: boolean;
}

export interface TrunkCreate extends TrunkUpdate {
  readonly port_id: string;
  readonly sub_ports?: readonly Subport[];
  readonly project_id?: string;
}

export interface AddressGroup extends NetworkObject {
  readonly addresses: readonly string[];
}

/** The addresses have verbs of their own. */
export interface AddressGroupUpdate {
  readonly name?: string;
  readonly description?: string;
}

export interface AddressGroupCreate extends AddressGroupUpdate {
  readonly addresses: readonly string[];
  readonly project_id?: string;
}

export interface QosPolicy extends NetworkObject {
  readonly shared: boolean;
  readonly is_default: boolean;
  readonly rules: readonly { readonly id: string; readonly type: string }[];
}

export interface QosPolicyUpdate {
  readonly name?: string;
  readonly description?: string;
  readonly shared?: boolean;
  readonly is_default?: boolean;
}

export interface QosPolicyCreate extends QosPolicyUpdate {
  readonly name: string;
  readonly project_id?: string;
}

export interface BandwidthLimit {
  readonly max_kbps?: number;
  readonly max_burst_kbps?: number;
  readonly direction?: "ingress" | "egress";
}

export interface BandwidthLimitRule extends Required<BandwidthLimit> {
  readonly id: string;
}

export interface DscpMarking {
  readonly dscp_mark: number;
}

export interface DscpMarkingRule extends DscpMarking {
  readonly id: string;
}

export interface MinimumBandwidth {
  readonly min_kbps?: number;
  readonly direction?: "ingress" | "egress";
}

export interface MinimumBandwidthRule extends Required<MinimumBandwidth> {
  readonly id: string;
}
