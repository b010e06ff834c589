/** Attributes by their names in the API (Load Balancer API v2), as a member of a project sees them. */

export type ProvisioningStatus =
  | "ACTIVE"
  | "PENDING_CREATE"
  | "PENDING_UPDATE"
  | "PENDING_DELETE"
  | "ERROR"
  | "DELETED";
export type OperatingStatus = "ONLINE" | "OFFLINE" | "DEGRADED" | "DRAINING" | "ERROR" | "NO_MONITOR";
export type Protocol = "TCP" | "UDP" | "SCTP" | "HTTP" | "HTTPS" | "TERMINATED_HTTPS" | "PROXY" | "PROXYV2";
export type Algorithm = "ROUND_ROBIN" | "LEAST_CONNECTIONS" | "SOURCE_IP" | "SOURCE_IP_PORT";

export interface Ref {
  readonly id: string;
}

interface Common {
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

interface CommonUpdate {
  readonly name?: string;
  readonly admin_state_up?: boolean;
  readonly tags?: readonly string[];
}

export interface AdditionalVip {
  readonly subnet_id: string;
  readonly ip_address?: string;
}

export interface LoadBalancer extends Common {
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

export interface LoadBalancerUpdate extends CommonUpdate {
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

export type GraphListener = Omit<ListenerCreate, "loadbalancer_id"> & {
  readonly default_pool?: GraphPool | { readonly name: string };
  readonly l7policies?: readonly (Omit<L7PolicyCreate, "listener_id"> & { readonly rules?: readonly L7RuleCreate[] })[];
};

export type GraphPool = Omit<PoolCreate, "loadbalancer_id" | "listener_id"> & {
  readonly name: string;
  readonly members?: readonly MemberCreate[];
  readonly healthmonitor?: Omit<HealthMonitorCreate, "pool_id">;
};

export interface Listener extends Common {
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

export interface ListenerUpdate extends CommonUpdate {
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

export interface ListenerCreate extends ListenerUpdate {
  readonly loadbalancer_id: string;
  readonly protocol: Protocol;
  readonly protocol_port: number;
  readonly project_id?: string;
}

export interface SessionPersistence {
  readonly type: "SOURCE_IP" | "HTTP_COOKIE" | "APP_COOKIE";
  readonly cookie_name?: string | null;
  readonly persistence_timeout?: number | null;
  readonly persistence_granularity?: string | null;
}

export interface Pool extends Common {
  readonly description: string;
  readonly protocol: Protocol;
  readonly lb_algorithm: Algorithm;
  readonly session_persistence: SessionPersistence | null;
  readonly loadbalancers: readonly Ref[];
  readonly listeners: readonly Ref[];
  readonly members: readonly Ref[];
  readonly healthmonitor_id: string | null;
}

export interface PoolUpdate extends CommonUpdate {
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

export interface Member extends Common {
  readonly address: string;
  readonly protocol_port: number;
  readonly subnet_id: string | null;
  readonly weight: number;
  readonly backup: boolean;
  readonly monitor_address: string | null;
  readonly monitor_port: number | null;
}

export interface MemberUpdate extends CommonUpdate {
  readonly weight?: number;
  readonly backup?: boolean;
  readonly monitor_address?: string | null;
  readonly monitor_port?: number | null;
}

export interface MemberCreate extends MemberUpdate {
  readonly address: string;
  readonly protocol_port: number;
  /** Needed outside the VIP's subnet by the OVN provider; give it always. */
  readonly subnet_id?: string;
  readonly project_id?: string;
}

export interface HealthMonitor extends Common {
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

export interface HealthMonitorUpdate extends CommonUpdate {
  readonly delay?: number;
  readonly timeout?: number;
  readonly max_retries?: number;
  readonly max_retries_down?: number;
  readonly http_method?: string;
  readonly url_path?: string;
  readonly expected_codes?: string;
}

export interface HealthMonitorCreate extends HealthMonitorUpdate {
  readonly pool_id: string;
  readonly type: "HTTP" | "HTTPS" | "PING" | "TCP" | "TLS-HELLO" | "UDP-CONNECT" | "SCTP";
  readonly delay: number;
  readonly timeout: number;
  readonly max_retries: number;
  readonly project_id?: string;
}

export interface L7Policy extends Common {
  readonly description: string;
  readonly listener_id: string;
  readonly action: "REDIRECT_PREFIX" | "REDIRECT_TO_POOL" | "REDIRECT_TO_URL" | "REJECT";
  readonly position: number;
  readonly redirect_pool_id: string | null;
  readonly redirect_url: string | null;
  readonly redirect_prefix: string | null;
  readonly redirect_http_code: number | null;
  readonly rules: readonly Ref[];
}

export interface L7PolicyUpdate extends CommonUpdate {
  readonly description?: string;
  readonly action?: L7Policy["action"];
  readonly position?: number;
  readonly redirect_pool_id?: string;
  readonly redirect_url?: string;
  readonly redirect_prefix?: string;
  readonly redirect_http_code?: number;
}

export interface L7PolicyCreate extends L7PolicyUpdate {
  readonly listener_id: string;
  readonly action: L7Policy["action"];
  readonly project_id?: string;
}

export interface L7Rule extends Omit<Common, "name"> {
  readonly type: "COOKIE" | "FILE_TYPE" | "HEADER" | "HOST_NAME" | "PATH" | (string & {});
  readonly compare_type: "CONTAINS" | "ENDS_WITH" | "EQUAL_TO" | "REGEX" | "STARTS_WITH";
  readonly key: string | null;
  readonly value: string;
  readonly invert: boolean;
}

export interface L7RuleCreate {
  readonly type: L7Rule["type"];
  readonly compare_type: L7Rule["compare_type"];
  readonly key?: string;
  readonly value: string;
  readonly invert?: boolean;
  readonly admin_state_up?: boolean;
  readonly tags?: readonly string[];
}

export interface Provider {
  readonly name: string;
  readonly description: string;
}

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

export interface Statistics {
  readonly active_connections: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly request_errors: number;
  readonly total_connections: number;
}
