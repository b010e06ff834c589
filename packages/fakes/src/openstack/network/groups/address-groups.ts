import type { Json } from "../../../http/message.ts";
import { pythonRepr, pythonText } from "../../python.ts";
import { networkRefusal } from "../../refusal.ts";
import { formatPrefix, parsePrefix } from "../state/addresses.ts";
import type { JsonObject, Shape } from "../api/attributes.ts";
import {
  idAttribute,
  nameAttribute,
  notFound,
  projectAttribute,
  shownStandard,
  standardAttributes,
  stringAttribute,
} from "../api/common.ts";
import { input, type Action, type Resource } from "../api/resource.ts";
import { any, rulesOf } from "../api/rights.ts";
import type { AddressGroup } from "../state/rows.ts";
import type { NetworkState } from "../state/state.ts";
import { listOf, noneToEmptyList, prefix } from "../api/values.ts";

const shape: Shape = {
  member: "address_group",
  collection: "address_groups",
  bulk: true,
  old: true,
  attributes: {
    ...standardAttributes,
    description: stringAttribute(1024),
    id: idAttribute,
    name: nameAttribute,
    project_id: projectAttribute,
    addresses: { post: true, optional: true, convert: noneToEmptyList, check: listOf(prefix) },
    shared: {},
  },
};

function failed(): Error {
  const message = "Request Failed: internal server error while processing your request.";
  return networkRefusal(500, "HTTPInternalServerError", message);
}

function prefixesOf(body: JsonObject): string[] {
  const given: Json | undefined = body["addresses"];
  if (!Array.isArray(given)) throw failed();
  return given.map((one) => {
    const parsed = typeof one === "string" ? parsePrefix(one) : undefined;
    if (parsed === undefined) throw networkRefusal(400, "AddrFormatError", `invalid IPNetwork ${pythonText(one)}`);
    return formatPrefix(parsed);
  });
}

/** Neutron's address groups. */
export function createAddressGroups(state: NetworkState): Resource<AddressGroup> {
  const { reader, member } = rulesOf(state.release);
  const shared = (_caller: unknown, about: { shared?: boolean }): boolean => about.shared === true;

  const everything = (group: AddressGroup): JsonObject => ({
    ...shownStandard(group),
    name: group.name,
    addresses: group.addresses,
  });

  /** Zed keeps times and revisions of these to itself, but for the answers to the two actions. */
  function show(group: AddressGroup): JsonObject {
    const shown = everything(group);
    if (state.release !== "zed") return shown;
    const { created_at: _created, updated_at: _updated, revision_number: _revision, ...rest } = shown;
    return rest;
  }

  function answer(group: AddressGroup): { status: number; body: Json } {
    const shown = {
      ...everything(group),
      shared: group.shared,
      ...(state.release === "zed" ? {} : { standard_attr_id: group.standard_attr_id }),
    };
    return { status: 200, body: { address_group: shown } };
  }

  const addAddresses: Action<AddressGroup> = (group, body) => {
    const asked = prefixesOf(body);
    const there = asked.filter((one) => group.addresses.includes(one));
    if (there.length > 0) {
      const message = `Addresses ${pythonRepr(there)} already exist in the address group ${group.id}.`;
      throw networkRefusal(400, "AddressesAlreadyExist", message);
    }
    return answer(state.addressGroups.set(state.touched({ ...group, addresses: [...group.addresses, ...asked] })));
  };

  const removeAddresses: Action<AddressGroup> = (group, body) => {
    const asked = prefixesOf(body);
    const missing = asked.filter((one) => !group.addresses.includes(one));
    if (missing.length > 0) {
      const message = `Addresses ${pythonRepr(missing)} not found in the address group ${group.id}.`;
      throw networkRefusal(404, "AddressesNotFound", message);
    }
    const left = group.addresses.filter((one) => !asked.includes(one));
    return answer(state.addressGroups.set(state.touched({ ...group, addresses: left })));
  };

  return {
    shape,
    path: "address-groups",
    rights: { get: any(reader, shared), create: member, update: member, remove: member, attributes: {} },
    table: state.addressGroups,
    quota: "address_group",
    missing: notFound("AddressGroup", "Address group"),
    taggable: false,
    deletesAnyRevision: true,
    alwaysListed: ["tenant_id"],
    target: (group) => ({ projectId: group.project_id, shared: group.shared }),
    targetOf: (given) => ({ projectId: input.string(given, "project_id") }),
    show,
    actions: { add_addresses: addAddresses, remove_addresses: removeAddresses },
    create: (given) =>
      state.addressGroups.set({
        ...state.standard(input.string(given, "project_id"), input.string(given, "description")),
        name: input.string(given, "name"),
        addresses: input.strings(given, "addresses").flatMap((one) => {
          const parsed = parsePrefix(one);
          return parsed === undefined ? [] : [formatPrefix(parsed)];
        }),
        shared: false,
        standard_attr_id: state.number(),
      }),
    update(group, changes) {
      const next = { ...group };
      for (const name of ["name", "description"] as const)
        if (changes[name] !== undefined) next[name] = input.string(changes, name);
      return state.addressGroups.set(state.touched(next));
    },
    remove(group) {
      if ([...state.rules.values()].some((rule) => rule.remote_address_group_id === group.id)) {
        const message = `Address group ${group.id} is in use on one or more security group rules.`;
        throw networkRefusal(409, "AddressGroupInUse", message);
      }
      state.addressGroups.delete(group.id);
    },
  };
}
