import { isKind, type PortCreate } from "@kuryr/openstack";

import type { NeutronPort } from "./inventory.ts";

/** Ports in one request. Each waits for the last, and what more of them would save is little. */
const mostInOne = 4;

/** How ports are made, and how much of it Neutron is given. */
export interface Creates {
  create(port: PortCreate, signal: AbortSignal): Promise<NeutronPort>;
  /** All of them or none, in their order. */
  createMany(ports: readonly PortCreate[], signal: AbortSignal): Promise<readonly NeutronPort[]>;
  /** Requests that Neutron is given at once now. */
  readonly atOnce: () => number;
}

/** A port that is waited for. */
interface Wanted {
  readonly port: PortCreate;
  readonly signal: AbortSignal;
  readonly resolve: (made: NeutronPort) => void;
  readonly reject: (reason: unknown) => void;
  /** Was refused together with others: whose fault it was, each finds out alone. */
  readonly isAlone: boolean;
}

/**
 * Makes each port by a request of its own as long as Neutron is given fewer requests than it bears. What comes meanwhile
 * waits, and goes with others in one request: Neutron, which is busy then, has a fifth less to do for each port
 * (docs/decisions/0011).
 */
export class JoinedCreates {
  readonly #creates: Creates;
  #waiting: Wanted[] = [];
  #running = 0;

  constructor(creates: Creates) {
    this.#creates = creates;
  }

  /** @throws as the request does: one for several ports is refused for the faults of this one only */
  create(port: PortCreate, signal: AbortSignal): Promise<NeutronPort> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      this.#waiting.push({ port, signal, resolve, reject, isAlone: false });
      this.#begin();
    });
  }

  #begin(): void {
    const atOnce = Math.max(1, this.#creates.atOnce());
    while (this.#running < atOnce) {
      const [first, ...others] = this.#next(Math.min(mostInOne, Math.ceil(this.#waiting.length / atOnce)));
      if (first === undefined) return;
      this.#running += 1;
      void this.#make([first, ...others]).finally(() => {
        this.#running -= 1;
        this.#begin();
      });
    }
  }

  /** Takes the first of those that wait, and others that may go with it; who gave up meanwhile is told so. */
  #next(most: number): Wanted[] {
    for (const { signal, reject } of this.#waiting) if (signal.aborted) reject(signal.reason);
    this.#waiting = this.#waiting.filter(({ signal }) => !signal.aborted);
    const [first] = this.#waiting;
    if (first === undefined) return [];
    const goesAlong = (one: Wanted): boolean => !first.isAlone && !one.isAlone && one.signal === first.signal;
    const strangers = this.#waiting.findIndex((one, at) => at > 0 && !goesAlong(one));
    return this.#waiting.splice(0, Math.min(most, strangers === -1 ? most : strangers));
  }

  /** Settles all of them, but for those that go back to the head of the queue. */
  async #make([first, ...others]: readonly [Wanted, ...Wanted[]]): Promise<void> {
    const together = [first, ...others];
    const { port, signal } = first;
    try {
      const made =
        others.length === 0
          ? [await this.#creates.create(port, signal)]
          : await this.#creates.createMany(
              together.map((one) => one.port),
              signal,
            );
      for (const [at, { resolve, reject }] of together.entries()) {
        const mine = made[at];
        if (mine === undefined) reject(new RangeError(`Neutron made ${made.length} ports of ${together.length}`));
        else resolve(mine);
      }
    } catch (error) {
      if (together.length > 1 && isKind(error, ...faultOfOne))
        this.#waiting.unshift(...together.map((one) => ({ ...one, isAlone: true })));
      else for (const { reject } of together) reject(error);
    }
  }
}

/** What may be due to one port of a request; then Neutron has made none. */
const faultOfOne = [
  "not-found",
  "conflict",
  "quota",
  "ip-exhausted",
  "ip-in-use",
  "in-use",
  "already-exists",
  "invalid",
  "forbidden",
  "too-long",
  "unsupported",
] as const;
