import type { BalancerState, Common, LoadBalancer, Pool } from "./state.ts";

/** Something that the provider does to one resource, after which it says that it is done. */
type Step = () => void;

/**
 * The OVN provider at work: one step after another for each load balancer, with time in between.
 * On 2026.2 a load balancer is ACTIVE again after the first step, whatever still waits; on Zed the work is done by the
 * time of the answer, and all says so at once a moment later.
 */
export class Provider {
  readonly #state: BalancerState;
  readonly #queues = new Map<string, Step[]>();
  readonly #stalled = new Set<string>();
  /** Milliseconds for one step. */
  paceMs: number;

  constructor(state: BalancerState, paceMs: number) {
    this.#state = state;
    this.paceMs = paceMs;
  }

  /** Whether a resource's load balancer has anything left to do. */
  busy(lb: string): boolean {
    return (this.#queues.get(lb)?.length ?? 0) > 0;
  }

  /** The provider loses what it was doing, for ever: the load balancer stays PENDING. */
  stall(lb: string): void {
    this.#stalled.add(lb);
    this.#queues.delete(lb);
  }

  /** Queues the work on a load balancer; each step ends with the load balancer ACTIVE. */
  work(lb: LoadBalancer, steps: readonly Step[]): void {
    if (this.#stalled.has(lb.id)) return;
    if (this.#state.release === "zed") {
      const all = (): void => {
        for (const step of steps) step();
      };
      this.#enqueue(lb, [all]);
      return;
    }
    this.#enqueue(lb, steps);
  }

  #enqueue(lb: LoadBalancer, steps: readonly Step[]): void {
    const queue = this.#queues.get(lb.id);
    if (queue !== undefined) {
      queue.push(...steps);
      return;
    }
    this.#queues.set(lb.id, [...steps]);
    this.#state.clock.after(this.paceMs, () => this.#next(lb));
  }

  #next(lb: LoadBalancer): void {
    const queue = this.#queues.get(lb.id);
    const step = queue?.shift();
    if (queue === undefined || step === undefined) return;
    step();
    if (lb.provisioning_status === "PENDING_CREATE" || lb.provisioning_status === "PENDING_UPDATE") this.active(lb);
    if (queue.length === 0) this.#queues.delete(lb.id);
    else this.#state.clock.after(this.paceMs, () => this.#next(lb));
  }

  /** Says that a resource is done. */
  active(resource: Common): void {
    resource.provisioning_status = "ACTIVE";
    resource.updated_at = this.#state.time();
    if (resource.operating_status !== "NO_MONITOR" || !resource.admin_state_up)
      resource.operating_status = resource.admin_state_up ? "ONLINE" : "OFFLINE";
  }

  /** A pool is ONLINE when it has members. */
  poolActive(pool: Pool): void {
    this.active(pool);
    pool.operating_status = this.#state.membersOf(pool.id).length > 0 && pool.admin_state_up ? "ONLINE" : "OFFLINE";
  }

  forget(lb: string): void {
    this.#queues.delete(lb);
    this.#stalled.delete(lb);
  }
}
