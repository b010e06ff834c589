import { jsonText } from "../../../http/message.ts";
import type { Json } from "../../../http/message.ts";
import { invalidInput } from "../../refusal.ts";
import { pythonText } from "../../python.ts";
import type { Shape } from "../api/attributes.ts";
import type { Release } from "../state/state.ts";
import {
  booleanAttribute,
  idAttribute,
  idReference,
  nameAttribute,
  projectAttribute,
  readOnly,
  standardAttributes,
  stringAttribute,
} from "../api/common.ts";
import {
  addressPairs,
  fixedIps,
  keyValue,
  listOf,
  mac,
  noneToEmptyList,
  oneOf,
  string,
  stringOrNone,
  toBoolean,
  uuid,
  uuidOrNone,
} from "../api/values.ts";

const VNIC_TYPES = [
  "normal",
  "direct",
  "macvtap",
  "baremetal",
  "direct-physical",
  "virtio-forwarder",
  "smart-nic",
  "vdpa",
  "accelerator-direct",
  "accelerator-direct-physical",
  "remote-managed",
];

function listOrNone(value: Json): Json {
  if (value !== null && !Array.isArray(value)) throw invalidInput(`'${pythonText(value)}' is not a list`);
  return value;
}

const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/i;

/** A host name that DNS would take. */
function hostName(value: Json): string | undefined {
  const text = string(255)(value);
  if (text !== undefined || value === "") return text;
  const name = jsonText(value);
  const wrong = name
    .replace(/\.$/, "")
    .split(".")
    .find((label) => !LABEL.test(label));
  if (wrong === undefined) return undefined;
  return (
    `'${name}' not a valid PQDN or FQDN. Reason: Name '${wrong}' must be 1-63 characters long, each of which can only ` +
    "be alphanumeric or a hyphen"
  );
}

/** The attributes of a port, in the order in which the service looks at them. */
export const portShape = (release: Release): Shape => ({
  member: "port",
  collection: "ports",
  bulk: true,
  attributes: {
    id: idAttribute,
    name: nameAttribute,
    network_id: idReference(),
    admin_state_up: booleanAttribute(true, { sort: true }),
    mac_address: { post: true, put: true, optional: true, check: mac, guarded: true, filter: true, sort: true },
    fixed_ips: {
      post: true,
      put: true,
      optional: true,
      check: fixedIps,
      guarded: true,
      parts: ["ip_address", "subnet_id"],
      filter: true,
      fromText: keyValue,
    },
    device_id: stringAttribute(255, { guarded: release !== "zed", sort: true }),
    device_owner: stringAttribute(255, { guarded: true, sort: true }),
    project_id: projectAttribute,
    status: { filter: true, sort: true },
    allowed_address_pairs: {
      post: true,
      put: true,
      optional: true,
      convert: noneToEmptyList,
      check: addressPairs,
      guarded: true,
      parts: ["ip_address", "mac_address"],
    },
    extra_dhcp_opts: { post: true, put: true, fallback: null, convert: listOrNone },
    device_profile: { post: true, fallback: null, check: stringOrNone(255) },
    numa_affinity_policy: { post: true, put: true, fallback: null },
    resource_request: readOnly,
    "binding:vif_type": readOnly,
    "binding:vif_details": readOnly,
    "binding:vnic_type": { post: true, put: true, fallback: "normal", check: oneOf(VNIC_TYPES), guarded: true },
    "binding:host_id": { post: true, put: true, optional: true, guarded: true, filter: true },
    "binding:profile": { post: true, put: true, optional: true, guarded: true },
    port_security_enabled: { post: true, put: true, optional: true, convert: toBoolean, guarded: true },
    qos_policy_id: { post: true, put: true, fallback: null, check: uuidOrNone, guarded: true },
    qos_network_policy_id: readOnly,
    ...standardAttributes,
    tags: { post: true, filter: true, optional: true, check: listOf(string(255)) },
    trunk_details: readOnly,
    dns_name: { post: true, put: true, fallback: "", check: hostName },
    dns_assignment: readOnly,
    dns_domain: { post: true, put: true, fallback: "", check: hostName },
    security_groups: {
      post: true,
      put: true,
      optional: true,
      convert: noneToEmptyList,
      check: listOf(uuid),
      filter: true,
    },
  },
});
