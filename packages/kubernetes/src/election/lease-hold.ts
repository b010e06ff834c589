import type { IncomingHttpHeaders } from "node:http";

import { AlreadyExistsError, ConflictError, NotFoundError } from "../api-errors.ts";
import type { Clock } from "../clock.ts";
import type { CallOptions } from "../api/connection-options.ts";
import {
  abandoned,
  claim,
  type Lease,
  type LeaseSpec,
  microTime,
  mustWait,
  type Observation,
  observe,
} from "./lease-record.ts";
import type { Resource } from "../api/verbs.ts";

/** What one contender says of itself; times in milliseconds. */
export interface LeaseHoldOptions {
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  readonly onLeader: (identity: string | undefined) => void;
  readonly hasEnded: (holder: string) => boolean;
  readonly deferMs: () => number;
}

const RELEASE_TIMEOUT_MS = 3000;
/** Renewals that a holder must be seen to miss before its lease is taken on the word of the server's clock. */
const MISSED_RENEWALS = 3;

/** One contender's hold on a Lease: single tries to take or renew it, its release, and how long it is good for. */
export class LeaseHold {
  readonly #leases: Resource<Lease>;
  readonly #options: LeaseHoldOptions;
  readonly #clock: Clock;
  /** The object as last read or written, for the next write's resourceVersion. */
  #lease: Lease | undefined;
  #observation: Observation | undefined;
  /** When the last successful renewal was sent; undefined when not leading. */
  #renewedAt: { readonly now: number; readonly wallTime: number } | undefined;
  #leader: string | undefined;

  constructor(leases: Resource<Lease>, options: LeaseHoldOptions) {
    this.#leases = leases;
    this.#options = options;
    this.#clock = leases.connection.clock;
  }

  /** The holder as last seen. */
  get leader(): string | undefined {
    return this.#leader;
  }

  get held(): boolean {
    return this.#renewedAt !== undefined;
  }

  /** Changes of the holder so far. */
  get transitions(): number {
    return this.#observation?.spec.leaseTransitions ?? 0;
  }

  /** Local monotonic time at which the hold ends unless it is renewed. */
  get deadline(): number {
    return (this.#renewedAt?.now ?? Number.NEGATIVE_INFINITY) + this.#options.renewDeadlineMs;
  }

  /** Milliseconds for which writing is safe; 0 when it is not. */
  remainingMs(): number {
    if (this.#renewedAt === undefined) return 0;
    // A machine that was suspended or migrated has a monotonic clock that stood still: the wall clock knows better.
    const elapsed = Math.max(
      this.#clock.now() - this.#renewedAt.now,
      this.#clock.wallTime() - this.#renewedAt.wallTime,
    );
    return Math.max(0, this.#options.renewDeadlineMs - elapsed);
  }

  /** Gives up without telling the server: the lease runs out by itself. */
  drop(): void {
    this.#renewedAt = undefined;
  }

  /** One try; false when somebody else holds the lease. Throws when the server does not let it know. */
  async tryAcquireOrRenew(signal: AbortSignal): Promise<boolean> {
    const { identity, hasEnded, deferMs } = this.#options;
    // Two tries must fit into the deadline, or one hung connection would cost the leadership.
    const call = { signal, timeoutMs: this.#options.renewDeadlineMs / 2 };
    if (this.#renewedAt !== undefined && this.#lease !== undefined) {
      try {
        return await this.#write(this.#lease, call);
      } catch (error) {
        // Somebody wrote, perhaps we ourselves in a try whose answer was lost: look.
        if (!(error instanceof ConflictError || error instanceof NotFoundError)) throw error;
      }
    }
    const { lease, patienceMs } = await this.#look(call);
    const now = this.#clock.now();
    if (lease === undefined) {
      this.#observation = undefined;
    } else {
      this.#observation = observe(this.#observation, lease.spec ?? {}, now);
      const { holderIdentity } = this.#observation.spec;
      this.#sawLeader(holderIdentity);
      // Its own lease back: a holder that could renew has nobody to give way to.
      const waits = { patienceMs, deferMs: this.#renewedAt === undefined ? deferMs() : 0 };
      const ended = holderIdentity !== undefined && holderIdentity !== "" && hasEnded(holderIdentity);
      if (!ended && mustWait(this.#observation, identity, now, waits)) return false;
      // Others may have led while this machine was suspended, even if none does now: that term is over.
      if (this.#renewedAt !== undefined && holderIdentity !== identity) return false;
    }
    try {
      return await this.#write(lease, call);
    } catch (error) {
      // Another contender was faster; that is an answer, not a failure.
      const faster = error instanceof ConflictError || error instanceof AlreadyExistsError;
      if (faster && this.#renewedAt === undefined) return false;
      throw error;
    }
  }

  /** The lease, and for how long its holder must be seen not to renew it before it may be taken. */
  async #look(call: CallOptions): Promise<{ lease: Lease | undefined; patienceMs: number | undefined }> {
    const { namespace, name, retryPeriodMs } = this.#options;
    let date: string | undefined;
    const onHeaders = (headers: IncomingHttpHeaders): void => {
      date = headers.date;
    };
    const lease = await this.#leases.find({ namespace, name }, { ...call, onHeaders });
    const patienceMs = lease !== undefined && abandoned(lease, date) ? MISSED_RENEWALS * retryPeriodMs : undefined;
    return { lease, patienceMs };
  }

  async #write(old: Lease | undefined, call: { signal: AbortSignal; timeoutMs: number }): Promise<boolean> {
    const { namespace, name, identity, leaseDurationMs } = this.#options;
    // The time before the request is sent: the server stores the renewal no earlier.
    const renewedAt = { now: this.#clock.now(), wallTime: this.#clock.wallTime() };
    const spec = claim(this.#observation, identity, leaseDurationMs, renewedAt.wallTime);
    const lease =
      old === undefined
        ? await this.#leases.create({ metadata: { namespace, name }, spec }, call)
        : await this.#leases.replace({ ...old, spec }, call);
    this.#wrote(lease, spec);
    this.#renewedAt = renewedAt;
    return true;
  }

  /** Gives the lease back so that a standby need not wait it out. */
  async release(): Promise<void> {
    const lease = this.#lease;
    this.#renewedAt = undefined;
    const { namespace, name, identity } = this.#options;
    const call = { timeoutMs: RELEASE_TIMEOUT_MS };
    if (lease === undefined) return;
    const now = microTime(this.#clock.wallTime());
    const spec: LeaseSpec = {
      leaseDurationSeconds: 1,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: this.#observation?.spec.leaseTransitions ?? 0,
    };
    try {
      this.#wrote(await this.#leases.replace({ ...lease, spec }, call), spec);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      // Our own last renewal may have arrived though its answer was not awaited.
      const fresh = await this.#leases.find({ namespace, name }, call);
      if (fresh?.spec?.holderIdentity !== identity) return;
      this.#wrote(await this.#leases.replace({ ...fresh, spec }, call), spec);
    }
  }

  #wrote(lease: Lease, spec: LeaseSpec): void {
    this.#lease = lease;
    this.#observation = { spec, since: this.#clock.now() };
    this.#sawLeader(spec.holderIdentity);
  }

  #sawLeader(identity: string | undefined): void {
    const leader = identity === "" ? undefined : identity;
    if (leader === this.#leader) return;
    this.#leader = leader;
    this.#options.onLeader(leader);
  }
}
