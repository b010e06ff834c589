import { address, boolean, choice, integer, text, texts, uuid, type Field, type Fields, type Type } from "./types.ts";

const INT32 = 2 ** 31 - 1;
const anything: Type = { kind: "anything" };
const of = (type: Type): Field => ({ type });
const must = (type: Type): Field => ({ type, mandatory: true });

const LISTENER_PROTOCOLS = choice("PROMETHEUS", "SCTP", "TCP", "HTTP", "UDP", "HTTPS", "TERMINATED_HTTPS");
const POOL_PROTOCOLS = choice("SCTP", "PROXY", "TCP", "HTTP", "UDP", "HTTPS", "PROXYV2");
const ALGORITHMS = choice("ROUND_ROBIN", "SOURCE_IP_PORT", "SOURCE_IP", "LEAST_CONNECTIONS");
const MONITORS = choice("TLS-HELLO", "SCTP", "PING", "TCP", "UDP-CONNECT", "HTTP", "HTTPS");

const common: Fields = {
  name: of(text()),
  description: of(text()),
  admin_state_up: of(boolean),
  tags: of(texts),
};

const persistence: Fields = {
  type: must(choice("APP_COOKIE", "HTTP_COOKIE", "SOURCE_IP")),
  cookie_name: of(text()),
  persistence_timeout: of(integer(0, INT32)),
  persistence_granularity: of(text()),
};

const { description: _none, ...withoutDescription } = common;

const memberChanges: Fields = {
  ...withoutDescription,
  weight: of(integer(0, 256)),
  backup: of(boolean),
  monitor_address: of(address),
  monitor_port: of(integer(1, 65535)),
};

const memberInGraph: Fields = {
  ...memberChanges,
  address: must(address),
  protocol_port: must(integer(1, 65535)),
  subnet_id: of(uuid),
};

const monitorValues: Fields = {
  ...withoutDescription,
  delay: of(integer(0, INT32)),
  timeout: of(integer(0, INT32)),
  max_retries_down: of(integer(1, 10)),
  max_retries: of(integer(1, 10)),
  http_method: of(text()),
  url_path: of(text()),
  expected_codes: of(text()),
  http_version: of(anything),
  domain_name: of(text()),
};

const monitorCreation: Fields = {
  ...monitorValues,
  type: must(MONITORS),
  delay: must(integer(0, INT32)),
  timeout: must(integer(0, INT32)),
  max_retries: must(integer(1, 10)),
};

const poolChanges: Fields = {
  ...common,
  lb_algorithm: of(ALGORITHMS),
  session_persistence: of({ kind: "object", fields: persistence }),
  tls_enabled: of(boolean),
  tls_container_ref: of(text()),
  ca_tls_container_ref: of(text()),
  crl_container_ref: of(text()),
  tls_ciphers: of(text(2048)),
  tls_versions: of(texts),
  alpn_protocols: of(texts),
};

const poolInGraph: Fields = {
  protocol: must(POOL_PROTOCOLS),
  ...poolChanges,
  lb_algorithm: must(ALGORITHMS),
  healthmonitor: of({ kind: "object", fields: monitorCreation }),
  members: of({ kind: "objects", fields: memberInGraph }),
};

const listenerChanges: Fields = {
  ...common,
  connection_limit: of(integer(-1, INT32)),
  default_tls_container_ref: of(text()),
  sni_container_refs: of(texts),
  default_pool_id: of(uuid),
  insert_headers: of(anything),
  timeout_client_data: of(integer(0, INT32)),
  timeout_member_connect: of(integer(0, INT32)),
  timeout_member_data: of(integer(0, INT32)),
  timeout_tcp_inspect: of(integer(0, INT32)),
  client_ca_tls_container_ref: of(text()),
  client_authentication: of(text()),
  client_crl_container_ref: of(text()),
  allowed_cidrs: of({ kind: "prefixes" }),
  tls_ciphers: of(text(2048)),
  tls_versions: of(texts),
  alpn_protocols: of(texts),
};

const listenerInGraph: Fields = {
  ...listenerChanges,
  protocol: must(LISTENER_PROTOCOLS),
  protocol_port: must(integer(1, 65535)),
  default_pool: of({ kind: "object", fields: poolInGraph }),
  l7policies: of({ kind: "objects", fields: {} }),
};

/** What each call takes. Source: Load Balancer API v2 */
export const FIELDS = {
  loadBalancer: {
    ...common,
    vip_address: of(address),
    vip_port_id: of(uuid),
    vip_subnet_id: of(uuid),
    vip_network_id: of(uuid),
    vip_qos_policy_id: of(uuid),
    vip_sg_ids: of(texts),
    vip_vnic_type: of(text()),
    additional_vips: of({ kind: "objects", fields: { subnet_id: must(uuid), ip_address: of(address) } }),
    project_id: of(text(36)),
    tenant_id: of(text(36)),
    listeners: of({ kind: "objects", fields: listenerInGraph }),
    pools: of({ kind: "objects", fields: poolInGraph }),
    provider: of(text(64)),
    flavor_id: of(uuid),
    availability_zone: of(text()),
  },
  loadBalancerChanges: { ...common, vip_qos_policy_id: of(uuid), vip_sg_ids: of(texts) },
  listener: {
    ...listenerChanges,
    protocol: must(LISTENER_PROTOCOLS),
    protocol_port: must(integer(1, 65535)),
    loadbalancer_id: must(uuid),
    default_pool: of({ kind: "object", fields: poolInGraph }),
    project_id: of(text(36)),
    tenant_id: of(text(36)),
  },
  listenerChanges,
  pool: {
    protocol: must(POOL_PROTOCOLS),
    ...poolChanges,
    lb_algorithm: must(ALGORITHMS),
    listener_id: of(uuid),
    loadbalancer_id: of(uuid),
    healthmonitor: of({ kind: "object", fields: monitorCreation }),
    members: of({ kind: "objects", fields: memberInGraph }),
    project_id: of(text(36)),
    tenant_id: of(text(36)),
  },
  poolChanges,
  member: { ...memberInGraph, project_id: of(text(36)), tenant_id: of(text(36)) },
  memberChanges,
  healthMonitor: { ...monitorCreation, pool_id: must(uuid), project_id: of(text(36)), tenant_id: of(text(36)) },
  healthMonitorChanges: monitorValues,
  l7policy: {
    ...common,
    action: must(choice("REDIRECT_TO_POOL", "REJECT", "REDIRECT_TO_URL", "REDIRECT_PREFIX")),
    listener_id: must(uuid),
    position: of(integer(1, INT32)),
    redirect_pool_id: of(uuid),
    redirect_url: of(text()),
    redirect_prefix: of(text()),
  },
} satisfies Readonly<Record<string, Fields>>;
