import type { Caller } from "../identity/state.ts";
import { input } from "../network/api/resource.ts";
import { balancerRefusal } from "../refusal.ts";
import type { Context, Serve } from "./context.ts";
import { FIELDS } from "./fields.ts";
import { frameworkRefusal, LISTENERS, listOf, narrowed } from "./listing.ts";
import { listenerExists } from "./load-balancers.ts";
import { readOne } from "./types.ts";

const CREATION = { argument: "listener_", member: "listener", first: "loadbalancer_id" };

/** Octavia's listeners. */
export function createListeners(context: Context): Serve {
  const { state, provider, build, rules, guard, show } = context;

  function create(body: string, caller: Caller) {
    const given = readOne(body, CREATION, FIELDS.listener);
    guard.mayWrite(caller);
    const lb = guard.one(state.loadBalancers, "Load Balancer", input.string(given, "loadbalancer_id"), caller);
    const poolId = input.stringOrNull(given, "default_pool_id");
    const protocol = input.string(given, "protocol");
    if (poolId !== null) rules.fit(guard.one(state.pools, "Pool", poolId, caller).protocol, protocol);
    rules.listener(given);
    guard.mutable(lb);
    const port = input.number(given, "protocol_port");
    if (state.listenersOf(lb.id).some((one) => one.protocol === protocol && one.protocol_port === port))
      throw listenerExists(protocol, port);
    rules.listenerOptions(given);
    lb.provisioning_status = "PENDING_UPDATE";
    const listener = build.listener(given, lb.project_id, lb.id);
    const shown = show.listener(listener);
    provider.work(lb, [() => provider.active(listener)]);
    return { status: 201, body: { listener: shown } };
  }

  function update(id: string, body: string, caller: Caller) {
    const given = readOne(body, { ...CREATION, first: "default_pool_id" }, FIELDS.listenerChanges);
    const listener = guard.one(state.listeners, "Listener", id, caller);
    guard.mayWrite(caller);
    const lb = guard.loadBalancerOf(listener.loadbalancer_id);
    guard.mutable(lb);
    rules.listenerOptions(given);
    lb.provisioning_status = "PENDING_UPDATE";
    listener.provisioning_status = "PENDING_UPDATE";
    build.change(listener, given);
    listener.connection_limit = build.number(given, "connection_limit", listener.connection_limit);
    if (given["default_pool_id"] !== undefined) listener.default_pool_id = input.stringOrNull(given, "default_pool_id");
    for (const name of ["client_data", "member_connect", "member_data", "tcp_inspect"] as const)
      listener[`timeout_${name}`] = build.number(given, `timeout_${name}`, listener[`timeout_${name}`]);
    const shown = show.listener(listener);
    provider.work(lb, [() => provider.active(listener)]);
    return { status: 200, body: { listener: shown } };
  }

  function remove(id: string, caller: Caller) {
    const listener = guard.one(state.listeners, "Listener", id, caller);
    guard.mayWrite(caller);
    const lb = guard.loadBalancerOf(listener.loadbalancer_id);
    guard.mutable(lb);
    lb.provisioning_status = "PENDING_UPDATE";
    listener.provisioning_status = "PENDING_DELETE";
    provider.work(lb, [() => void state.listeners.delete(id)]);
    return { status: 204 };
  }

  return (request, [id, sub], caller) => {
    const { method } = request;
    if (sub !== undefined) throw frameworkRefusal(404, "", "Not Found");
    if (id === undefined) {
      if (method === "POST") return create(request.body, caller);
      if (method !== "GET") throw frameworkRefusal(405, "", "Method Not Allowed");
      guard.mayRead(caller);
      const items = [...state.listeners.values()]
        .filter((one) => caller.isAdmin || one.project_id === caller.projectId)
        .map((one) => {
          const shown = show.listener(one);
          return { values: { ...shown, loadbalancer_id: one.loadbalancer_id }, shown };
        });
      return listOf(request, { caller, release: state.release, url: context.url() }, LISTENERS, items);
    }
    if (method === "GET") {
      const listener = guard.one(state.listeners, "Listener", id, caller);
      return { status: 200, body: { listener: narrowed(request, show.listener(listener)) } };
    }
    if (method === "PUT") return update(id, request.body, caller);
    if (method === "DELETE") return remove(id, caller);
    throw frameworkRefusal(405, "", "Method Not Allowed");
  };
}

/** `/v2/lbaas/l7policies`, which the OVN provider has not. */
export function createL7Policies(context: Context): Serve {
  const { state, guard } = context;
  return (request, [id, sub], caller) => {
    if (sub !== undefined) throw frameworkRefusal(404, `L7Policy ${id} not found.`, "Bad Request");
    if (request.method === "POST") {
      const given = readOne(
        request.body,
        { argument: "l7policy", member: "l7policy", first: "listener_id" },
        FIELDS.l7policy,
      );
      guard.one(state.listeners, "Listener", input.string(given, "listener_id"), caller);
      const what = "This provider does not support creating l7policies.";
      throw balancerRefusal(501, `Provider 'ovn' does not support a requested action: ${what}`);
    }
    if (id === undefined) return { status: 200, body: { l7policies: [], l7policies_links: [] } };
    throw balancerRefusal(404, `L7 Policy ${id} not found.`);
  };
}
