import { isKind, type PortCreate } from "@kuryr/openstack";

import type { NeutronPort } from "./inventory.ts";

/** Ports in one request. Each waits for the last, and what more of them would save is little. */
const mostInOne = 4;

/**
 * So many go alone after several were refused: where a quota or a subnet is used up it would go on so, and Zed's Neutron
 * loses the addresses that a refused request had allocated.
 */
const aloneAfterRefusal = 100;

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
  readonly resolve: (made: NeutronPort) => void;
  readonly reject: (reason: unknown) => void;
}

/** A request on its way, and who still waits for it. */
interface Request {
  readonly open: Set<Wanted>;
  readonly controller: AbortController;
}

/**
 * Makes each port by a request of its own as long as Neutron is given fewer requests than it bears. What comes meanwhile
 * waits, and goes with others in one request: Neutron, which is busy then, has a fifth less to do for each port
 * (docs/decisions/0011).
 */
export class JoinedCreates {
  readonly #creates: Creates;
  #waiting: Wanted[] = [];
  readonly #running = new Set<Request>();
  /** Whose fault a refusal was, each finds out alone. */
  #alone = 0;

  constructor(creates: Creates) {
    this.#creates = creates;
  }

  /**
   * @throws as the request does, and the signal's reason; a request for several ports ends early only when all have given
   * up, and is refused to each for its own faults only
   */
  create(port: PortCreate, signal: AbortSignal): Promise<NeutronPort> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const onAbort = (): void => this.#giveUp(one, signal.reason);
      const settled = (): void => signal.removeEventListener("abort", onAbort);
      const one: Wanted = {
        port,
        resolve: (made) => {
          settled();
          resolve(made);
        },
        reject: (reason) => {
          settled();
          reject(reason);
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(one);
      this.#begin();
    });
  }

  #giveUp(one: Wanted, reason: unknown): void {
    one.reject(reason);
    this.#waiting = this.#waiting.filter((other) => other !== one);
    for (const { open, controller } of this.#running) if (open.delete(one) && open.size === 0) controller.abort(reason);
  }

  #begin(): void {
    const atOnce = Math.max(1, this.#creates.atOnce());
    while (this.#running.size < atOnce && this.#waiting.length > 0) {
      // Half of the requests would do for all that wait: then the last ones are no longer than the others, and few go alone.
      const part = Math.ceil((2 * this.#waiting.length) / atOnce);
      const most = this.#alone > 0 ? 1 : Math.min(mostInOne, part, this.#waiting.length);
      this.#alone = Math.max(0, this.#alone - 1);
      const open = new Set(this.#waiting.splice(0, most));
      const request: Request = { open, controller: new AbortController() };
      this.#running.add(request);
      void this.#make(request).finally(() => {
        this.#running.delete(request);
        this.#begin();
      });
    }
  }

  /** Settles all that still wait for it, but for those that go back to the head of the queue. */
  async #make({ open, controller: { signal } }: Request): Promise<void> {
    const together = [...open];
    const ports = together.map(({ port }) => port);
    const [port] = ports;
    try {
      const made =
        port !== undefined && ports.length === 1
          ? [await this.#creates.create(port, signal)]
          : await this.#creates.createMany(ports, signal);
      for (const [at, { resolve, reject }] of together.entries()) {
        const mine = made[at];
        // What was made for one that gave up has its mark, and is found by it.
        if (mine === undefined) reject(new RangeError(`Neutron made ${made.length} ports of ${ports.length}`));
        else resolve(mine);
      }
    } catch (error) {
      if (ports.length > 1 && isKind(error, ...faultOfOne)) {
        this.#waiting.unshift(...open);
        this.#alone = aloneAfterRefusal;
      } else for (const { reject } of open) reject(error);
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
