import type { Caller } from "../identity/state.ts";
import type { JsonObject } from "../network/api/attributes.ts";
import { input } from "../network/api/resource.ts";
import { pythonText } from "../python.ts";
import { balancerRefusal } from "../refusal.ts";
import type { Context, Serve } from "./context.ts";
import { FIELDS } from "./fields.ts";
import { listOf, frameworkRefusal, LOAD_BALANCERS, narrowed } from "./listing.ts";
import { invalid, memberExists, unsupported } from "./rules.ts";
import type { Common, Listener, LoadBalancer, Member, Pool } from "./state.ts";
import { readOne } from "./types.ts";

const CREATION = { argument: "load_balancer", member: "loadbalancer", first: "project_id" };

/** Octavia's load balancers with the OVN provider. */
export function createLoadBalancers(context: Context): Serve {
  const { state, provider, build, rules, guard, show, vips } = context;

  /** @throws Refusal */
  function check(given: JsonObject, caller: Caller): void {
    vips.check(given, caller);
    const flavor = input.stringOrNull(given, "flavor_id");
    if (flavor !== null) throw balancerRefusal(400, `The selected flavor is not allowed in this deployment: ${flavor}`);
    if (input.stringOrNull(given, "availability_zone") !== null) throw invalid("Invalid availability zone.");
    const policy = input.stringOrNull(given, "vip_qos_policy_id");
    if (policy !== null) throw balancerRefusal(400, `qos_policy ${policy} not found.`);
    const name = input.stringOrNull(given, "provider") ?? "ovn";
    if (name !== "ovn") throw balancerRefusal(400, `Provider '${name}' is not enabled.`);
  }

  interface Made {
    readonly pools: Pool[];
    readonly listeners: Listener[];
    readonly members: Member[];
  }

  /** One pool of a graph. @throws Refusal */
  function addPool(lb: LoadBalancer, given: JsonObject, made: Made): Pool {
    if ((input.stringOrNull(given, "name") ?? "") === "")
      throw invalid("Pools must be named when creating a fully populated loadbalancer.");
    rules.pool(given);
    const pool = build.pool(given, lb.project_id, lb.id);
    made.pools.push(pool);
    const seen = new Set<string>();
    for (const one of input.objects(given, "members")) {
      const [address, port] = [input.string(one, "address"), input.number(one, "protocol_port")];
      if (seen.has(`${address} ${port}`)) throw memberExists(address, port);
      seen.add(`${address} ${port}`);
      made.members.push(build.member(one, lb.project_id, pool.id));
    }
    const [monitor] = input.objects({ list: [given["healthmonitor"] ?? null] }, "list");
    if (monitor !== undefined) build.healthMonitor(monitor, lb.project_id, pool.id);
    return pool;
  }

  /** @throws Refusal */
  function addListener(lb: LoadBalancer, given: JsonObject, made: Made): void {
    rules.listener(given);
    const [protocol, port] = [input.string(given, "protocol"), input.number(given, "protocol_port")];
    if (made.listeners.some((one) => one.protocol === protocol && one.protocol_port === port))
      throw listenerExists(protocol, port);
    const listener = build.listener(given, lb.project_id, lb.id);
    made.listeners.push(listener);
    const [poolGiven] = input.objects({ list: [given["default_pool"] ?? null] }, "list");
    if (poolGiven === undefined) return;
    const poolProtocol = input.stringOrNull(poolGiven, "protocol") ?? protocol;
    if (poolProtocol !== protocol) rules.fit(poolProtocol, protocol);
    const pool = addPool(lb, poolGiven, made);
    listener.default_pool_id = pool.id;
    // Zed has changed the listener once more by then.
    if (state.release === "zed") listener.updated_at = state.time();
  }

  function forget(lb: LoadBalancer): void {
    for (const pool of state.poolsOf(lb.id)) {
      for (const member of state.membersOf(pool.id)) state.members.delete(member.id);
      const monitor = state.monitorOf(pool.id);
      if (monitor !== undefined) state.healthMonitors.delete(monitor.id);
      state.pools.delete(pool.id);
    }
    for (const listener of state.listenersOf(lb.id)) state.listeners.delete(listener.id);
    state.loadBalancers.delete(lb.id);
    provider.forget(lb.id);
  }

  function create(body: string, caller: Caller) {
    const given = readOne(body, CREATION, FIELDS.loadBalancer);
    const project =
      input.stringOrNull(given, "project_id") ?? input.stringOrNull(given, "tenant_id") ?? caller.projectId ?? "";
    guard.mayWrite(caller, project);
    check(given, caller);
    const common = build.common(given, project);
    const vip = vips.make(common.id, project, given, caller);
    const lb: LoadBalancer = { ...common, ...vip, description: input.stringOrNull(given, "description") ?? "" };
    state.loadBalancers.set(lb.id, lb);
    const made: Made = { pools: [], listeners: [], members: [] };
    const listeners = input.objects(given, "listeners");
    const pools = input.objects(given, "pools");
    try {
      for (const one of pools) addPool(lb, one, made);
      for (const one of listeners) addListener(lb, one, made);
      for (const one of listeners) {
        rules.listenerOptions(one);
        const [pool] = input.objects({ list: [one["default_pool"] ?? null] }, "list");
        if (pool !== undefined) rules.poolOptions(pool);
      }
      for (const one of pools) rules.poolOptions(one);
    } catch (error) {
      // The port of the VIP stays behind: that is what the real one does.
      forget(lb);
      throw error;
    }
    const finish = (one: Common) => (): void => provider.active(one);
    provider.work(lb, [
      finish(lb),
      ...made.listeners.map(finish),
      ...made.pools.map((pool) => (): void => provider.poolActive(pool)),
      ...made.members.map((member) => (): void => {
        provider.active(member);
        const pool = state.pools.get(member.pool_id);
        if (pool !== undefined) provider.poolActive(pool);
      }),
      ...made.pools.flatMap((pool) => state.monitorOf(pool.id) ?? []).map(finish),
    ]);
    const isGraph = made.listeners.length > 0 || made.pools.length > 0;
    return { status: 201, body: { loadbalancer: isGraph ? show.graph(lb) : show.loadBalancer(lb) } };
  }

  function update(id: string, body: string, caller: Caller) {
    const given = readOne(
      body,
      { ...CREATION, first: state.release === "zed" ? "vip_qos_policy_id" : "vip_sg_ids" },
      FIELDS.loadBalancerChanges,
    );
    const lb = guard.one(state.loadBalancers, "Load Balancer", id, caller);
    guard.mayWrite(caller);
    guard.mutableItself(lb, false);
    lb.provisioning_status = "PENDING_UPDATE";
    build.change(lb, given);
    const shown = show.loadBalancer(lb);
    provider.work(lb, [() => provider.active(lb)]);
    return { status: 200, body: { loadbalancer: shown } };
  }

  function remove(id: string, cascade: boolean, caller: Caller) {
    const lb = guard.one(state.loadBalancers, "Load Balancer", id, caller);
    guard.mayWrite(caller);
    const children = state.listenersOf(id).length + state.poolsOf(id).length;
    if (!cascade && children > 0) throw invalid(`Cannot delete Load Balancer ${id} - it has children`);
    guard.mutableItself(lb, cascade);
    lb.provisioning_status = "PENDING_DELETE";
    provider.work(lb, [
      () => {
        vips.drop(lb);
        forget(lb);
      },
    ]);
    return { status: 204 };
  }

  return (request, [id, sub, ...more], caller) => {
    const { method } = request;
    if (more.length > 0) throw frameworkRefusal(404, "", "Not Found");
    if (id === undefined) {
      if (method === "POST") return create(request.body, caller);
      if (method !== "GET") throw frameworkRefusal(405, "", "Method Not Allowed");
      guard.mayRead(caller);
      const items = [...state.loadBalancers.values()]
        .filter((lb) => caller.isAdmin || lb.project_id === caller.projectId)
        .map((lb) => ({ values: show.loadBalancer(lb), shown: show.loadBalancer(lb) }));
      return listOf(request, { caller, release: state.release, url: context.url() }, LOAD_BALANCERS, items);
    }
    if (sub === "failover" && method === "PUT") {
      const lb = guard.one(state.loadBalancers, "Load Balancer", id, caller);
      if (!caller.isAdmin) throw balancerRefusal(403, "Policy does not allow this request to be performed.");
      void lb;
      throw unsupported("OVN provider does not support loadbalancer failover");
    }
    if (sub !== undefined && method === "GET") {
      const lb = guard.one(state.loadBalancers, "Load Balancer", id, caller);
      if (sub === "status" || sub === "statuses") return { status: 200, body: show.statuses(lb) };
      if (sub === "stats") {
        const stats = { bytes_in: 0, bytes_out: 0, active_connections: 0, total_connections: 0, request_errors: 0 };
        return { status: 200, body: { stats } };
      }
    }
    if (sub !== undefined) throw frameworkRefusal(404, "", "Not Found");
    if (method === "GET") {
      const lb = guard.one(state.loadBalancers, "Load Balancer", id, caller);
      return { status: 200, body: { loadbalancer: narrowed(request, show.loadBalancer(lb)) } };
    }
    if (method === "PUT") return update(id, request.body, caller);
    if (method === "DELETE") {
      const cascade = request.query.some(([name, value]) => name === "cascade" && value.toLowerCase() === "true");
      return remove(id, cascade, caller);
    }
    if (method === "POST") {
      const why =
        "unable to convert to LoadBalancerRootPOST. Error: Base.__init__() takes 1 positional argument but 2 were given";
      throw balancerRefusal(400, `Invalid input for field/attribute load_balancer. Value: '${pythonText(id)}'. ${why}`);
    }
    throw frameworkRefusal(405, "", "Method Not Allowed");
  };
}

export const listenerExists = (protocol: string, port: number): Error =>
  balancerRefusal(
    409,
    `Another Listener on this Load Balancer is already using protocol ${protocol} and protocol_port ${port}`,
  );
