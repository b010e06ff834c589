import type { CallOptions, Requester } from "../request/request.ts";
import {
  type Collection,
  createCollection,
  createTagging,
  requestEnvelope,
  type Tagging,
} from "../request/collection.ts";
import type { CollectionDefinition } from "../request/listing.ts";
import type * as extension from "./network-extension-resources.ts";

/** Trunks and their subports (extension `trunk`). */
export interface Trunks extends Collection<extension.Trunk, extension.TrunkCreate, extension.TrunkUpdate>, Tagging {
  addSubports(id: string, subports: readonly extension.Subport[], options?: CallOptions): Promise<extension.Trunk>;
  /** @throws not-found when one of the ports is no subport of the trunk. */
  removeSubports(id: string, portIds: readonly string[], options?: CallOptions): Promise<extension.Trunk>;
  subports(id: string, options?: CallOptions): Promise<extension.Subport[]>;
}

/** Address groups (extension `address-group`). ML2/OVN of Zed lists the extension and enforces nothing. */
export interface AddressGroups
  extends Collection<extension.AddressGroup, extension.AddressGroupCreate, extension.AddressGroupUpdate> {
  /** Prefixes. @throws already-exists when one is in the group. */
  addAddresses(id: string, addresses: readonly string[], options?: CallOptions): Promise<extension.AddressGroup>;
  /** @throws not-found when one is not in the group. */
  removeAddresses(id: string, addresses: readonly string[], options?: CallOptions): Promise<extension.AddressGroup>;
}

/** QoS policies (extension `qos`); attach one by the `qos_policy_id` of a port, network or floating IP. */
export interface QosPolicies
  extends Collection<extension.QosPolicy, extension.QosPolicyCreate, extension.QosPolicyUpdate>,
    Tagging {
  bandwidthLimitRules(
    policyId: string,
  ): Collection<extension.BandwidthLimitRule, extension.BandwidthLimit, extension.BandwidthLimit>;
  dscpMarkingRules(
    policyId: string,
  ): Collection<extension.DscpMarkingRule, extension.DscpMarking, extension.DscpMarking>;
  minimumBandwidthRules(
    policyId: string,
  ): Collection<extension.MinimumBandwidthRule, extension.MinimumBandwidth, extension.MinimumBandwidth>;
}

const TRUNKS: CollectionDefinition = { service: "network", path: "/v2.0/trunks", singular: "trunk", plural: "trunks" };
const ADDRESS_GROUPS: CollectionDefinition = {
  service: "network",
  path: "/v2.0/address-groups",
  singular: "address_group",
  plural: "address_groups",
};
const QOS_POLICIES: CollectionDefinition = {
  service: "network",
  path: "/v2.0/qos/policies",
  singular: "policy",
  plural: "policies",
};

/** Builds the verbs of trunks. */
export function createTrunks(requester: Requester): Trunks {
  const pathOf = (id: string, action: string): string => `${TRUNKS.path}/${encodeURIComponent(id)}/${action}`;
  const change = async (
    id: string,
    action: string,
    subports: unknown,
    options: CallOptions,
  ): Promise<extension.Trunk> => {
    const body = { sub_ports: subports };
    return (await requester.request("network", "PUT", pathOf(id, action), { ...options, body }))
      .body as extension.Trunk;
  };
  return {
    ...createCollection<extension.Trunk, extension.TrunkCreate, extension.TrunkUpdate>(requester, TRUNKS),
    ...createTagging(requester, TRUNKS),
    addSubports: (id, subports, options = {}) => change(id, "add_subports", subports, options),
    removeSubports: (id, portIds, options = {}) =>
      change(
        id,
        "remove_subports",
        portIds.map((port) => ({ port_id: port })),
        options,
      ),
    subports: (id, options = {}) =>
      requestEnvelope<extension.Subport[]>(
        requester,
        "network",
        "GET",
        pathOf(id, "get_subports"),
        "sub_ports",
        options,
      ),
  };
}

/** Builds the verbs of address groups. */
export function createAddressGroups(requester: Requester): AddressGroups {
  const { path, singular } = ADDRESS_GROUPS;
  // The list stands alone in the body: wrapped in the singular it is a 500.
  const change = (
    id: string,
    action: string,
    addresses: readonly string[],
    options: CallOptions,
  ): Promise<extension.AddressGroup> =>
    requestEnvelope(requester, "network", "PUT", `${path}/${encodeURIComponent(id)}/${action}`, singular, {
      ...options,
      body: { addresses },
    });
  return {
    ...createCollection<extension.AddressGroup, extension.AddressGroupCreate, extension.AddressGroupUpdate>(
      requester,
      ADDRESS_GROUPS,
    ),
    addAddresses: (id, addresses, options = {}) => change(id, "add_addresses", addresses, options),
    removeAddresses: (id, addresses, options = {}) => change(id, "remove_addresses", addresses, options),
  };
}

/** Builds the verbs of QoS policies. */
export function createQosPolicies(requester: Requester): QosPolicies {
  const rules = <T extends { readonly id: string }, C>(policyId: string, singular: string): Collection<T, C, C> =>
    createCollection<T, C, C>(requester, {
      service: "network",
      path: `${QOS_POLICIES.path}/${encodeURIComponent(policyId)}/${singular}s`,
      singular,
      plural: `${singular}s`,
    });
  return {
    ...createCollection<extension.QosPolicy, extension.QosPolicyCreate, extension.QosPolicyUpdate>(
      requester,
      QOS_POLICIES,
    ),
    ...createTagging(requester, QOS_POLICIES),
    bandwidthLimitRules: (policyId) => rules(policyId, "bandwidth_limit_rule"),
    dscpMarkingRules: (policyId) => rules(policyId, "dscp_marking_rule"),
    minimumBandwidthRules: (policyId) => rules(policyId, "minimum_bandwidth_rule"),
  };
}
