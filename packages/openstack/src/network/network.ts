import type { CallOptions, Requester } from "../request/request.ts";
import {
  type BulkCreate,
  type Collection,
  createBulk,
  createCollection,
  createTagging,
  requestEnvelope,
  type Tagging,
} from "../request/collection.ts";
import type { CollectionDefinition } from "../request/listing.ts";
import {
  type AddressGroups,
  createAddressGroups,
  createQosPolicies,
  createTrunks,
  type QosPolicies,
  type Trunks,
} from "./network-extensions.ts";
import type * as extension from "./network-extension-resources.ts";
import type * as api from "./network-resources.ts";

/** Ports of routers. */
export interface RouterActions {
  /** @throws already-exists when the router has a port on that subnet. */
  addInterface(id: string, to: api.RouterInterface, options?: CallOptions): Promise<api.RouterInterfaceResult>;
  /** Cuts routing even while ports are on the subnet. @throws not-found when it is not connected. */
  removeInterface(id: string, from: api.RouterInterface, options?: CallOptions): Promise<api.RouterInterfaceResult>;
  /** Sets, replaces, or with null takes away the gateway. @throws in-use while floating IPs need it. */
  setGateway(id: string, gateway: api.ExternalGateway | null, options?: CallOptions): Promise<api.Router>;
}

/** Limits of a project. */
export interface Quotas {
  get(projectId: string, options?: CallOptions): Promise<extension.Quota>;
  /** With what is used of each. */
  details(projectId: string, options?: CallOptions): Promise<extension.QuotaDetails>;
  update(projectId: string, patch: extension.Quota, options?: CallOptions): Promise<extension.Quota>;
  /** Back to the defaults. */
  reset(projectId: string, options?: CallOptions): Promise<void>;
}

/** What the API knows. */
export interface Extensions {
  list(options?: CallOptions): Promise<extension.Extension[]>;
  /** An alias says that the API knows a thing, not that the backend enforces it. */
  aliases(options?: CallOptions): Promise<ReadonlySet<string>>;
}

/** Neutron (Networking API v2.0). */
export interface NetworkService {
  readonly ports: Collection<api.Port, api.PortCreate, api.PortUpdate> & BulkCreate<api.Port, api.PortCreate> & Tagging;
  readonly networks: Collection<api.Network, api.NetworkCreate, api.NetworkUpdate> &
    BulkCreate<api.Network, api.NetworkCreate> &
    Tagging;
  readonly subnets: Collection<api.Subnet, api.SubnetCreate, api.SubnetUpdate> &
    BulkCreate<api.Subnet, api.SubnetCreate> &
    Tagging;
  readonly subnetPools: Collection<api.SubnetPool, api.SubnetPoolCreate, api.SubnetPoolUpdate> & Tagging;
  readonly routers: Collection<api.Router, api.RouterCreate, api.RouterUpdate> & RouterActions & Tagging;
  readonly floatingIps: Collection<api.FloatingIp, api.FloatingIpCreate, api.FloatingIpUpdate> & Tagging;
  readonly securityGroups: Collection<api.SecurityGroup, api.SecurityGroupCreate, api.SecurityGroupUpdate> &
    BulkCreate<api.SecurityGroup, api.SecurityGroupCreate> &
    Tagging;
  /** A rule cannot be changed, only replaced. */
  readonly securityGroupRules: Omit<
    Collection<api.SecurityGroupRule, api.SecurityGroupRuleCreate, never> &
      BulkCreate<api.SecurityGroupRule, api.SecurityGroupRuleCreate>,
    "update"
  >;
  readonly trunks: Trunks;
  readonly addressGroups: AddressGroups;
  readonly qosPolicies: QosPolicies;
  readonly quotas: Quotas;
  readonly extensions: Extensions;
  readonly agents: Pick<Collection<extension.Agent, never, never>, "list" | "get" | "find">;
}

/** A resource of Neutron: dashes in paths, underscores in bodies. */
function neutron(plural: string, singular = plural.replace(/s$/, "")): CollectionDefinition {
  return { service: "network", path: `/v2.0/${plural.replaceAll("_", "-")}`, singular, plural };
}

const PORTS = neutron("ports");
const NETWORKS = neutron("networks");
const SUBNETS = neutron("subnets");
const SUBNET_POOLS = neutron("subnetpools");
const ROUTERS = neutron("routers");
const FLOATING_IPS = neutron("floatingips");
const SECURITY_GROUPS = neutron("security_groups");
const SECURITY_GROUP_RULES = neutron("security_group_rules");
const AGENTS = neutron("agents");

/** The typed verbs of Neutron. */
export function createNetwork(requester: Requester): NetworkService {
  return {
    ports: {
      ...createCollection<api.Port, api.PortCreate, api.PortUpdate>(requester, PORTS),
      ...createBulk<api.Port, api.PortCreate>(requester, PORTS),
      ...createTagging(requester, PORTS),
    },
    networks: {
      ...createCollection<api.Network, api.NetworkCreate, api.NetworkUpdate>(requester, NETWORKS),
      ...createBulk<api.Network, api.NetworkCreate>(requester, NETWORKS),
      ...createTagging(requester, NETWORKS),
    },
    subnets: {
      ...createCollection<api.Subnet, api.SubnetCreate, api.SubnetUpdate>(requester, SUBNETS),
      ...createBulk<api.Subnet, api.SubnetCreate>(requester, SUBNETS),
      ...createTagging(requester, SUBNETS),
    },
    subnetPools: {
      ...createCollection<api.SubnetPool, api.SubnetPoolCreate, api.SubnetPoolUpdate>(requester, SUBNET_POOLS),
      ...createTagging(requester, SUBNET_POOLS),
    },
    routers: {
      ...createCollection<api.Router, api.RouterCreate, api.RouterUpdate>(requester, ROUTERS),
      ...createTagging(requester, ROUTERS),
      ...createRouterActions(requester),
    },
    floatingIps: {
      ...createCollection<api.FloatingIp, api.FloatingIpCreate, api.FloatingIpUpdate>(requester, FLOATING_IPS),
      ...createTagging(requester, FLOATING_IPS),
    },
    securityGroups: {
      ...createCollection<api.SecurityGroup, api.SecurityGroupCreate, api.SecurityGroupUpdate>(
        requester,
        SECURITY_GROUPS,
      ),
      ...createBulk<api.SecurityGroup, api.SecurityGroupCreate>(requester, SECURITY_GROUPS),
      ...createTagging(requester, SECURITY_GROUPS),
    },
    securityGroupRules: {
      ...createCollection<api.SecurityGroupRule, api.SecurityGroupRuleCreate, never>(requester, SECURITY_GROUP_RULES),
      ...createBulk<api.SecurityGroupRule, api.SecurityGroupRuleCreate>(requester, SECURITY_GROUP_RULES),
    },
    trunks: createTrunks(requester),
    addressGroups: createAddressGroups(requester),
    qosPolicies: createQosPolicies(requester),
    quotas: createQuotas(requester),
    extensions: createExtensions(requester),
    agents: createCollection<extension.Agent, never, never>(requester, AGENTS),
  };
}

function createRouterActions(requester: Requester): RouterActions {
  const pathOf = (id: string): string => `${ROUTERS.path}/${encodeURIComponent(id)}`;
  return {
    async addInterface(id, to, options = {}) {
      const path = `${pathOf(id)}/add_router_interface`;
      const { body } = await requester.request("network", "PUT", path, { ...options, body: to });
      return body as api.RouterInterfaceResult;
    },
    async removeInterface(id, from, options = {}) {
      const path = `${pathOf(id)}/remove_router_interface`;
      const { body } = await requester.request("network", "PUT", path, { ...options, body: from });
      return body as api.RouterInterfaceResult;
    },
    setGateway: (id, gateway, options = {}) =>
      requestEnvelope<api.Router>(requester, "network", "PUT", pathOf(id), ROUTERS.singular, {
        ...options,
        body: { router: { external_gateway_info: gateway } },
      }),
  };
}

function createQuotas(requester: Requester): Quotas {
  const pathOf = (projectId: string): string => `/v2.0/quotas/${encodeURIComponent(projectId)}`;
  return {
    get: (projectId, options = {}) =>
      requestEnvelope<extension.Quota>(requester, "network", "GET", pathOf(projectId), "quota", options),
    details: (projectId, options = {}) =>
      requestEnvelope<extension.QuotaDetails>(
        requester,
        "network",
        "GET",
        `${pathOf(projectId)}/details.json`,
        "quota",
        options,
      ),
    update: (projectId, patch, options = {}) =>
      requestEnvelope<extension.Quota>(requester, "network", "PUT", pathOf(projectId), "quota", {
        ...options,
        body: { quota: patch },
      }),
    async reset(projectId, options = {}) {
      await requester.request("network", "DELETE", pathOf(projectId), options);
    },
  };
}

function createExtensions(requester: Requester): Extensions {
  const list = (options: CallOptions = {}): Promise<extension.Extension[]> =>
    requestEnvelope<extension.Extension[]>(requester, "network", "GET", "/v2.0/extensions", "extensions", options);
  return {
    list,
    aliases: async (options) => new Set((await list(options)).map((extension) => extension.alias)),
  };
}
