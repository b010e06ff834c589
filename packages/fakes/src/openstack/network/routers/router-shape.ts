import type { Json } from "../../../http/message.ts";
import { pythonText } from "../../python.ts";
import { isObject, type Attributes, type Shape } from "../api/attributes.ts";
import type { Release } from "../state/state.ts";
import {
  booleanAttribute,
  idAttribute,
  nameAttribute,
  projectAttribute,
  readOnly,
  standardAttributes,
  tagAttributes,
} from "../api/common.ts";
import { routes } from "../networks/subnet-shape.ts";
import { fixedIps, noneToEmptyList, uuid, uuidOrNone } from "../api/values.ts";

const GATEWAY_KEYS = ["network_id", "external_fixed_ips", "enable_snat", "qos_policy_id"];

/** Why a gateway is not taken. */
function gatewayInfo(value: Json): string | undefined {
  if (value === null) return undefined;
  if (!isObject(value)) return `'${pythonText(value)}' is not a dictionary`;
  const unknown = Object.keys(value).filter((key) => !GATEWAY_KEYS.includes(key));
  if (unknown.length > 0) return `Unexpected keys supplied: ${unknown.join(", ")}`;
  if (Object.keys(value).length === 0) return undefined;
  const { network_id: network = null, external_fixed_ips: fixed } = value;
  return uuid(network) ?? (fixed === undefined ? undefined : fixedIps(fixed));
}

/** What came after Neutron 21. */
const newer: Attributes = {
  ha: { post: true, put: true, optional: true, guarded: true },
  external_gateways: readOnly,
  flavor_id: { post: true, optional: true, check: uuidOrNone, sort: true, guarded: true },
  enable_snat: { filter: true, sort: true },
  enable_default_route_bfd: { post: true, put: true, fallback: null, guarded: true },
  enable_default_route_ecmp: { post: true, put: true, fallback: null, guarded: true },
};

export const routerShape = (release: Release): Shape => ({
  member: "router",
  collection: "routers",
  bulk: true,
  old: true,
  attributes: {
    id: idAttribute,
    name: nameAttribute,
    admin_state_up: booleanAttribute(true, { sort: true }),
    status: { sort: true },
    project_id: projectAttribute,
    external_gateway_info: {
      post: true,
      put: true,
      fallback: null,
      check: gatewayInfo,
      guarded: true,
      parts: ["network_id", "enable_snat", "external_fixed_ips", "qos_policy_id"],
    },
    ...(release === "zed" ? {} : newer),
    ...standardAttributes,
    availability_zones: readOnly,
    availability_zone_hints: { post: true, fallback: [] },
    ...tagAttributes,
    routes: { put: true, convert: noneToEmptyList, check: routes },
  },
});
