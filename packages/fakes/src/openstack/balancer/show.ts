import type { Json } from "../../http/message.ts";
import type { JsonObject } from "../network/api/attributes.ts";
import type { BalancerState, Common, HealthMonitor, Listener, LoadBalancer, Member, Pool } from "./state.ts";

const ids = (list: readonly { readonly id: string }[]): Json[] => list.map(({ id }) => ({ id }));

const common = (one: Common): JsonObject => ({
  id: one.id,
  name: one.name,
  project_id: one.project_id,
  tenant_id: one.project_id,
  admin_state_up: one.admin_state_up,
  tags: one.tags,
  provisioning_status: one.provisioning_status,
  operating_status: one.operating_status,
  created_at: one.created_at,
  updated_at: one.updated_at,
});

/** Octavia's resources as it shows them. */
export function createShow(state: BalancerState) {
  const isZed = state.release === "zed";

  const member = (one: Member): JsonObject => ({
    ...common(one),
    address: one.address,
    protocol_port: one.protocol_port,
    subnet_id: one.subnet_id,
    weight: one.weight,
    backup: one.backup,
    monitor_address: one.monitor_address,
    monitor_port: one.monitor_port,
    ...(isZed ? {} : { vnic_type: "normal" }),
  });

  const healthMonitor = (one: HealthMonitor): JsonObject => ({
    ...common(one),
    type: one.type,
    delay: one.delay,
    timeout: one.timeout,
    max_retries: one.max_retries,
    max_retries_down: one.max_retries_down,
    http_method: null,
    http_version: null,
    url_path: null,
    expected_codes: null,
    domain_name: null,
    pools: [{ id: one.pool_id }],
  });

  function plainPool(one: Pool): JsonObject {
    return {
      ...common(one),
      description: one.description,
      protocol: one.protocol,
      lb_algorithm: one.lb_algorithm,
      session_persistence: one.session_persistence === null ? null : { ...one.session_persistence },
      listeners: ids(state.listenersWith(one.id)),
      tls_enabled: false,
      tls_container_ref: null,
      ca_tls_container_ref: null,
      crl_container_ref: null,
      tls_ciphers: null,
      tls_versions: null,
      alpn_protocols: null,
    };
  }

  function pool(one: Pool): JsonObject {
    const monitor = state.monitorOf(one.id);
    return {
      ...plainPool(one),
      loadbalancers: [{ id: one.loadbalancer_id }],
      members: ids(state.membersOf(one.id)),
      ...(monitor === undefined ? {} : { healthmonitor_id: monitor.id }),
    };
  }

  function plainListener(one: Listener): JsonObject {
    return {
      ...common(one),
      description: one.description,
      protocol: one.protocol,
      protocol_port: one.protocol_port,
      connection_limit: one.connection_limit,
      default_pool_id: one.default_pool_id,
      default_tls_container_ref: null,
      sni_container_refs: [],
      insert_headers: {},
      l7policies: [],
      timeout_client_data: one.timeout_client_data,
      timeout_member_connect: one.timeout_member_connect,
      timeout_member_data: one.timeout_member_data,
      timeout_tcp_inspect: one.timeout_tcp_inspect,
      client_ca_tls_container_ref: null,
      client_authentication: "NONE",
      client_crl_container_ref: null,
      allowed_cidrs: null,
      tls_ciphers: null,
      tls_versions: null,
      alpn_protocols: null,
      ...(isZed ? {} : { hsts_include_subdomains: false, hsts_max_age: null, hsts_preload: false }),
    };
  }

  const listener = (one: Listener): JsonObject => ({
    ...plainListener(one),
    loadbalancers: [{ id: one.loadbalancer_id }],
  });

  function bareLoadBalancer(one: LoadBalancer): JsonObject {
    return {
      ...common(one),
      description: one.description,
      provider: "ovn",
      flavor_id: null,
      availability_zone: null,
      vip_address: one.vip_address,
      vip_port_id: one.vip_port_id,
      vip_subnet_id: one.vip_subnet_id,
      vip_network_id: one.vip_network_id,
      vip_qos_policy_id: null,
      additional_vips: one.additional_vips.map((vip) => ({ ...vip })),
      ...(isZed ? {} : { vip_sg_ids: [], vip_vnic_type: "normal" }),
    };
  }

  return {
    member,
    healthMonitor,
    pool,
    listener,
    loadBalancer: (one: LoadBalancer): JsonObject => ({
      ...bareLoadBalancer(one),
      listeners: ids(state.listenersOf(one.id)),
      pools: ids(state.poolsOf(one.id)),
    }),

    /** The answer to a whole graph shows all of it. */
    graph: (one: LoadBalancer): JsonObject => ({
      ...bareLoadBalancer(one),
      listeners: state.listenersOf(one.id).map(plainListener),
      pools: state.poolsOf(one.id).map((each) => {
        const monitor = state.monitorOf(each.id);
        return {
          ...plainPool(each),
          members: state.membersOf(each.id).map(member),
          healthmonitor: monitor === undefined ? null : healthMonitor(monitor),
        };
      }),
    }),

    /** The status tree: pools are in it below their listeners only. */
    statuses(one: LoadBalancer): Json {
      const status = (each: Common): JsonObject => ({
        id: each.id,
        name: each.name,
        provisioning_status: each.provisioning_status,
        operating_status: each.operating_status,
      });
      const ofPool = (each: Pool): Json => {
        const monitor = state.monitorOf(each.id);
        return {
          ...status(each),
          members: state
            .membersOf(each.id)
            .map((m) => ({ ...status(m), address: m.address, protocol_port: m.protocol_port })),
          ...(monitor === undefined && isZed
            ? {}
            : { health_monitor: monitor === undefined ? null : { ...status(monitor), type: monitor.type } }),
        };
      };
      const listeners = state.listenersOf(one.id).map((each): Json => {
        const found = state.pools.get(each.default_pool_id ?? "");
        return { ...status(each), pools: found === undefined ? [] : [ofPool(found)] };
      });
      return { statuses: { loadbalancer: { ...status(one), listeners } } };
    },
  };
}

export type Show = ReturnType<typeof createShow>;
