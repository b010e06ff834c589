import {
  admin,
  all,
  any,
  kuryr,
  ownsNetwork,
  rulesOf,
  service,
  sharedNetwork,
  type Rights,
  type Rule,
} from "../api/rights.ts";
import type { Release } from "../state/state.ts";

/** Who may do what with ports, with Kuryr's overrides. Source: Neutron's policy defaults of each release. */
export function portRights(release: Release): Rights {
  const { role, member } = rulesOf(release);
  const onOwnNetwork = any(admin, service, all(role("member"), ownsNetwork));
  const onSharedNetwork = any(onOwnNetwork, sharedNetwork);
  const owner: Rule = (caller, target) => caller.projectId === target.projectId;
  const isDevice =
    (...kinds: readonly string[]): Rule =>
    (_caller, { deviceOwner = "" }) =>
      kinds.some((kind) => deviceOwner.startsWith(`${kind}:`));
  const network = isDevice("network");
  const guarded = isDevice("compute", "baremetal", "manila");
  const binding = any(admin, service, kuryr);
  const deviceOwner: Rule = (caller, target) => !network(caller, target) || onOwnNetwork(caller, target);
  const memberOrNetwork = any(all(role("member"), ownsNetwork), all(role("member"), owner));
  const manager = any(
    admin,
    service,
    all((caller) => release !== "zed" && caller.roles.has("manager"), ownsNetwork),
  );
  return {
    get: any(admin, service, all(role("reader"), any(ownsNetwork, owner))),
    create: onSharedNetwork,
    update: any(member, service),
    remove: any(
      admin,
      service,
      kuryr,
      all((caller, target) => release === "zed" || !guarded(caller, target), memberOrNetwork),
    ),
    attributes: {
      "create:device_owner": deviceOwner,
      "update:device_owner": deviceOwner,
      "create:mac_address": onOwnNetwork,
      "update:mac_address": manager,
      "create:fixed_ips": onSharedNetwork,
      "create:fixed_ips:ip_address": onOwnNetwork,
      "create:fixed_ips:subnet_id": onSharedNetwork,
      "update:fixed_ips": onOwnNetwork,
      "update:fixed_ips:ip_address": onOwnNetwork,
      "update:fixed_ips:subnet_id": onSharedNetwork,
      "create:port_security_enabled": onOwnNetwork,
      "update:port_security_enabled": onOwnNetwork,
      "create:binding:host_id": binding,
      "update:binding:host_id": binding,
      "get:binding:host_id": binding,
      "get:binding:vif_type": binding,
      "get:binding:vif_details": binding,
      "create:binding:profile": release === "zed" ? admin : service,
      "update:binding:profile": release === "zed" ? admin : service,
      "get:binding:profile": any(admin, service),
      "get:resource_request": admin,
      "create:binding:vnic_type": any(member, service),
      "update:binding:vnic_type": any(member, service),
      "create:allowed_address_pairs": onOwnNetwork,
      "create:allowed_address_pairs:ip_address": onOwnNetwork,
      "create:allowed_address_pairs:mac_address": onOwnNetwork,
      "update:allowed_address_pairs": onOwnNetwork,
      "update:allowed_address_pairs:ip_address": onOwnNetwork,
      "update:allowed_address_pairs:mac_address": onOwnNetwork,
    },
  };
}
