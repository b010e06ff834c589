import { isKind, OpenStackError, type Cloud, type QosPolicy } from "@kuryr/openstack";

import { isMarkOf, markOf } from "../../api/ownership.ts";
import { errorFields, type Logger } from "../../log/logger.ts";
import { podReference, type EventSink } from "../pods/events.ts";
import type { PodView } from "../pods/plan.ts";
import { limitsOf, type BandwidthLimits } from "./limits.ts";

/** Neutron's QoS policies for pods with bandwidth annotations. */
export interface BandwidthPolicies {
  /** Id of the policy for a pod's port; none without annotations, and where the cloud cannot do it (an Event says so). */
  policyFor(pod: PodView, signal: AbortSignal): Promise<string | undefined>;
  /** Deletes the policies of this cluster that no pod asks for and no port has. */
  collect(pods: Iterable<PodView>, used: ReadonlySet<string>, signal: AbortSignal): Promise<void>;
  /** A policy that was known is gone: the next pod that needs its like has it made anew. */
  forget(policyId: string): void;
}

export interface BandwidthDependencies {
  readonly cloud: Pick<Cloud, "network">;
  readonly cluster: string;
  readonly events: EventSink | undefined;
  readonly log: Logger;
}

/** A policy that was found or made, or is about to be. */
interface Known {
  readonly made: Promise<string>;
  /** Missing until it is known. */
  id?: string;
}

const keyOf = ({ ingress, egress }: BandwidthLimits): string => `${ingress}/${egress}`;
const directions = ["ingress", "egress"] as const;
/** One for each pair of limits that pods ask for; more than this are not remembered. */
const maxKnown = 1000;

/** Policies by their pair of limits: pods that ask for the same share one. */
export function bandwidthPolicies(deps: BandwidthDependencies): BandwidthPolicies {
  const { qosPolicies, extensions } = deps.cloud.network;
  const known = new Map<string, Known>();
  let supported: Promise<boolean> | undefined;

  const supports = async (signal: AbortSignal): Promise<boolean> => {
    supported ??= extensions.aliases({ signal }).then((aliases) => aliases.has("qos"));
    try {
      return await supported;
    } catch (error) {
      supported = undefined;
      throw error;
    }
  };

  const ensure = async (limits: BandwidthLimits, signal: AbortSignal): Promise<string> => {
    const description = markOf({
      cluster: deps.cluster,
      kind: "bandwidth",
      namespace: String(limits.ingress),
      name: String(limits.egress),
    });
    const found = await qosPolicies.list({ description }, { fields: ["id", "description", "rules"], signal });
    const policy =
      found[0] ??
      (await qosPolicies.create({ name: `kuryr-${limits.ingress}-${limits.egress}`, description }, { signal }));
    const rules = qosPolicies.bandwidthLimitRules(policy.id);
    const there = policy.rules.length === 0 ? [] : await rules.list({}, { signal });
    for (const direction of directions) {
      const max_kbps = limits[direction];
      if (max_kbps === 0 || there.some((rule) => rule.direction === direction)) continue;
      await rules.create({ max_kbps, direction }, { signal });
    }
    return policy.id;
  };

  const once = (limits: BandwidthLimits, signal: AbortSignal): Promise<string> => {
    const key = keyOf(limits);
    const before = known.get(key);
    if (before !== undefined) return before.made;
    if (known.size >= maxKnown) known.clear();
    const one: Known = { made: ensure(limits, signal) };
    known.set(key, one);
    one.made.then(
      (id) => (one.id = id),
      () => {
        if (known.get(key) === one) known.delete(key);
      },
    );
    return one.made;
  };

  const forget = (policyId: string): void => {
    for (const [key, { id }] of known) if (id === policyId) known.delete(key);
  };

  const tell = (pod: PodView, what: string): undefined => {
    deps.events?.record(podReference(pod), {
      type: "Warning",
      reason: "BandwidthNotSupported",
      message: `KURYR_BANDWIDTH: the pod has no bandwidth limits: ${what}`,
    });
    return undefined;
  };

  /** All that can be read; nothing where the cloud lists the extension and does not have it. */
  const readable = async (signal: AbortSignal): Promise<Pick<QosPolicy, "id" | "description">[]> => {
    try {
      return await qosPolicies.list({}, { fields: ["id", "description"], signal });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return [];
    }
  };

  return {
    async policyFor(pod, signal) {
      if (pod.bandwidth === undefined) return undefined;
      const limits = limitsOf(pod.bandwidth);
      if (typeof limits === "string") return tell(pod, limits);
      if (!(await supports(signal))) return tell(pod, "this OpenStack has no QoS (Neutron's service plugin qos)");
      try {
        return await once(limits, signal);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        return tell(
          pod,
          "OpenStack refuses QoS policies: does Kuryr's user have the role kuryr, and Neutron its policy file?",
        );
      }
    },
    async collect(pods, used, signal) {
      if (!(await supports(signal))) return;
      const wanted = new Set<string>();
      for (const { bandwidth } of pods) {
        const limits = bandwidth === undefined ? "" : limitsOf(bandwidth);
        if (typeof limits !== "string") wanted.add(keyOf(limits));
      }
      for (const policy of await readable(signal)) {
        const key = keyOfMark(deps.cluster, policy);
        if (key === undefined || wanted.has(key) || used.has(policy.id)) continue;
        deps.log.info("deleting a QoS policy that no pod asks for", { policy: policy.id, limits: key });
        try {
          await qosPolicies.delete(policy.id, { signal });
        } catch (error) {
          signal.throwIfAborted();
          // A port that a list has not shown yet.
          if (isKind(error, "in-use")) continue;
          deps.log.warn("a QoS policy that no pod asks for cannot be deleted: trying again", {
            policy: policy.id,
            ...errorFields(error),
          });
        } finally {
          // Not sooner: a pod that comes meanwhile finds the policy still there.
          forget(policy.id);
        }
      }
    },
    forget,
  };
}

const isRefusal = (error: unknown): boolean =>
  isKind(error, "forbidden") ||
  isKind(error, "unsupported") ||
  isKind(error, "not-found") ||
  // Zed cannot judge who may make a rule of a policy, and answers 500 to all but administrators.
  (error instanceof OpenStackError && error.type === "PolicyCheckError");

function keyOfMark(cluster: string, { description }: Pick<QosPolicy, "description">): string | undefined {
  if (!isMarkOf(cluster, description)) return undefined;
  return /:bandwidth\/(\d+\/\d+)$/.exec(description)?.[1];
}
