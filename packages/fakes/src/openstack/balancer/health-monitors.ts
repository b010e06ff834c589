import type { Caller } from "../identity/state.ts";
import { input } from "../network/api/resource.ts";
import { balancerRefusal } from "../refusal.ts";
import type { Context, Serve } from "./context.ts";
import { FIELDS } from "./fields.ts";
import { frameworkRefusal, listOf, MONITORS, narrowed } from "./listing.ts";
import { notFound } from "./guard.ts";
import { readOne } from "./types.ts";

const CREATION = { argument: "health_monitor_", member: "healthmonitor", first: "pool_id" };

/** Octavia's health monitors. */
export function createHealthMonitors(context: Context): Serve {
  const { state, provider, build, rules, guard, show } = context;

  function parts(poolId: string) {
    const pool = state.pools.get(poolId);
    if (pool === undefined) throw notFound("Pool", poolId);
    return { pool, lb: guard.loadBalancerOf(pool.loadbalancer_id) };
  }

  function create(body: string, caller: Caller) {
    const given = readOne(body, CREATION, FIELDS.healthMonitor);
    guard.one(state.pools, "Pool", input.string(given, "pool_id"), caller);
    const { pool, lb } = parts(input.string(given, "pool_id"));
    guard.mayWrite(caller);
    guard.mutable(lb, pool);
    if (state.monitorOf(pool.id) !== undefined) throw balancerRefusal(409, "This pool already has a health monitor");
    rules.monitorOptions(given);
    lb.provisioning_status = "PENDING_UPDATE";
    pool.provisioning_status = "PENDING_UPDATE";
    const monitor = build.healthMonitor(given, lb.project_id, pool.id);
    const shown = show.healthMonitor(monitor);
    provider.work(lb, [
      () => {
        provider.active(monitor);
        provider.poolActive(pool);
      },
    ]);
    return { status: 201, body: { healthmonitor: shown } };
  }

  function update(id: string, body: string, caller: Caller) {
    const given = readOne(body, CREATION, FIELDS.healthMonitorChanges);
    const monitor = guard.one(state.healthMonitors, "Health Monitor", id, caller);
    const { pool, lb } = parts(monitor.pool_id);
    guard.mayWrite(caller);
    guard.mutable(lb, pool);
    lb.provisioning_status = "PENDING_UPDATE";
    monitor.provisioning_status = "PENDING_UPDATE";
    build.change(monitor, given);
    for (const name of ["delay", "timeout", "max_retries", "max_retries_down"] as const)
      monitor[name] = build.number(given, name, monitor[name]);
    const shown = show.healthMonitor(monitor);
    provider.work(lb, [
      () => {
        provider.active(monitor);
        provider.poolActive(pool);
      },
    ]);
    return { status: 200, body: { healthmonitor: shown } };
  }

  function remove(id: string, caller: Caller) {
    const monitor = guard.one(state.healthMonitors, "Health Monitor", id, caller);
    const { pool, lb } = parts(monitor.pool_id);
    guard.mayWrite(caller);
    guard.mutable(lb, pool);
    lb.provisioning_status = "PENDING_UPDATE";
    monitor.provisioning_status = "PENDING_DELETE";
    provider.work(lb, [
      () => {
        state.healthMonitors.delete(id);
        provider.poolActive(pool);
      },
    ]);
    return { status: 204 };
  }

  return (request, [id, sub], caller) => {
    const { method } = request;
    if (sub !== undefined) throw frameworkRefusal(404, "", "Not Found");
    if (id === undefined) {
      if (method === "POST") return create(request.body, caller);
      if (method !== "GET") throw frameworkRefusal(405, "", "Method Not Allowed");
      guard.mayRead(caller);
      const items = [...state.healthMonitors.values()]
        .filter((one) => caller.isAdmin || one.project_id === caller.projectId)
        .map((one) => {
          const shown = show.healthMonitor(one);
          return { values: { ...shown, pool_id: one.pool_id }, shown };
        });
      return listOf(request, { caller, release: state.release, url: context.url() }, MONITORS, items);
    }
    if (method === "GET") {
      const monitor = guard.one(state.healthMonitors, "Health Monitor", id, caller);
      return { status: 200, body: { healthmonitor: narrowed(request, show.healthMonitor(monitor)) } };
    }
    if (method === "PUT") return update(id, request.body, caller);
    if (method === "DELETE") return remove(id, caller);
    throw frameworkRefusal(405, "", "Method Not Allowed");
  };
}
