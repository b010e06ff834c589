import type { Caller } from "../identity/state.ts";
import { balancerRefusal, type Refusal } from "../refusal.ts";
import type { BalancerState, Common, LoadBalancer, Pool } from "./state.ts";

export const notFound = (what: string, id: string): Refusal => balancerRefusal(404, `${what} ${id} not found.`);
export const forbidden = (): Refusal => balancerRefusal(403, "Policy does not allow this request to be performed.");

const immutable = (what: string, id: string): Refusal =>
  balancerRefusal(409, `${what} ${id} is immutable and cannot be updated.`);

/** Who may do what, and when a load balancer takes no change. */
export function createGuard(state: BalancerState) {
  /** On Zed a role of the load balancer's own is needed to see anything. @throws Refusal */
  function mayRead(caller: Caller): void {
    if (state.release !== "zed" || caller.isAdmin) return;
    if (![...caller.roles].some((role) => role.startsWith("load-balancer_"))) throw forbidden();
  }

  /** @throws Refusal */
  function own(one: Common, caller: Caller): void {
    mayRead(caller);
    if (!caller.isAdmin && caller.projectId !== one.project_id) throw forbidden();
  }

  return {
    mayRead,

    /** @throws Refusal */
    mayWrite(caller: Caller, project?: string): void {
      if (caller.isAdmin) return;
      if (!caller.roles.has("load-balancer_member") && !caller.roles.has("load-balancer_admin")) throw forbidden();
      if (project !== undefined && project !== caller.projectId) throw forbidden();
    },

    /** Finds one, and checks that the caller may see it. @throws Refusal */
    one<One extends Common>(table: ReadonlyMap<string, One>, what: string, id: string, caller: Caller): One {
      const found = table.get(id);
      if (found === undefined) throw notFound(what, id);
      own(found, caller);
      return found;
    },

    /** What belongs to a pool is told to be locked by the pool first, then by its load balancer. @throws Refusal */
    mutable(lb: LoadBalancer, pool?: Pool): void {
      if (pool !== undefined && pool.provisioning_status !== "ACTIVE") throw immutable("Pool", pool.id);
      if (lb.provisioning_status !== "ACTIVE") throw immutable("Load Balancer", lb.id);
    },

    /** @throws Refusal */
    mutableItself(lb: LoadBalancer, deleting: boolean): void {
      const { provisioning_status: status } = lb;
      if (status === "ACTIVE" || (deleting && status === "ERROR")) return;
      throw balancerRefusal(409, `Invalid state ${status} of loadbalancer resource ${lb.id}`);
    },

    loadBalancerOf(id: string): LoadBalancer {
      const lb = state.loadBalancers.get(id);
      if (lb === undefined) throw notFound("Load Balancer", id);
      return lb;
    },
  };
}

export type Guard = ReturnType<typeof createGuard>;
