import type { L7PolicyCreate, L7RuleCreate } from "./l7-resources.ts";

/** Attributes by their names in the API (Load Balancer API v2), as a member of a project sees them. */

/** How far Octavia is with the last change; PENDING_* locks the load balancer, ERROR needs help. */
export type ProvisioningStatus =
  | "ACTIVE"
  | "PENDING_CREATE"
  | "PENDING_UPDATE"
  | "PENDING_DELETE"
  | "ERROR"
  | "DELETED";
/** Whether it works, as far as health monitors and the provider know. */
export type OperatingStatus = "ONLINE" | "OFFLINE" | "DEGRADED" | "DRAINING" | "ERROR" | "NO_MONITOR";
/** What a listener or a pool speaks; providers refuse some (OVN: TCP, UDP and SCTP only). */
export type Protocol = "TCP" | "UDP" | "SCTP" | "HTTP" | "HTTPS" | "TERMINATED_HTTPS" | "PROXY" | "PROXYV2";
/** How a pool chooses a member; providers refuse some (OVN: SOURCE_IP_PORT, newer ones SOURCE_IP). */
export type Algorithm = "ROUND_ROBIN" | "LEAST_CONNECTIONS" | "SOURCE_IP" | "SOURCE_IP_PORT";

/** An object named by its id. */
export interface Ref {
  readonly id: string;
}

/** What all resources of Octavia have. */
export interface BalancerObject {
  readonly id: string;
  readonly name: string;
  readonly project_id: string;
  readonly admin_state_up: boolean;
  readonly provisioning_status: ProvisioningStatus;
  readonly operating_status: OperatingStatus;
  readonly created_at: string;
  readonly updated_at: string | null;
  readonly tags: readonly string[];
}

/** What can be changed of all of them. */
export interface BalancerUpdate {
  readonly name?: string;
  readonly admin_state_up?: boolean;
  readonly tags?: readonly string[];
}

/** One more address of a load balancer, on another subnet of the same network (Octavia API 2.26). */
export interface AdditionalVip {
  readonly subnet_id: string;
  readonly ip_address?: string;
}

/** A load balancer. Its own ACTIVE does not mean that all below it is done. */
export interface LoadBalancer extends BalancerObject {
  readonly description: string;
  readonly provider: string;
  readonly vip_address: string;
  readonly vip_port_id: string;
  readonly vip_subnet_id: string;
  readonly vip_network_id: string;
  readonly vip_qos_policy_id?: string | null;
  readonly additional_vips?: readonly AdditionalVip[];
  readonly flavor_id: string | null;
  readonly availability_zone?: string | null;
  readonly listeners: readonly Ref[];
  readonly pools: readonly Ref[];
}

/** What can be changed of a load balancer. */
export interface LoadBalancerUpdate extends BalancerUpdate {
  readonly description?: string;
  readonly vip_qos_policy_id?: string | null;
}

/**
 * With listeners and pools it is a full graph, made by one request. Pools need names there, members their subnet. A
 * refused graph can leave the VIP's port behind (OVN provider): check everything first.
 */
export interface LoadBalancerCreate extends LoadBalancerUpdate {
  readonly project_id?: string;
  readonly provider?: string;
  readonly vip_address?: string;
  readonly vip_port_id?: string;
  readonly vip_subnet_id?: string;
  readonly vip_network_id?: string;
  readonly additional_vips?: readonly AdditionalVip[];
  readonly flavor_id?: string;
  readonly availability_zone?: string;
  readonly listeners?: readonly GraphListener[];
  readonly pools?: readonly GraphPool[];
}

/** A listener in a full graph; names its default pool as a whole or by the name of a pool of the graph. */
export type GraphListener = Omit<ListenerCreate, "loadbalancer_id"> & {
  readonly default_pool?: GraphPool | { readonly name: string };
  readonly l7policies?: readonly (Omit<L7PolicyCreate, "listener_id"> & { readonly rules?: readonly L7RuleCreate[] })[];
};

/** A pool in a full graph; needs a name. */
export type GraphPool = Omit<PoolCreate, "loadbalancer_id" | "listener_id"> & {
  readonly name: string;
  readonly members?: readonly MemberCreate[];
  readonly healthmonitor?: Omit<HealthMonitorCreate, "pool_id">;
};

/** A port of a load balancer. */
export interface Listener extends BalancerObject {
  readonly description: string;
  readonly protocol: Protocol;
  readonly protocol_port: number;
  readonly connection_limit: number;
  readonly default_pool_id: string | null;
  readonly loadbalancers: readonly Ref[];
  readonly l7policies: readonly Ref[];
  readonly allowed_cidrs: readonly string[] | null;
  readonly timeout_client_data: number | null;
  readonly timeout_member_connect: number | null;
  readonly timeout_member_data: number | null;
  readonly timeout_tcp_inspect: number | null;
  readonly insert_headers: Readonly<Record<string, string>> | null;
  readonly default_tls_container_ref: string | null;
  readonly sni_container_refs: readonly string[];
}

/** What can be changed of a listener; times in milliseconds. */
export interface ListenerUpdate extends BalancerUpdate {
  readonly description?: string;
  readonly connection_limit?: number;
  readonly default_pool_id?: string | null;
  readonly allowed_cidrs?: readonly string[] | null;
  readonly timeout_client_data?: number;
  readonly timeout_member_connect?: number;
  readonly timeout_member_data?: number;
  readonly timeout_tcp_inspect?: number;
  readonly insert_headers?: Readonly<Record<string, string>>;
  readonly default_tls_container_ref?: string | null;
  readonly sni_container_refs?: readonly string[];
}

/** A new listener; protocol and port are there to stay. */
export interface ListenerCreate extends ListenerUpdate {
  readonly loadbalancer_id: string;
  readonly protocol: Protocol;
  readonly protocol_port: number;
  readonly project_id?: string;
}

/** How a client stays with its member. */
export interface SessionPersistence {
  readonly type: "SOURCE_IP" | "HTTP_COOKIE" | "APP_COOKIE";
  readonly cookie_name?: string | null;
  readonly persistence_timeout?: number | null;
  readonly persistence_granularity?: string | null;
}

/** A set of members. */
export interface Pool extends BalancerObject {
  readonly description: string;
  readonly protocol: Protocol;
  readonly lb_algorithm: Algorithm;
  readonly session_persistence: SessionPersistence | null;
  readonly loadbalancers: readonly Ref[];
  readonly listeners: readonly Ref[];
  readonly members: readonly Ref[];
  readonly healthmonitor_id: string | null;
}

/** What can be changed of a pool. */
export interface PoolUpdate extends BalancerUpdate {
  readonly description?: string;
  readonly lb_algorithm?: Algorithm;
  readonly session_persistence?: SessionPersistence | null;
}

/** Belongs to a load balancer, or to a listener as its default. */
export interface PoolCreate extends PoolUpdate {
  readonly loadbalancer_id?: string;
  readonly listener_id?: string;
  readonly protocol: Protocol;
  readonly lb_algorithm: Algorithm;
  readonly project_id?: string;
}

/** An address and port that serves. */
export interface Member extends BalancerObject {
  readonly address: string;
  readonly protocol_port: number;
  readonly subnet_id: string | null;
  readonly weight: number;
  readonly backup: boolean;
  readonly monitor_address: string | null;
  readonly monitor_port: number | null;
}

/** What can be changed of a member; weights are 0 to 256, and ignored by OVN. */
export interface MemberUpdate extends BalancerUpdate {
  readonly weight?: number;
  readonly backup?: boolean;
  readonly monitor_address?: string | null;
  readonly monitor_port?: number | null;
}

/** A new member; the OVN provider wants its subnet. */
export interface MemberCreate extends MemberUpdate {
  readonly address: string;
  readonly protocol_port: number;
  /** Needed outside the VIP's subnet by the OVN provider; give it always. */
  readonly subnet_id?: string;
  readonly project_id?: string;
}

/** How the members of a pool are watched; one for each pool. */
export interface HealthMonitor extends BalancerObject {
  readonly type: string;
  readonly delay: number;
  readonly timeout: number;
  readonly max_retries: number;
  readonly max_retries_down: number;
  readonly http_method: string | null;
  readonly url_path: string | null;
  readonly expected_codes: string | null;
  readonly pools: readonly Ref[];
}

/** What can be changed of a health monitor; delay and timeout in seconds. */
export interface HealthMonitorUpdate extends BalancerUpdate {
  readonly delay?: number;
  readonly timeout?: number;
  readonly max_retries?: number;
  readonly max_retries_down?: number;
  readonly http_method?: string;
  readonly url_path?: string;
  readonly expected_codes?: string;
}

/** A new health monitor. */
export interface HealthMonitorCreate extends HealthMonitorUpdate {
  readonly pool_id: string;
  readonly type: "HTTP" | "HTTPS" | "PING" | "TCP" | "TLS-HELLO" | "UDP-CONNECT" | "SCTP";
  readonly delay: number;
  readonly timeout: number;
  readonly max_retries: number;
  readonly project_id?: string;
}

/** What does the balancing: `ovn`, `amphora`. */
export interface Provider {
  readonly name: string;
  readonly description: string;
}

/** A choice of the cloud how a load balancer is made. */
export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly flavor_profile_id: string;
}

/** One object in a status tree, with what is below it. */
export interface StatusNode {
  readonly id: string;
  readonly name?: string;
  readonly type?: string;
  readonly address?: string;
  readonly protocol_port?: number;
  readonly provisioning_status: ProvisioningStatus;
  readonly operating_status: OperatingStatus;
  readonly listeners?: readonly StatusNode[];
  readonly pools?: readonly StatusNode[];
  readonly members?: readonly StatusNode[];
  readonly l7policies?: readonly StatusNode[];
  readonly rules?: readonly StatusNode[];
  /** An empty object when there is none. */
  readonly health_monitor?: Partial<StatusNode>;
}

/** Counters since the start: connections and bytes. */
export interface Statistics {
  readonly active_connections: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly request_errors: number;
  readonly total_connections: number;
}

export type * from "./l7-resources.ts";
