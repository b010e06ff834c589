import { type Clock, type Random, sleep } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { AlreadyExistsError, ConflictError, LeaseLostError, NotFoundError, UsageError } from "./errors.ts";
import {
  claim,
  heldByOther,
  type Lease,
  LEASES,
  type LeaseSpec,
  microTime,
  type Observation,
  observe,
} from "./lease-record.ts";
import type { Resource } from "./resource.ts";

/** How to contend for a Lease; times in milliseconds, defaults and rules as in client-go's leaderelection. */
export interface ElectionOptions {
  readonly namespace: string;
  readonly name: string;
  /** Must differ between all processes that contend, restarts included: pod name and a random part, say. */
  readonly identity: string;
  /** A standby takes over when it has seen no renewal for so long; default 15,000. */
  readonly leaseDurationMs?: number | undefined;
  /** A leader that could not renew for so long stops; default 10,000; must be below leaseDurationMs. */
  readonly renewDeadlineMs?: number | undefined;
  /** Between two tries; default 2,000. */
  readonly retryPeriodMs?: number | undefined;
  /** How long the work may take to stop when asked; default 20,000. */
  readonly drainMs?: number | undefined;
  /** What goes wrong on the way; must not throw. */
  readonly onError: (error: unknown, phase: "acquire" | "renew" | "release" | "work") => void;
  /** Another identity holds the lease now; undefined when nobody does. Must not throw. */
  readonly onLeader?: ((identity: string | undefined) => void) | undefined;
}

/** The right to write, as long as it lasts. */
export interface Term {
  /** Aborts on loss ({@link LeaseLostError}) and on stop (the reason of `run`'s signal). */
  readonly signal: AbortSignal;
  /** Counts the changes of the holder: a fencing number that grows from term to term. */
  readonly transitions: number;
  mayWrite(): boolean;
  remainingMs(): number;
}

/** One contender. */
export interface Election {
  /** Synchronous answer to "may I still write?": true while `now < renewedAt + renewDeadline` by both local clocks. */
  mayWrite(): boolean;
  /** For how long `mayWrite` stays true without a renewal; 0 when it is not. A write's timeout must fit into it. */
  remainingMs(): number;
  /** The holder as last seen. */
  readonly leader: string | undefined;
  /**
   * Contends until `signal` aborts and runs `work` whenever it leads; after a loss it contends again once the work has
   * stopped. The lease is renewed while the work drains, and given back afterwards. Resolves when stopped or when
   * `work` returns of itself. Call once.
   *
   * @throws what `work` throws while leading; LeaseLostError when the work does not stop in `drainMs`: end the process.
   */
  run(signal: AbortSignal, work: (term: Term) => Promise<void>): Promise<void>;
}

/** @throws UsageError unless retryPeriodMs < renewDeadlineMs < leaseDurationMs. */
export function createElection(connection: Connection, options: ElectionOptions): Election {
  return new LeaseElection(connection, options);
}

/** As client-go: contenders spread over 1 to 2.2 retry periods. */
const ACQUIRE_JITTER = 1.2;
const RELEASE_TIMEOUT_MS = 3000;

class LeaseElection implements Election {
  readonly #leases: Resource<Lease>;
  readonly #options: ElectionOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  readonly #drainMs: number;
  /** The object as last read or written, for the next write's resourceVersion. */
  #lease: Lease | undefined;
  #observation: Observation | undefined;
  /** When the last successful renewal was sent; undefined when not leading. */
  #renewedAt: { readonly now: number; readonly wallTime: number } | undefined;
  #leader: string | undefined;

  constructor(connection: Connection, options: ElectionOptions) {
    this.#leases = connection.resource<Lease>(LEASES);
    this.#clock = connection.clock;
    this.#random = connection.random;
    this.#options = options;
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryPeriodMs = options.retryPeriodMs ?? 2000;
    this.#drainMs = options.drainMs ?? 20_000;
    if (!(this.#retryPeriodMs < this.#renewDeadlineMs && this.#renewDeadlineMs < this.#leaseDurationMs)) {
      throw new UsageError(
        `lease times ${this.#retryPeriodMs}, ${this.#renewDeadlineMs}, ${this.#leaseDurationMs} ms do not fit`,
        "Keep retryPeriodMs < renewDeadlineMs < leaseDurationMs, or two replicas could lead at once.",
      );
    }
  }

  get leader(): string | undefined {
    return this.#leader;
  }

  mayWrite(): boolean {
    return this.remainingMs() > 0;
  }

  remainingMs(): number {
    if (this.#renewedAt === undefined) return 0;
    // A machine that was suspended or migrated has a monotonic clock that stood still: the wall clock knows better.
    const elapsed = Math.max(
      this.#clock.now() - this.#renewedAt.now,
      this.#clock.wallTime() - this.#renewedAt.wallTime,
    );
    return Math.max(0, this.#renewDeadlineMs - elapsed);
  }

  async run(signal: AbortSignal, work: (term: Term) => Promise<void>): Promise<void> {
    while (!signal.aborted && (await this.#acquire(signal))) {
      if (await this.#lead(signal, work)) return;
    }
  }

  /** Tries until it leads (true) or is stopped (false). */
  async #acquire(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      try {
        if (await this.#tryAcquireOrRenew(signal)) break;
      } catch (error) {
        if (!signal.aborted) this.#options.onError(error, "acquire");
      }
      const pause = this.#retryPeriodMs * (1 + ACQUIRE_JITTER * this.#random());
      await sleep(this.#clock, pause, signal).catch(() => {});
    }
    if (!signal.aborted) return true;
    if (this.#renewedAt !== undefined) await this.#release();
    return false;
  }

  /** One term. True when it ended well: by stop, or because the work is done; false when the lease was lost. */
  async #lead(signal: AbortSignal, work: (term: Term) => Promise<void>): Promise<boolean> {
    const term = new AbortController();
    const ended = new AbortController();
    const onStop = (): void => term.abort(signal.reason);
    signal.addEventListener("abort", onStop, { once: true });
    if (signal.aborted) onStop();
    let failure: { readonly error: unknown } | undefined;
    const working = Promise.resolve()
      .then(() =>
        work({
          signal: term.signal,
          transitions: this.#observation?.spec.leaseTransitions ?? 0,
          mayWrite: () => !ended.signal.aborted && this.mayWrite(),
          remainingMs: () => (ended.signal.aborted ? 0 : this.remainingMs()),
        }),
      )
      .catch((error: unknown) => {
        failure = { error };
      })
      .finally(() => ended.abort());
    let drained = true;
    const cancelDrain = this.#whenAborted(term.signal, () =>
      this.#clock.schedule(this.#drainMs, () => {
        drained = false;
        ended.abort();
      }),
    );
    const lost = await this.#renewUntil(ended.signal);
    if (lost !== undefined) {
      this.#renewedAt = undefined;
      term.abort(lost);
    }
    await Promise.race([working, aborted(ended.signal)]);
    cancelDrain();
    signal.removeEventListener("abort", onStop);
    if (!drained) {
      this.#renewedAt = undefined;
      throw new LeaseLostError(`the work did not stop within ${this.#drainMs} ms`, { cause: term.signal.reason });
    }
    if (lost === undefined) await this.#release();
    if (failure !== undefined && !(term.signal.aborted && failure.error === term.signal.reason)) {
      if (!term.signal.aborted) throw failure.error;
      this.#options.onError(failure.error, "work");
    }
    return lost === undefined;
  }

  /** Renews until `ended` aborts (undefined), or the lease is lost. */
  async #renewUntil(ended: AbortSignal): Promise<LeaseLostError | undefined> {
    let lastError: unknown;
    while (!ended.aborted) {
      const limit = new AbortController();
      const onEnded = (): void => limit.abort(ended.reason);
      ended.addEventListener("abort", onEnded, { once: true });
      const deadline = (this.#renewedAt?.now ?? 0) + this.#renewDeadlineMs - this.#clock.now();
      const cancel = this.#clock.schedule(deadline, () => limit.abort(DEADLINE));
      try {
        await sleep(this.#clock, this.#retryPeriodMs, limit.signal);
        if (!(await this.#tryAcquireOrRenew(limit.signal))) {
          return new LeaseLostError(`${this.#what} is held by ${this.#leader ?? "nobody"} now`);
        }
        lastError = undefined;
      } catch (error) {
        if (ended.aborted) return undefined;
        if (limit.signal.aborted) {
          return new LeaseLostError(`${this.#what} could not be renewed for ${this.#renewDeadlineMs} ms`, {
            cause: lastError,
          });
        }
        lastError = error;
        this.#options.onError(error, "renew");
      } finally {
        cancel();
        ended.removeEventListener("abort", onEnded);
      }
    }
    return undefined;
  }

  /** One try; false when somebody else holds the lease. Throws when the server does not let it know. */
  async #tryAcquireOrRenew(signal: AbortSignal): Promise<boolean> {
    const { namespace, name, identity } = this.#options;
    // Two tries must fit into the deadline, or one hung connection would cost the leadership.
    const call = { signal, timeoutMs: this.#renewDeadlineMs / 2 };
    if (this.#renewedAt !== undefined && this.#lease !== undefined) {
      try {
        return await this.#write(this.#lease, call);
      } catch (error) {
        // Somebody wrote, perhaps we ourselves in a try whose answer was lost: look.
        if (!(error instanceof ConflictError || error instanceof NotFoundError)) throw error;
      }
    }
    const lease = await this.#leases.find({ namespace, name }, call);
    const now = this.#clock.now();
    if (lease === undefined) {
      this.#observation = undefined;
    } else {
      this.#observation = observe(this.#observation, lease.spec ?? {}, now);
      const { holderIdentity } = this.#observation.spec;
      this.#sawLeader(holderIdentity);
      if (heldByOther(this.#observation, identity, now)) return false;
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

  async #write(old: Lease | undefined, call: { signal: AbortSignal; timeoutMs: number }): Promise<boolean> {
    const { namespace, name, identity } = this.#options;
    // The time before the request is sent: the server stores the renewal no earlier.
    const renewedAt = { now: this.#clock.now(), wallTime: this.#clock.wallTime() };
    const spec = claim(this.#observation, identity, this.#leaseDurationMs, renewedAt.wallTime);
    const lease =
      old === undefined
        ? await this.#leases.create({ metadata: { namespace, name }, spec }, call)
        : await this.#leases.replace({ ...old, spec }, call);
    this.#wrote(lease, spec);
    this.#renewedAt = renewedAt;
    return true;
  }

  /** Gives the lease back so that a standby need not wait it out. */
  async #release(): Promise<void> {
    this.#renewedAt = undefined;
    try {
      await this.#giveBack(this.#lease);
    } catch (error) {
      this.#options.onError(error, "release");
    }
  }

  async #giveBack(lease: Lease | undefined): Promise<void> {
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
    this.#options.onLeader?.(leader);
  }

  get #what(): string {
    return `the lease ${this.#options.namespace}/${this.#options.name}`;
  }

  #whenAborted(signal: AbortSignal, start: () => () => void): () => void {
    let cancel = (): void => {};
    const onAbort = (): void => {
      cancel = start();
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    return () => {
      signal.removeEventListener("abort", onAbort);
      cancel();
    };
  }
}

const DEADLINE = new Error("the renew deadline has passed");

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
