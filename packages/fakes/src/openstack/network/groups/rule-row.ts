import { formatPrefix, parsePrefix } from "../state/addresses.ts";
import type { JsonObject } from "../api/attributes.ts";
import { shownStandard } from "../api/common.ts";
import type { SecurityGroup, SecurityGroupRule } from "../state/rows.ts";
import type { NetworkState } from "../state/state.ts";

/** A rule with what is not said of it left open. */
export function newRule(
  state: NetworkState,
  group: SecurityGroup,
  given: Partial<SecurityGroupRule>,
): SecurityGroupRule {
  return {
    ...state.standard(group.project_id, ""),
    security_group_id: group.id,
    direction: "ingress",
    ethertype: "IPv4",
    protocol: null,
    port_range_min: null,
    port_range_max: null,
    remote_ip_prefix: null,
    remote_group_id: null,
    remote_address_group_id: null,
    standard_attr_id: state.number(),
    ...given,
  };
}

/** A rule as it is shown; within its group it shows what the service otherwise keeps to itself. */
export function showRule(state: NetworkState, rule: SecurityGroupRule, group?: SecurityGroup): JsonObject {
  const prefix = rule.remote_ip_prefix === null ? undefined : parsePrefix(rule.remote_ip_prefix);
  const isDefault = (group ?? state.groups.get(rule.security_group_id))?.name === "default";
  return {
    ...shownStandard(rule),
    security_group_id: rule.security_group_id,
    direction: rule.direction,
    ethertype: rule.ethertype,
    protocol: rule.protocol,
    port_range_min: rule.port_range_min,
    port_range_max: rule.port_range_max,
    remote_ip_prefix: rule.remote_ip_prefix,
    remote_group_id: rule.remote_group_id,
    remote_address_group_id: rule.remote_address_group_id,
    normalized_cidr: prefix === undefined ? null : formatPrefix(prefix),
    ...(state.release === "zed" ? {} : { belongs_to_default_sg: isDefault ? null : false }),
    ...(group === undefined ? {} : { standard_attr_id: rule.standard_attr_id, tags: [] }),
  };
}
