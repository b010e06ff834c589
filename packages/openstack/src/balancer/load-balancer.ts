import type { CallOptions, Requester } from "../request/request.ts";
import { type Collection, createCollection, deleteAt, requestEnvelope } from "../request/collection.ts";
import type { CollectionDefinition } from "../request/listing.ts";
import type * as api from "./load-balancer-resources.ts";

/** What a load balancer has beside the usual verbs. */
export interface LoadBalancerActions {
  /** With `cascade` everything below goes too; without it children refuse the deletion with kind `in-use`. */
  delete(id: string, options?: CallOptions & { readonly cascade?: boolean | undefined }): Promise<boolean>;
  /** ACTIVE at the top does not mean done: see {@link provisioningStatuses}. */
  statusTree(id: string, options?: CallOptions): Promise<api.StatusNode>;
  statistics(id: string, options?: CallOptions): Promise<api.Statistics>;
  /** @throws unsupported by the OVN provider. */
  failover(id: string, options?: CallOptions): Promise<void>;
}

/** Members of one pool. */
export interface Members extends Collection<api.Member, api.MemberCreate, api.MemberUpdate> {
  /**
   * Sets the pool's members by one request; those that are not listed go, unless `additiveOnly`. Returns before it is
   * done (202). The OVN provider of Zed takes as long as the list is, changed or not.
   */
  replaceAll(
    members: readonly api.MemberCreate[],
    options?: CallOptions & { readonly additiveOnly?: boolean | undefined },
  ): Promise<void>;
}

/** Octavia (Load Balancer API v2). One writer per load balancer: while one change is under way others get `immutable`. */
export interface LoadBalancerService {
  readonly loadBalancers: Omit<
    Collection<api.LoadBalancer, api.LoadBalancerCreate, api.LoadBalancerUpdate>,
    keyof LoadBalancerActions
  > &
    LoadBalancerActions;
  readonly listeners: Collection<api.Listener, api.ListenerCreate, api.ListenerUpdate>;
  readonly pools: Collection<api.Pool, api.PoolCreate, api.PoolUpdate>;
  members(poolId: string): Members;
  readonly healthMonitors: Collection<api.HealthMonitor, api.HealthMonitorCreate, api.HealthMonitorUpdate>;
  readonly l7Policies: Collection<api.L7Policy, api.L7PolicyCreate, api.L7PolicyUpdate>;
  l7Rules(policyId: string): Collection<api.L7Rule, api.L7RuleCreate, Partial<api.L7RuleCreate>>;
  readonly flavors: Pick<Collection<api.Flavor, never, never>, "list" | "get" | "find">;
  /** Providers that this user may choose. */
  providers(options?: CallOptions): Promise<api.Provider[]>;
}

function octavia(plural: string, singular: string, parent = ""): CollectionDefinition {
  return { service: "load-balancer", path: `/v2/lbaas/${parent}${plural}`, singular, plural };
}

const LOAD_BALANCERS = octavia("loadbalancers", "loadbalancer");
const LISTENERS = octavia("listeners", "listener");
const POOLS = octavia("pools", "pool");
const HEALTH_MONITORS = octavia("healthmonitors", "healthmonitor");
const L7_POLICIES = octavia("l7policies", "l7policy");
const FLAVORS = octavia("flavors", "flavor");

/** The typed verbs of Octavia. */
export function createLoadBalancer(requester: Requester): LoadBalancerService {
  return {
    loadBalancers: {
      ...createCollection<api.LoadBalancer, api.LoadBalancerCreate, api.LoadBalancerUpdate>(requester, LOAD_BALANCERS),
      ...createActions(requester),
    },
    listeners: createCollection<api.Listener, api.ListenerCreate, api.ListenerUpdate>(requester, LISTENERS),
    pools: createCollection<api.Pool, api.PoolCreate, api.PoolUpdate>(requester, POOLS),
    members: (poolId) => createMembers(requester, poolId),
    healthMonitors: createCollection<api.HealthMonitor, api.HealthMonitorCreate, api.HealthMonitorUpdate>(
      requester,
      HEALTH_MONITORS,
    ),
    l7Policies: createCollection<api.L7Policy, api.L7PolicyCreate, api.L7PolicyUpdate>(requester, L7_POLICIES),
    l7Rules: (policyId) =>
      createCollection<api.L7Rule, api.L7RuleCreate, Partial<api.L7RuleCreate>>(
        requester,
        octavia("rules", "rule", `l7policies/${encodeURIComponent(policyId)}/`),
      ),
    flavors: createCollection<api.Flavor, never, never>(requester, FLAVORS),
    providers: (options = {}) =>
      requestEnvelope<api.Provider[]>(requester, "load-balancer", "GET", "/v2/lbaas/providers", "providers", options),
  };
}

function createActions(requester: Requester): LoadBalancerActions {
  const { service, path } = LOAD_BALANCERS;
  const pathOf = (id: string): string => `${path}/${encodeURIComponent(id)}`;
  return {
    delete(id, { cascade, ...call } = {}) {
      if (cascade !== true) return deleteAt(requester, service, pathOf(id), call);
      return deleteAt(requester, service, pathOf(id), {
        ...call,
        operation: "DELETE lbaas/loadbalancers/{} cascade",
        query: { cascade: true },
      });
    },
    async statusTree(id, options = {}) {
      const key = "statuses";
      const tree = await requestEnvelope<{ readonly loadbalancer: api.StatusNode }>(
        requester,
        service,
        "GET",
        `${pathOf(id)}/status`,
        key,
        options,
      );
      return tree.loadbalancer;
    },
    statistics: (id, options = {}) =>
      requestEnvelope<api.Statistics>(requester, service, "GET", `${pathOf(id)}/stats`, "stats", options),
    async failover(id, options = {}) {
      await requester.request(service, "PUT", `${pathOf(id)}/failover`, options);
    },
  };
}

function createMembers(requester: Requester, poolId: string): Members {
  const definition = octavia("members", "member", `pools/${encodeURIComponent(poolId)}/`);
  return {
    ...createCollection<api.Member, api.MemberCreate, api.MemberUpdate>(requester, definition),
    async replaceAll(members, { additiveOnly, ...call } = {}) {
      await requester.request(definition.service, "PUT", definition.path, {
        ...call,
        body: { members },
        ...(additiveOnly === true ? { query: { additive_only: true } } : {}),
      });
    },
  };
}

/** The provisioning statuses in a tree, top first: all ACTIVE is done, any ERROR has failed, else it is under way. */
export function provisioningStatuses(node: api.StatusNode): api.ProvisioningStatus[] {
  const below = [node.listeners, node.pools, node.members, node.l7policies, node.rules].flatMap((nodes) => nodes ?? []);
  const monitor = node.health_monitor?.provisioning_status;
  return [
    node.provisioning_status,
    ...(monitor === undefined ? [] : [monitor]),
    ...below.flatMap(provisioningStatuses),
  ];
}
