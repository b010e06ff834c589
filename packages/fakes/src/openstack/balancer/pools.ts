import type { Caller } from "../identity/state.ts";
import { input } from "../network/api/resource.ts";
import { balancerRefusal } from "../refusal.ts";
import type { Context, Serve } from "./context.ts";
import { FIELDS } from "./fields.ts";
import { frameworkRefusal, listOf, narrowed, POOLS } from "./listing.ts";
import { createMembers } from "./members.ts";
import { invalid } from "./rules.ts";
import { readOne } from "./types.ts";

const CREATION = { argument: "pool_", member: "pool", first: "loadbalancer_id" };

/** Octavia's pools, and below each its members. */
export function createPools(context: Context): Serve {
  const { state, provider, build, rules, guard, show } = context;
  const members = createMembers(context);

  function create(body: string, caller: Caller) {
    const given = readOne(body, CREATION, FIELDS.pool);
    guard.mayWrite(caller);
    const lbId = input.stringOrNull(given, "loadbalancer_id");
    const listenerId = input.stringOrNull(given, "listener_id");
    if (lbId === null && listenerId === null)
      throw invalid("Must provide at least one of: loadbalancer_id, listener_id");
    const listener = listenerId === null ? undefined : state.listeners.get(listenerId);
    if (listenerId !== null && listener === undefined)
      throw balancerRefusal(500, "'NoneType' object has no attribute 'load_balancer_id'");
    const lb = guard.one(state.loadBalancers, "Load Balancer", lbId ?? listener?.loadbalancer_id ?? "", caller);
    if (listener !== undefined) rules.fit(input.string(given, "protocol"), listener.protocol);
    rules.pool(given);
    guard.mutable(lb);
    if (listener !== undefined && listener.default_pool_id !== null)
      throw balancerRefusal(409, "This listener already has a default pool");
    rules.poolOptions(given);
    lb.provisioning_status = "PENDING_UPDATE";
    const pool = build.pool(given, lb.project_id, lb.id);
    if (listener !== undefined) {
      listener.default_pool_id = pool.id;
      listener.provisioning_status = "PENDING_UPDATE";
    }
    const shown = show.pool(pool);
    provider.work(lb, [
      () => {
        provider.poolActive(pool);
        if (listener === undefined) return;
        provider.active(listener);
        // Though it has no member.
        if (pool.admin_state_up && state.release !== "zed") pool.operating_status = "ONLINE";
      },
    ]);
    return { status: 201, body: { pool: shown } };
  }

  function update(id: string, body: string, caller: Caller) {
    const given = readOne(body, { ...CREATION, first: "tls_versions" }, FIELDS.poolChanges);
    const pool = guard.one(state.pools, "Pool", id, caller);
    guard.mayWrite(caller);
    const lb = guard.loadBalancerOf(pool.loadbalancer_id);
    rules.pool({ ...given, protocol: pool.protocol }, true);
    guard.mutable(lb);
    rules.poolOptions(given);
    lb.provisioning_status = "PENDING_UPDATE";
    pool.provisioning_status = "PENDING_UPDATE";
    build.change(pool, given);
    pool.lb_algorithm = input.stringOrNull(given, "lb_algorithm") ?? pool.lb_algorithm;
    // The provider fails over a change of it, whatever it is: on 2026.2 the pool says so, on Zed it never ends.
    const persistence = given["session_persistence"];
    const fails = persistence !== undefined && state.release !== "zed";
    if (persistence !== undefined) pool.session_persistence = persistence === null ? null : build.persistenceOf(given);
    const shown = show.pool(pool);
    const isUsed = state.listenersWith(id).length > 0;
    if (persistence !== undefined && isUsed && state.release === "zed") provider.stall(lb.id);
    const work = (): void => {
      if (fails) pool.provisioning_status = "ERROR";
      else provider.poolActive(pool);
    };
    provider.work(lb, [work]);
    return { status: 200, body: { pool: shown } };
  }

  function remove(id: string, caller: Caller) {
    const pool = guard.one(state.pools, "Pool", id, caller);
    guard.mayWrite(caller);
    const lb = guard.loadBalancerOf(pool.loadbalancer_id);
    guard.mutable(lb);
    lb.provisioning_status = "PENDING_UPDATE";
    pool.provisioning_status = "PENDING_DELETE";
    const work = (): void => {
      for (const listener of state.listenersWith(id)) listener.default_pool_id = null;
      for (const member of state.membersOf(id)) state.members.delete(member.id);
      const monitor = state.monitorOf(id);
      if (monitor !== undefined) state.healthMonitors.delete(monitor.id);
      state.pools.delete(id);
    };
    provider.work(lb, [work]);
    return { status: 204 };
  }

  return (request, [id, sub, ...rest], caller) => {
    const { method } = request;
    if (id === undefined) {
      if (method === "POST") return create(request.body, caller);
      if (method !== "GET") throw frameworkRefusal(405, "", "Method Not Allowed");
      guard.mayRead(caller);
      const items = [...state.pools.values()]
        .filter((one) => caller.isAdmin || one.project_id === caller.projectId)
        .map((one) => {
          const shown = show.pool(one);
          return { values: { ...shown, loadbalancer_id: one.loadbalancer_id }, shown };
        });
      return listOf(request, { caller, release: state.release, url: context.url() }, POOLS, items);
    }
    if (sub === "members") {
      const pool = state.pools.get(id);
      if (pool === undefined) throw frameworkRefusal(404, `Pool ${id} not found.`, "Bad Request");
      return members(pool, request, rest, caller);
    }
    if (sub !== undefined) throw frameworkRefusal(404, "", "Not Found");
    if (method === "GET") {
      const pool = guard.one(state.pools, "Pool", id, caller);
      return { status: 200, body: { pool: narrowed(request, show.pool(pool)) } };
    }
    if (method === "PUT") return update(id, request.body, caller);
    if (method === "DELETE") return remove(id, caller);
    throw frameworkRefusal(405, "", "Method Not Allowed");
  };
}
