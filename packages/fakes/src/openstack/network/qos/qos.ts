import type { Caller } from "../../identity/state.ts";
import { networkRefusal, type Refusal } from "../../refusal.ts";
import type { Shape } from "../api/attributes.ts";
import {
  booleanAttribute,
  idAttribute,
  nameAttribute,
  projectAttribute,
  readOnly,
  shownStandard,
  standardAttributes,
  tagAttributes,
} from "../api/common.ts";
import { createQosRules, showInPolicy } from "./qos-rules.ts";
import { input, type Resource } from "../api/resource.ts";
import { admin, all, any, kuryr, rulesOf, type Rights, type Rule } from "../api/rights.ts";
import type { QosPolicy } from "../state/rows.ts";
import type { NetworkState } from "../state/state.ts";

const policyShape: Shape = {
  member: "policy",
  collection: "policies",
  bulk: true,
  old: true,
  attributes: {
    ...standardAttributes,
    ...tagAttributes,
    id: idAttribute,
    name: nameAttribute,
    project_id: projectAttribute,
    shared: booleanAttribute(false),
    is_default: booleanAttribute(false),
    rules: readOnly,
  },
};

const missing = (id: string): Refusal =>
  networkRefusal(404, "QosPolicyNotFound", `QoS policy ${id} could not be found.`);
const inUse = (policy: string, kind: string, id: string): Refusal =>
  networkRefusal(409, "QosPolicyInUse", `QoS Policy ${policy} is used by ${kind} ${id}.`);

export interface QosPolicies extends Resource<QosPolicy> {
  /** Whether a policy is there for a caller to use. @throws Refusal */
  readonly check: (id: string | null, caller: Caller) => void;
  readonly rules: ReturnType<typeof createQosRules>;
}

/** Neutron's QoS policies, and the rules in them. */
export function createQosPolicies(state: NetworkState): QosPolicies {
  const { role, reader } = rulesOf(state.release);
  const owns: Rule = (caller, { projectId }) => caller.projectId === projectId;
  const writeDefault = any(admin, state.release === "zed" ? () => false : all(role("manager"), owns));
  const write = any(kuryr, writeDefault);
  const rights: Rights = {
    get: any(reader, (_caller, { shared }) => shared === true),
    create: write,
    update: write,
    remove: write,
    attributes: {},
  };
  const target = (policy: QosPolicy) => ({ projectId: policy.project_id, shared: policy.shared });

  function seen(id: string, caller: Caller): QosPolicy {
    const policy = state.qosPolicies.get(id);
    if (policy === undefined || !rights.get(caller, target(policy))) throw missing(id);
    return policy;
  }

  return {
    shape: policyShape,
    path: "policies",
    rights,
    table: state.qosPolicies,
    missing,
    taggable: true,
    // Whoever sees a policy on Zed may tag it.
    tagRight: state.release === "zed" ? rights.get : writeDefault,
    target,
    targetOf: (given) => ({ projectId: input.string(given, "project_id") }),
    show: (policy) => ({
      ...shownStandard(policy),
      name: policy.name,
      tags: policy.tags,
      shared: policy.shared,
      is_default: policy.is_default,
      rules: policy.rules.map((rule) => showInPolicy(rule, policy.id)),
    }),
    check(id, caller) {
      if (id !== null) seen(id, caller);
    },
    create: (given) =>
      state.qosPolicies.set({
        ...state.standard(input.string(given, "project_id"), input.string(given, "description")),
        name: input.string(given, "name"),
        tags: [],
        shared: input.boolean(given, "shared"),
        is_default: input.boolean(given, "is_default"),
        rules: [],
      }),
    update(policy, changes) {
      const next = { ...policy };
      for (const name of ["name", "description"] as const)
        if (changes[name] !== undefined) next[name] = input.string(changes, name);
      for (const name of ["shared", "is_default"] as const)
        if (changes[name] !== undefined) next[name] = input.boolean(changes, name);
      return state.qosPolicies.set(state.touched(next));
    },
    remove(policy) {
      for (const network of state.networks.values())
        if (network.qos_policy_id === policy.id) throw inUse(policy.id, "network", network.id);
      for (const port of state.ports.values())
        if (port.qos_policy_id === policy.id) throw inUse(policy.id, "port", port.id);
      state.qosPolicies.delete(policy.id);
    },

    rules: createQosRules(state, {
      seen,
      missing,
      mayWrite: (kind, policy, caller) => (kind === "bandwidth_limit" ? write : writeDefault)(caller, target(policy)),
    }),
  };
}
