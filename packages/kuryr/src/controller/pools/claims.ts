import type { NeutronPort } from "../ports/inventory.ts";

/** What Neutron is told of whose a port is. */
export interface PortIdentity {
  /** UID of the pod; empty for a port that waits. */
  readonly device_id: string;
  /** Ownership mark. */
  readonly description: string;
  readonly name?: string;
}

interface Claim {
  readonly identity: PortIdentity;
  /** When a KuryrPort came to name the port; missing while none does. Milliseconds of the monotonic clock. */
  placedAt: number | undefined;
  notBefore: number;
}

/** Neutron is told after so many times the quiet that is waited for, in any case; and while the pod is not up. */
const longest = 5;
const longestStart = 30;
const againMs = 5000;

/**
 * Ports from a pool that pods have, and of which Neutron does not know it yet. A claim that is lost with the process does
 * no harm: the KuryrPort names the port.
 */
export class PortClaims {
  readonly #claims = new Map<string, Claim>();
  readonly #quietMs: number;

  /** @param quietMs pods go first: Neutron is told when none has asked for a port for so long */
  constructor(quietMs: number) {
    this.#quietMs = quietMs;
  }

  get size(): number {
    return this.#claims.size;
  }

  of(portId: string): PortIdentity | undefined {
    return this.#claims.get(portId)?.identity;
  }

  make(portId: string, identity: PortIdentity): void {
    this.#claims.set(portId, { identity, placedAt: undefined, notBefore: 0 });
  }

  /** A KuryrPort names the port: from now on Neutron may be told. */
  placed(portId: string, now: number): void {
    const claim = this.#claims.get(portId);
    if (claim !== undefined) claim.placedAt ??= now;
  }

  end(portId: string): void {
    this.#claims.delete(portId);
  }

  /** Neutron could not be told. */
  failed(portId: string, now: number): void {
    const claim = this.#claims.get(portId);
    if (claim !== undefined) claim.notBefore = now + againMs;
  }

  /** A listed port as it will be once Neutron is told. */
  seenAs(port: NeutronPort): NeutronPort {
    const identity = this.of(port.id);
    if (identity === undefined) return port;
    return { ...port, device_id: identity.device_id, description: identity.description };
  }

  /** Whether a pod with a port from a pool is not up yet. */
  areStarting(now: number, isStarting: (portId: string) => boolean): boolean {
    for (const [portId, { placedAt = now }] of this.#claims)
      if (now < placedAt + longestStart * this.#quietMs && isStarting(portId)) return true;
    return false;
  }

  /**
   * Ports that Neutron is to be told of now.
   * @param lastTakeAt when a pod last asked for a port
   * @param isStarting whether the pod that has a port is not up yet
   */
  due(now: number, lastTakeAt: number, isStarting: (portId: string) => boolean): string[] {
    const due: string[] = [];
    for (const [portId, { placedAt, notBefore }] of this.#claims) {
      if (placedAt === undefined || notBefore > now) continue;
      const quiet = this.#quietMs;
      if (now < placedAt + longestStart * quiet && isStarting(portId)) continue;
      if (now >= Math.min(Math.max(placedAt, lastTakeAt) + quiet, placedAt + longest * quiet)) due.push(portId);
    }
    return due;
  }
}
