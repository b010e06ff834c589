import type { FakeRequest, FakeResponse, Json } from "../../../http/message.ts";
import type { Caller } from "../../identity/state.ts";
import { pythonText } from "../../python.ts";
import { networkRefusal, type Refusal } from "../../refusal.ts";
import { parseBody, readCreate, readUpdate, type Attribute, type JsonObject, type Shape } from "../api/attributes.ts";
import { disallowed } from "../api/rights.ts";
import type { QosPolicy, QosRule } from "../state/rows.ts";
import type { NetworkState } from "../state/state.ts";
import { oneOf, toInteger } from "../api/values.ts";

const atLeastZero = (value: unknown): string | undefined =>
  typeof value === "number" && value >= 0 ? undefined : `'${String(value)}' is too small - must be at least '0'`;
/** RFC 4594 and RFC 2597: what Neutron takes for a DSCP mark. */
const MARKS = [0, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 46, 48, 56];

const rate: Attribute = { post: true, put: true, convert: toInteger, check: atLeastZero };
const direction: Attribute = { post: true, put: true, fallback: "egress", check: oneOf(["egress", "ingress"]) };

/** What a rule of each kind says. */
const KINDS: Readonly<Record<QosRule["kind"], Readonly<Record<string, Attribute>>>> = {
  bandwidth_limit: { max_kbps: rate, max_burst_kbps: { ...rate, fallback: 0 }, direction },
  dscp_marking: { dscp_mark: { post: true, put: true, convert: toInteger, check: oneOf(MARKS) } },
  minimum_bandwidth: { min_kbps: rate, direction },
};

/** The kind whose rules a path names: `bandwidth_limit_rules`. */
export function qosKind(collection: string | undefined): QosRule["kind"] | undefined {
  const kind = collection?.replace(/_rules$/, "");
  return kind !== collection && kind !== undefined && kind in KINDS ? (kind as QosRule["kind"]) : undefined;
}

const shapeOf = (kind: QosRule["kind"]): Shape => ({
  member: `${kind}_rule`,
  collection: `${kind}_rules`,
  bulk: false,
  old: true,
  attributes: { id: {}, ...KINDS[kind] },
});

const show = ({ id, values }: QosRule): JsonObject => ({ ...values, id });

/** A rule as its policy shows it. */
export const showInPolicy = (rule: QosRule, policy: string): JsonObject => ({
  ...show(rule),
  type: rule.kind,
  qos_policy_id: policy,
});

/** What the rules of policies need of the policies. */
export interface PolicyAccess {
  /** @throws Refusal when it is not there, or not for this caller to see */
  readonly seen: (id: string, caller: Caller) => QosPolicy;
  readonly mayWrite: (kind: QosRule["kind"], policy: QosPolicy, caller: Caller) => boolean;
  readonly missing: (id: string) => Refusal;
}

/** At most one rule of a kind, or of a kind and direction; and no more guaranteed than allowed. @throws Refusal */
function checkConflicts(policy: QosPolicy, rule: QosRule): void {
  const others = policy.rules.filter(
    (one) => one.id !== rule.id && one.values["direction"] === rule.values["direction"],
  );
  const same = others.find((one) => one.kind === rule.kind);
  if (same !== undefined) {
    const message = `Rule ${rule.kind} conflicts with rule ${same.id} which already exists in QoS Policy ${policy.id}.`;
    throw networkRefusal(409, "QoSRulesConflict", message);
  }
  const rateOf = (one: QosRule): number => Number(one.values["max_kbps"] ?? one.values["min_kbps"] ?? 0);
  for (const other of others) {
    const isUpper = rule.kind === "bandwidth_limit" && other.kind === "minimum_bandwidth";
    const isLower = rule.kind === "minimum_bandwidth" && other.kind === "bandwidth_limit";
    if (!(isUpper && rateOf(rule) < rateOf(other)) && !(isLower && rateOf(rule) > rateOf(other))) continue;
    const message =
      `Unable to add the rule with value ${rateOf(rule)} to the policy ${policy.id} as the existing rule of type ` +
      `${other.kind} has value ${rateOf(other)}.`;
    throw networkRefusal(409, "QoSRuleParameterConflict", message);
  }
}

/** `/v2.0/qos/policies/<id>/<kind>_rules`. */
export function createQosRules(state: NetworkState, access: PolicyAccess) {
  function change(policy: QosPolicy, rules: QosRule[]): void {
    state.qosPolicies.set(state.touched({ ...policy, rules }));
  }

  /** A rule belongs to its policy, and to nobody beside. */
  function readRule(kind: QosRule["kind"], body: JsonObject, caller: Caller): JsonObject {
    const shape = shapeOf(kind);
    const owner = { release: state.release, projectId: caller.projectId, isAdmin: caller.isAdmin };
    const owned = { ...shape, attributes: { ...shape.attributes, project_id: { post: true } } };
    const { project_id: _owner, ...rest } = readCreate(owned, body, owner).inputs[0] ?? {};
    return rest;
  }

  /** @throws Refusal */
  function checkRight(method: string, kind: QosRule["kind"], policy: QosPolicy, caller: Caller): void {
    const verbs: Readonly<Record<string, string>> = { POST: "create", PUT: "update", DELETE: "delete" };
    const verb = verbs[method];
    if (verb === undefined) return;
    // The stack lets Kuryr limit bandwidth, in words that Zed cannot judge; the other kinds have Neutron's own rule.
    if (state.release === "zed" && !caller.isAdmin && kind === "bandwidth_limit") {
      const rule = "tenant_id:%(ext_parent:tenant_id)s";
      const why = "Unable to verify match:%(ext_parent:tenant_id)s as the parent resource: ext_parent was not found.";
      throw networkRefusal(500, "PolicyCheckError", `Failed to check policy ${rule} because ${why}`);
    }
    if (!access.mayWrite(kind, policy, caller)) throw disallowed(`rule:${verb}_policy_${kind}_rule`);
  }

  const valuesOf = (kind: QosRule["kind"], given: JsonObject): JsonObject =>
    Object.fromEntries(Object.keys(KINDS[kind]).map((name): [string, Json] => [name, given[name] ?? null]));

  return (
    request: FakeRequest,
    kind: QosRule["kind"],
    policyId: string,
    id: string | undefined,
    caller: Caller,
  ): FakeResponse => {
    const { method } = request;
    const { member, collection } = shapeOf(kind);
    if (method === "GET") access.seen(policyId, caller);
    const body = method === "POST" || method === "PUT" ? parseBody(request.body, true) : {};
    const made = method === "POST" ? readRule(kind, body, caller) : {};
    const owner = { release: state.release, projectId: caller.projectId, isAdmin: caller.isAdmin };
    const changes = method === "PUT" ? readUpdate(shapeOf(kind), body, owner) : {};
    const policy = state.qosPolicies.get(policyId);
    if (policy === undefined) throw access.missing(policyId);
    // Who may not see a policy learns of its rules, and not that there is no such policy.
    if (method !== "POST") access.seen(policyId, caller);
    checkRight(method, kind, policy, caller);
    const rules = policy.rules.filter((one) => one.kind === kind);
    if (id === undefined && method === "GET") return { status: 200, body: { [collection]: rules.map(show) } };
    if (method === "POST") {
      const rule: QosRule = { id: state.ids.uuid(), kind, values: valuesOf(kind, made) };
      checkConflicts(policy, rule);
      change(policy, [...policy.rules, rule]);
      return { status: 201, body: { [member]: show(rule) } };
    }
    const rule = rules.find((one) => one.id === id);
    if (rule === undefined) {
      const message = `QoS rule ${pythonText(id)} for policy ${policyId} could not be found.`;
      throw networkRefusal(404, "QosRuleNotFound", message);
    }
    if (method === "DELETE") {
      change(
        policy,
        policy.rules.filter((one) => one.id !== rule.id),
      );
      return { status: 204 };
    }
    if (method === "GET") return { status: 200, body: { [member]: show(rule) } };
    const next: QosRule = { ...rule, values: { ...rule.values, ...changes } };
    checkConflicts(policy, next);
    change(
      policy,
      policy.rules.map((one) => (one.id === rule.id ? next : one)),
    );
    return { status: 200, body: { [member]: show(next) } };
  };
}
