import { OpenStackError, type PortCreate } from "@kuryr/openstack";
import type { Clock } from "@kuryr/kubernetes";

import { errorFields, type Logger } from "../../log/logger.ts";
import { Limiter } from "../../process/limiter.ts";
import type { PortGateway } from "../ports/gateway.ts";
import type { NeutronPort } from "../ports/inventory.ts";
import type { Pool } from "./book.ts";
import type { PoolMetrics } from "./metrics.ts";

/** Bulk requests at once, in all pools together, whatever Neutron bears; the original's bound. */
const maxRequests = 20;
/** Of the requests that Neutron is given at once: the others are for pods, which wait in the same line. */
const share = 0.5;
/** A pause after failures grows to so many times the first. */
const longestPause = 16;

export interface FillDependencies {
  readonly ports: PortGateway;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: PoolMetrics;
  /** First pause after a failure. */
  readonly pauseMs: number;
  /** Requests that Neutron is given at once now. */
  readonly atOnce: () => number;
  readonly portOf: (pool: Pool) => PortCreate;
  /** Takes a new port into its pool. */
  readonly onPort: (pool: Pool, port: NeutronPort) => void;
  /** Neutron has no address, or no quota, for more. */
  readonly onExhausted: (pool: Pool, error: OpenStackError) => void;
}

/** Creates ports for pools, by bulk requests. */
export class PoolFiller {
  readonly #deps: FillDependencies;
  readonly #limiter: Limiter;
  /** Requests that run or wait for their turn. */
  #begun = 0;

  constructor(deps: FillDependencies) {
    this.#deps = deps;
    this.#limiter = new Limiter(() => Math.min(maxRequests, Math.floor(deps.atOnce() * share)));
  }

  /** Bulk requests that may be asked for: a batch is asked for as a whole, and its requests run as there is room. */
  get free(): number {
    return Math.max(0, maxRequests - this.#begun);
  }

  /** Creates so many ports; they count as being created from this moment on. @returns how many there are */
  async fill(pool: Pool, count: number, signal: AbortSignal): Promise<number> {
    pool.creating += count;
    this.#begun += 1;
    try {
      return await this.#limiter.run(() => this.#request(pool, count, signal), signal);
    } finally {
      pool.creating -= count;
      this.#begun -= 1;
      this.#deps.metrics.bulk(this.#limiter.running);
    }
  }

  async #request(pool: Pool, count: number, signal: AbortSignal): Promise<number> {
    const { ports, metrics } = this.#deps;
    metrics.bulk(this.#limiter.running);
    try {
      const one = this.#deps.portOf(pool);
      const made = await ports.createMany(Array<PortCreate>(count).fill(one), signal);
      const usable = made.filter((port) => port["binding:vif_type"] !== "binding_failed");
      for (const port of usable) this.#deps.onPort(pool, port);
      for (const port of made) if (!usable.includes(port)) await ports.delete(port.id, signal);
      if (usable.length < made.length) throw new Error(`Neutron could not bind a port to ${pool.key.node}`);
      pool.failures = 0;
      return made.length;
    } catch (error) {
      if (!signal.aborted) this.#failed(pool, error);
      throw error;
    }
  }

  #failed(pool: Pool, error: unknown): void {
    const { clock, log, pauseMs, ports } = this.#deps;
    const pause = pauseMs * Math.min(longestPause, 2 ** pool.failures);
    pool.failures += 1;
    pool.notBefore = clock.now() + pause;
    // All or none, but for an answer that was lost.
    if (error instanceof OpenStackError && ports.isUncertain(error)) {
      pool.unsure ??= { cutOff: false, seen: new Set() };
      pool.unsure.cutOff ||= ports.wasCutOff(error);
    }
    if (error instanceof OpenStackError && ["quota", "ip-exhausted"].includes(error.kind))
      this.#deps.onExhausted(pool, error);
    // Said once: pods are served all the same, each by a request of its own.
    if (pool.failures > 1) return;
    log.warn("a pool of ports cannot be filled: trying again, with pauses", {
      node: pool.key.node,
      pool: pool.digest,
      inMs: pause,
      ...errorFields(error),
    });
  }
}
