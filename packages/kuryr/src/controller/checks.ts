import { sleep, type Connection } from "@kuryr/kubernetes";
import { OpenStackError, type Cloud } from "@kuryr/openstack";

import { errorFields, type Logger } from "../log/logger.ts";

import type { Gauge, Metrics } from "../metrics/registry.ts";

/** What background checks found. Nothing here makes the controller unready: it works on, as far as it can. */
export interface Checks {
  /** What does not work right now, a line each. */
  degraded(): readonly string[];
  /**
   * Has a function called whenever something that did not work does again: what failed meanwhile is worth a try. Returns
   * how to end that.
   */
  onRecovery(call: () => void): () => void;
  /** Checks until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface CheckDependencies {
  readonly kubernetes: Connection;
  readonly cloud: Pick<Cloud, "network" | "scope" | "request">;
  /** Whose quota counts; empty is the project of Kuryr's own user. */
  readonly projectId: string;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly everyMs?: number;
  /** While something does not work. */
  readonly degradedEveryMs?: number;
}

/** Neutron's names of what the original's `kuryr_quota_free_count` counts. */
const resources: ReadonlyMap<string, string> = new Map([
  ["port", "ports"],
  ["subnet", "subnets"],
  ["network", "networks"],
  ["security_group", "security_groups"],
  ["security_group_rule", "security_group_rules"],
]);

const timeoutMs = 10_000;

/** Asks Kubernetes, Keystone and Neutron from time to time, so that no probe and no scrape has to. */
export function backgroundChecks(deps: CheckDependencies): Checks {
  const free = deps.metrics.gauge("kuryr_quota_free_count", "What is left of the project's quota; -1 is no limit.", [
    "resource",
  ]);
  const up = deps.metrics.gauge("kuryr_up", "Whether the last look at a service found it working.", ["service"]);
  const lines = new Map<string, string>();
  const listeners = new Set<() => void>();

  const found = (what: string, line: string | undefined): void => {
    const before = lines.get(what);
    if (line === undefined) {
      if (before === undefined) return;
      lines.delete(what);
      deps.log.info("works again", { what });
      for (const listener of listeners) listener();
      return;
    }
    lines.set(what, line);
    if (before === undefined) deps.log.warn("degraded", { what, reason: line });
  };

  const kubernetes = async (signal: AbortSignal): Promise<void> => {
    const { ready, detail } = await deps.kubernetes.ready({ signal, timeoutMs });
    up.set({ service: "kubernetes" }, ready ? 1 : 0);
    found("Kubernetes", ready ? undefined : `Kubernetes API: ${firstLine(detail)}`);
  };

  const failureOf = async (signal: AbortSignal, ask: () => Promise<unknown>): Promise<OpenStackError | undefined> => {
    try {
      await ask();
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof OpenStackError) return error;
      throw error;
    }
  };

  const tell = (service: string, failure: OpenStackError | undefined): void => {
    up.set({ service: service.toLowerCase() }, failure === undefined ? 1 : 0);
    found(service, failure === undefined ? undefined : `${service}: ${failure.code}: ${firstLine(failure.message)}`);
  };

  /** With the token that is there everything may go on for hours without Keystone: it is asked by itself. */
  const openstack = async (signal: AbortSignal): Promise<void> => {
    const [keystone, neutron] = await Promise.all([
      failureOf(signal, () => deps.cloud.request("identity", "GET", "/v3", { signal, timeoutMs, operation: "GET v3" })),
      failureOf(signal, async () => {
        const own = deps.projectId === "" ? (await deps.cloud.scope({ signal, timeoutMs })).projectId : deps.projectId;
        if (own !== undefined) await quota(own, signal);
      }),
    ]);
    // What Neutron could not be asked for want of a token says nothing of Neutron.
    const unasked = neutron?.service === "identity";
    tell("Keystone", unasked ? neutron : keystone);
    if (!unasked) tell("Neutron", neutron);
  };

  const quota = async (projectId: string, signal: AbortSignal): Promise<void> => {
    const details = await deps.cloud.network.quotas.details(projectId, { signal, timeoutMs });
    for (const [resource, name] of resources) {
      const one = details[resource];
      if (one === undefined) continue;
      const left = one.limit < 0 ? -1 : Math.max(0, one.limit - one.used - one.reserved);
      set(free, name, left);
      if (resource === "port") {
        const line = `quota of ports is used up: ${one.used} of ${one.limit}; new pods wait`;
        found("quota of ports", left === 0 ? line : undefined);
      }
    }
  };

  return {
    degraded: () => [...lines.values()],
    onRecovery(call) {
      listeners.add(call);
      return () => void listeners.delete(call);
    },
    async run(signal) {
      const everyMs = deps.everyMs ?? 15_000;
      while (!signal.aborted) {
        const looks = await Promise.allSettled([kubernetes(signal), openstack(signal)]);
        for (const look of looks) {
          if (look.status === "rejected" && !signal.aborted)
            deps.log.warn("a background check failed", errorFields(look.reason));
        }
        const pause = lines.size === 0 ? everyMs : (deps.degradedEveryMs ?? 5000);
        await sleep(deps.kubernetes.clock, pause * (0.9 + 0.2 * deps.kubernetes.random()), signal).catch(
          () => undefined,
        );
      }
    },
  };
}

const set = (gauge: Gauge<"resource">, resource: string, value: number): void => gauge.set({ resource }, value);

const firstLine = (text: string): string => text.split("\n")[0]?.slice(0, 300) ?? "";
