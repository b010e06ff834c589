import type { JsonObject } from "../network/api/attributes.ts";
import { input } from "../network/api/resource.ts";
import type { BalancerState, Common, HealthMonitor, Listener, Member, Persistence, Pool } from "./state.ts";

const number = (given: JsonObject, name: string, fallback: number): number => {
  const value = given[name];
  return typeof value === "number" ? value : fallback;
};
const text = (given: JsonObject, name: string): string => input.stringOrNull(given, name) ?? "";

function persistenceOf(given: JsonObject): Persistence | null {
  const [one] = input.objects({ list: [given["session_persistence"] ?? null] }, "list");
  if (one === undefined) return null;
  const timeout = one["persistence_timeout"];
  return {
    type: input.string(one, "type"),
    cookie_name: input.stringOrNull(one, "cookie_name"),
    persistence_timeout: typeof timeout === "number" ? timeout : null,
    persistence_granularity: input.stringOrNull(one, "persistence_granularity"),
  };
}

/** Makes resources of what was asked, with the service's defaults; they are in the state from then on. */
export function createBuild(state: BalancerState) {
  function common(given: JsonObject, project: string): Common {
    return {
      id: state.ids.uuid(),
      project_id: project,
      name: text(given, "name"),
      admin_state_up: given["admin_state_up"] !== false,
      tags: input.strings(given, "tags"),
      provisioning_status: "PENDING_CREATE",
      operating_status: "OFFLINE",
      created_at: state.time(),
      updated_at: null,
    };
  }

  return {
    common,

    listener(given: JsonObject, project: string, lb: string): Listener {
      const listener: Listener = {
        ...common(given, project),
        description: text(given, "description"),
        loadbalancer_id: lb,
        protocol: input.string(given, "protocol"),
        protocol_port: input.number(given, "protocol_port"),
        connection_limit: number(given, "connection_limit", -1),
        default_pool_id: input.stringOrNull(given, "default_pool_id"),
        timeout_client_data: number(given, "timeout_client_data", 50_000),
        timeout_member_connect: number(given, "timeout_member_connect", 5000),
        timeout_member_data: number(given, "timeout_member_data", 50_000),
        timeout_tcp_inspect: number(given, "timeout_tcp_inspect", 0),
      };
      state.listeners.set(listener.id, listener);
      return listener;
    },

    pool(given: JsonObject, project: string, lb: string): Pool {
      const pool: Pool = {
        ...common(given, project),
        description: text(given, "description"),
        loadbalancer_id: lb,
        protocol: input.string(given, "protocol"),
        lb_algorithm: input.string(given, "lb_algorithm"),
        session_persistence: persistenceOf(given),
      };
      state.pools.set(pool.id, pool);
      return pool;
    },

    member(given: JsonObject, project: string, pool: string): Member {
      const monitorPort = given["monitor_port"];
      const member: Member = {
        ...common(given, project),
        operating_status: "NO_MONITOR",
        pool_id: pool,
        address: input.string(given, "address"),
        protocol_port: input.number(given, "protocol_port"),
        subnet_id: input.stringOrNull(given, "subnet_id"),
        weight: number(given, "weight", 1),
        backup: given["backup"] === true,
        monitor_address: input.stringOrNull(given, "monitor_address"),
        monitor_port: typeof monitorPort === "number" ? monitorPort : null,
      };
      state.members.set(member.id, member);
      return member;
    },

    healthMonitor(given: JsonObject, project: string, pool: string): HealthMonitor {
      const monitor: HealthMonitor = {
        ...common(given, project),
        pool_id: pool,
        type: input.string(given, "type"),
        delay: input.number(given, "delay"),
        timeout: input.number(given, "timeout"),
        max_retries: input.number(given, "max_retries"),
        max_retries_down: number(given, "max_retries_down", 3),
      };
      state.healthMonitors.set(monitor.id, monitor);
      return monitor;
    },

    /** Changes what a request names. */
    change(one: Common & { description?: string }, given: JsonObject): void {
      if (given["name"] !== undefined) one.name = text(given, "name");
      if (given["description"] !== undefined && "description" in one) one.description = text(given, "description");
      if (given["admin_state_up"] !== undefined) one.admin_state_up = given["admin_state_up"] !== false;
      if (given["tags"] !== undefined) one.tags = input.strings(given, "tags");
      one.updated_at ??= state.time();
    },

    persistenceOf,
    number,
  };
}

export type Build = ReturnType<typeof createBuild>;
