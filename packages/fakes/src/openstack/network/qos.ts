import type { FakeRequest, FakeResponse } from "../../http/message.ts";
import type { Caller } from "../identity/state.ts";
import { pythonText } from "../python.ts";
import { networkRefusal, type Refusal } from "../refusal.ts";
import { parseBody, readCreate, readUpdate, type JsonObject, type Shape } from "./attributes.ts";
import {
  booleanAttribute,
  idAttribute,
  nameAttribute,
  projectAttribute,
  readOnly,
  shownStandard,
  standardAttributes,
  tagAttributes,
} from "./common.ts";
import { input, type Resource } from "./resource.ts";
import { admin, all, any, disallowed, kuryr, rulesOf, type Rights, type Rule } from "./rights.ts";
import type { QosPolicy, QosRule } from "./rows.ts";
import type { NetworkState } from "./state.ts";
import { oneOf, toInteger } from "./values.ts";

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

const atLeastZero = (value: unknown): string | undefined =>
  typeof value === "number" && value >= 0 ? undefined : `'${String(value)}' is too small - must be at least '0'`;
const directions = oneOf(["egress", "ingress"]);
const rate = { post: true, put: true, convert: toInteger, check: atLeastZero };

const ruleShape: Shape = {
  member: "bandwidth_limit_rule",
  collection: "bandwidth_limit_rules",
  bulk: false,
  old: true,
  attributes: {
    id: {},
    max_kbps: rate,
    max_burst_kbps: { ...rate, fallback: 0 },
    direction: { post: true, put: true, fallback: "egress", check: directions },
  },
};

const missing = (id: string): Refusal => networkRefusal(404, "QosPolicyNotFound", `QoS policy ${id} could not be found.`);
const inUse = (policy: string, kind: string, id: string): Refusal =>
  networkRefusal(409, "QosPolicyInUse", `QoS Policy ${policy} is used by ${kind} ${id}.`);

const showRule = ({ id, max_kbps, max_burst_kbps, direction }: QosRule): JsonObject => ({
  id,
  max_kbps,
  max_burst_kbps,
  direction,
});

export interface QosPolicies extends Resource<QosPolicy> {
  /** Whether a policy is there for a caller to use. @throws Refusal */
  readonly check: (id: string | null, caller: Caller) => void;
  /** `/v2.0/qos/policies/<id>/bandwidth_limit_rules`. */
  readonly rules: (request: FakeRequest, policy: string, id: string | undefined, caller: Caller) => FakeResponse;
}

/** Neutron's QoS policies, as far as bandwidth goes. */
export function createQosPolicies(state: NetworkState): QosPolicies {
  const { role, reader } = rulesOf(state.release);
  const owns: Rule = (caller, { projectId }) => caller.projectId === projectId;
  const write = any(admin, kuryr, state.release === "zed" ? () => false : all(role("manager"), owns));
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

  function change(policy: QosPolicy, rules: QosRule[]): void {
    state.qosPolicies.set(state.touched({ ...policy, rules }));
  }

  function checkConflict(policy: QosPolicy, direction: string, own?: string): void {
    const other = policy.rules.find((rule) => rule.direction === direction && rule.id !== own);
    if (other === undefined) return;
    const message =
      `Rule bandwidth_limit conflicts with rule ${other.id} which already exists in QoS Policy ${policy.id}.`;
    throw networkRefusal(409, "QoSRulesConflict", message);
  }

  return {
    shape: policyShape,
    path: "policies",
    rights,
    table: state.qosPolicies,
    missing,
    taggable: true,
    target,
    targetOf: (given) => ({ projectId: input.string(given, "project_id") }),
    show: (policy) => ({
      ...shownStandard(policy),
      name: policy.name,
      tags: policy.tags,
      shared: policy.shared,
      is_default: policy.is_default,
      rules: policy.rules.map((rule) => ({ ...showRule(rule), type: "bandwidth_limit", qos_policy_id: policy.id })),
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

    rules(request, policyId, id, caller) {
      const { method } = request;
      const policy = method === "GET" ? seen(policyId, caller) : state.qosPolicies.get(policyId);
      const verbs: Readonly<Record<string, string>> = { POST: "create", PUT: "update", DELETE: "delete" };
      const owner = { projectId: caller.projectId, isAdmin: caller.isAdmin };
      // A rule belongs to its policy, and to nobody beside.
      const withoutOwner = (given: JsonObject): JsonObject => {
        const { project_id: _owner, ...rest } = given;
        return rest;
      };
      const body = method === "POST" || method === "PUT" ? parseBody(request.body) : {};
      const made =
        method === "POST"
          ? withoutOwner(readCreate({ ...ruleShape, attributes: { ...ruleShape.attributes, project_id: { post: true } } }, body, owner).inputs[0] ?? {})
          : {};
      const changes = method === "PUT" ? readUpdate(ruleShape, body, owner) : {};
      if (policy === undefined || !rights.get(caller, target(policy))) throw missing(policyId);
      const verb = verbs[method];
      if (verb !== undefined && !write(caller, target(policy)))
        throw disallowed(`rule:${verb}_policy_bandwidth_limit_rule`);
      if (id === undefined && method === "GET")
        return { status: 200, body: { bandwidth_limit_rules: policy.rules.map(showRule) } };
      if (method === "POST") {
        const rule: QosRule = {
          id: state.ids.uuid(),
          max_kbps: input.number(made, "max_kbps"),
          max_burst_kbps: input.number(made, "max_burst_kbps"),
          direction: input.string(made, "direction"),
        };
        checkConflict(policy, rule.direction);
        change(policy, [...policy.rules, rule]);
        return { status: 201, body: { bandwidth_limit_rule: showRule(rule) } };
      }
      const rule = policy.rules.find((one) => one.id === id);
      if (rule === undefined) {
        const message = `QoS rule ${pythonText(id)} for policy ${policyId} could not be found.`;
        throw networkRefusal(404, "QosRuleNotFound", message);
      }
      if (method === "DELETE") {
        change(policy, policy.rules.filter((one) => one.id !== rule.id));
        return { status: 204 };
      }
      if (method === "GET") return { status: 200, body: { bandwidth_limit_rule: showRule(rule) } };
      const next = { ...rule };
      for (const name of ["max_kbps", "max_burst_kbps"] as const)
        if (changes[name] !== undefined) next[name] = input.number(changes, name);
      if (changes["direction"] !== undefined) next.direction = input.string(changes, "direction");
      checkConflict(policy, next.direction, rule.id);
      change(policy, policy.rules.map((one) => (one.id === rule.id ? next : one)));
      return { status: 200, body: { bandwidth_limit_rule: showRule(next) } };
    },
  };
}
