import type { Json } from "../../../http/message.ts";
import { networkRefusal } from "../../refusal.ts";
import type { JsonObject, Shape } from "../api/attributes.ts";
import {
  booleanAttribute,
  groupNotFound,
  idAttribute,
  nameAttribute,
  projectAttribute,
  readOnly,
  shownStandard,
  standardAttributes,
  tagAttributes,
} from "../api/common.ts";
import { input, type Resource } from "../api/resource.ts";
import { rulesOf, any, type Rights } from "../api/rights.ts";
import type { SecurityGroup, SecurityGroupRule } from "../state/rows.ts";
import { newRule, showRule } from "./rule-row.ts";
import type { NetworkState, Release } from "../state/state.ts";
import { string } from "../api/values.ts";

const defaultExists = (): Error =>
  networkRefusal(409, "SecurityGroupDefaultAlreadyExists", "Default security group already exists.");

/** The name that only the service gives. @throws Refusal */
function notDefault(value: Json): string | undefined {
  if (typeof value === "string" && value.toLowerCase() === "default") throw defaultExists();
  return string(255)(value);
}

const shape: Shape = {
  member: "security_group",
  collection: "security_groups",
  bulk: true,
  old: true,
  attributes: {
    ...standardAttributes,
    ...tagAttributes,
    id: idAttribute,
    name: { ...nameAttribute, check: notDefault },
    project_id: projectAttribute,
    security_group_rules: readOnly,
    stateful: booleanAttribute(true),
    shared: { filter: true },
  },
};

function rightsOf(release: Release): Rights {
  const { reader, member } = rulesOf(release);
  return {
    get: any(reader, (_caller, { shared }) => shared === true),
    create: member,
    update: member,
    remove: member,
    attributes: {},
  };
}

const inUse = (id: string): Error => networkRefusal(409, "SecurityGroupInUse", `Security Group ${id} in use.`);

export interface SecurityGroups extends Resource<SecurityGroup> {
  /** A project's default group, made when it is first needed. */
  readonly defaultOf: (project: string) => SecurityGroup;
}

/** Neutron's security groups. */
export function createSecurityGroups(state: NetworkState): SecurityGroups {
  const rights = rightsOf(state.release);
  const defaults = new Map<string, string>();
  const target = (group: SecurityGroup) => ({ projectId: group.project_id, shared: group.shared });

  function addRule(group: SecurityGroup, rule: Partial<SecurityGroupRule>): void {
    // Rules that come with a group have no description at all.
    state.rules.set(newRule(state, group, { description: null, ...rule }));
  }

  function makeGroup(project: string, name: string, description: string, stateful: boolean): SecurityGroup {
    const group = state.groups.set({
      ...state.standard(project, description),
      name,
      tags: [],
      stateful,
      shared: false,
    });
    for (const ethertype of ["IPv4", "IPv6"]) addRule(group, { direction: "egress", ethertype });
    return group;
  }

  function defaultOf(project: string): SecurityGroup {
    const known = state.groups.get(defaults.get(project) ?? "");
    if (known !== undefined) return known;
    const group = makeGroup(project, "default", "Default security group", true);
    for (const ethertype of ["IPv4", "IPv6"])
      addRule(group, { direction: "ingress", ethertype, remote_group_id: group.id });
    defaults.set(project, group.id);
    return group;
  }

  const isUsed = (id: string): boolean => {
    for (const port of state.ports.values()) if (port.security_groups.includes(id)) return true;
    return false;
  };

  const show = (group: SecurityGroup): JsonObject => ({
    ...shownStandard(group),
    name: group.name,
    tags: group.tags,
    stateful: group.stateful,
    shared: group.shared,
    security_group_rules: state.rulesIn(group.id).map((rule) => showRule(state, rule, group)),
  });

  return {
    shape,
    path: "security-groups",
    rights,
    table: state.groups,
    quota: "security_group",
    missing: groupNotFound,
    taggable: true,
    defaultOf,
    target,
    targetOf: (given) => ({ projectId: input.string(given, "project_id") }),
    show,
    beforeList: (caller) => {
      if (caller.projectId !== undefined) defaultOf(caller.projectId);
    },
    create(given) {
      const project = input.string(given, "project_id");
      const name = input.string(given, "name");
      defaultOf(project);
      return makeGroup(project, name, input.string(given, "description"), input.boolean(given, "stateful"));
    },
    update(group, changes) {
      const next = { ...group };
      const name = input.stringOrNull(changes, "name");
      if (name !== null) {
        if (group.name === "default") {
          const message = "Updating default security group not allowed.";
          throw networkRefusal(409, "SecurityGroupCannotUpdateDefault", message);
        }
        next.name = name;
      }
      if (changes["description"] !== undefined) next.description = input.string(changes, "description");
      if (changes["stateful"] !== undefined) {
        next.stateful = input.boolean(changes, "stateful");
        if (next.stateful !== group.stateful && isUsed(group.id)) throw inUse(group.id);
      }
      return state.groups.set(state.touched(next));
    },
    remove(group, caller) {
      if (isUsed(group.id)) throw inUse(group.id);
      if (group.name === "default" && !caller.isAdmin) {
        const message = "Insufficient rights for removing default security group.";
        throw networkRefusal(409, "SecurityGroupCannotRemoveDefault", message);
      }
      for (const rule of state.rules.values())
        if (rule.security_group_id === group.id || rule.remote_group_id === group.id) state.rules.delete(rule.id);
      state.groups.delete(group.id);
    },
  };
}
