import type { Metrics } from "../../metrics/registry.ts";
import type { Pool } from "./book.ts";

/** Why a port from a pool was deleted. */
export type Deletion = "surplus" | "unused" | "stray" | "freed" | "unfit" | "no-room";

/** What the pools count. */
export interface PoolMetrics {
  hit(): void;
  miss(): void;
  deleted(why: Deletion): void;
  bulk(inFlight: number): void;
  /** Everything that is a number of now. @param claims ports of pods of which Neutron does not know yet */
  look(pools: Iterable<Pool>, ports: number, claims: number): void;
}

/** Kuryr-Kubernetes had no metrics of its pools; the names follow its others. */
export function poolMetrics(metrics: Metrics): PoolMetrics {
  const ports = metrics.gauge(
    "kuryr_vif_pool_ports",
    "Ports of pods by what they do: wait for a pod (idle), wait until their address has rested (quarantined), are with a pod (in_use), are being created (creating).",
    ["state"],
  );
  const ofNode = metrics.gauge("kuryr_vif_pool_idle_ports", "Ports that wait for pods of a node.", ["node"]);
  const takes = metrics.counter(
    "kuryr_vif_pool_requests_total",
    "Ports that pods asked for: from a pool (hit), or made for the pod (miss).",
    ["result"],
  );
  const deletions = metrics.counter(
    "kuryr_vif_pool_deletions_total",
    "Ports that pools deleted or did not take back.",
    ["reason"],
  );
  const bulk = metrics.gauge("kuryr_vif_pool_bulk_requests", "Bulk requests that create ports right now.", []);
  const untold = metrics.gauge(
    "kuryr_vif_pool_claims",
    "Ports from pools of which Neutron is yet to be told whose they are.",
    [],
  );
  for (const result of ["hit", "miss"]) takes.inc({ result }, 0);
  bulk.set({}, 0);
  let nodes = new Set<string>();
  return {
    hit: () => takes.inc({ result: "hit" }),
    miss: () => takes.inc({ result: "miss" }),
    deleted: (reason) => deletions.inc({ reason }),
    bulk: (inFlight) => bulk.set({}, inFlight),
    look(pools, all, claims) {
      untold.set({}, claims);
      const idle = new Map<string, number>();
      const sum = { idle: 0, quarantined: 0, creating: 0 };
      for (const pool of pools) {
        idle.set(pool.key.node, (idle.get(pool.key.node) ?? 0) + pool.idle.size);
        sum.idle += pool.idle.size;
        sum.quarantined += pool.resting.size;
        sum.creating += pool.creating;
      }
      for (const [state, value] of Object.entries(sum)) ports.set({ state }, value);
      ports.set({ state: "in_use" }, Math.max(0, all - sum.idle - sum.quarantined));
      for (const node of nodes) if (!idle.has(node)) ofNode.remove({ node });
      for (const [node, value] of idle) ofNode.set({ node }, value);
      nodes = new Set(idle.keys());
    },
  };
}
