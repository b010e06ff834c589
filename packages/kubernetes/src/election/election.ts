import { type Clock, type Random, sleep } from "../clock.ts";
import type { Connection } from "../api/connection-options.ts";
import { LeaseLostError, UsageError } from "../errors.ts";
import { LeaseHold } from "./lease-hold.ts";
import { type Lease, LEASES } from "./lease-record.ts";

/** How to contend for a Lease; times in milliseconds, defaults and rules as in client-go's leaderelection. */
export interface ElectionOptions {
  readonly namespace: string;
  readonly name: string;
  /** Must differ between all processes that contend, restarts included: pod name and a random part, say. */
  readonly identity: string;
  /**
   * A standby takes over when it has seen no renewal for so long; default 15,000. A lease that by the API servers' own
   * clocks ran out long ago (30 s, for they may differ) is taken after three retry periods without a renewal.
   */
  readonly leaseDurationMs?: number | undefined;
  /** A leader that could not renew for so long stops; default 10,000; must be below leaseDurationMs. */
  readonly renewDeadlineMs?: number | undefined;
  /** Between two renewals; default 2,000. */
  readonly retryPeriodMs?: number | undefined;
  /**
   * Between two looks of a standby, which is how late it learns of a clean release; default retryPeriodMs. Up to 1.2
   * times as much is added at random, so that many contenders spread.
   */
  readonly lookPeriodMs?: number | undefined;
  /**
   * True for a holder that certainly does not run any more: its lease is taken at once instead of being waited out. An
   * earlier container of the same pod, say.
   */
  readonly hasEnded?: ((holder: string) => boolean) | undefined;
  /**
   * How much longer than others this contender waits before it takes a lease that was somebody's, asked at each look;
   * default 0. For one that could not do the work yet: who can goes first. A lease that was never written, or whose
   * holder has ended, is taken at once all the same.
   */
  readonly deferMs?: (() => number) | undefined;
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
  writeLimitMs(): number;
}

/** One contender. */
export interface Election {
  /** Synchronous answer to "may I still write?": true while `now < renewedAt + renewDeadline` by both local clocks. */
  mayWrite(): boolean;
  /** For how long `mayWrite` stays true without a renewal; 0 when it is not. */
  remainingMs(): number;
  /**
   * How long a write that starts now may take: until the lease is over for everybody, so that none is under way when
   * another leads. 0 when none may start.
   */
  writeLimitMs(): number;
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

/** As client-go: contenders spread over 1 to 2.2 periods. */
const ACQUIRE_JITTER = 1.2;
class LeaseElection implements Election {
  readonly #options: ElectionOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  readonly #lookPeriodMs: number;
  readonly #drainMs: number;
  /** From the end of the right to write to the end of the lease. */
  readonly #marginMs: number;
  readonly #hold: LeaseHold;

  constructor(connection: Connection, options: ElectionOptions) {
    this.#clock = connection.clock;
    this.#random = connection.random;
    this.#options = options;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryPeriodMs = options.retryPeriodMs ?? 2000;
    this.#lookPeriodMs = options.lookPeriodMs ?? this.#retryPeriodMs;
    this.#drainMs = options.drainMs ?? 20_000;
    const leaseDurationMs = options.leaseDurationMs ?? 15_000;
    if (!(this.#retryPeriodMs < this.#renewDeadlineMs && this.#renewDeadlineMs < leaseDurationMs)) {
      throw new UsageError(
        `lease times ${this.#retryPeriodMs}, ${this.#renewDeadlineMs}, ${leaseDurationMs} ms do not fit`,
        "Keep retryPeriodMs < renewDeadlineMs < leaseDurationMs, or two replicas could lead at once.",
      );
    }
    const { namespace, name, identity, onLeader = (): void => {}, hasEnded = (): boolean => false } = options;
    const { deferMs = (): number => 0 } = options;
    const renewDeadlineMs = this.#renewDeadlineMs;
    this.#marginMs = leaseDurationMs - renewDeadlineMs;
    this.#hold = new LeaseHold(connection.resource<Lease>(LEASES), {
      namespace,
      name,
      identity,
      leaseDurationMs,
      renewDeadlineMs,
      retryPeriodMs: this.#retryPeriodMs,
      onLeader,
      hasEnded,
      deferMs,
    });
  }

  get leader(): string | undefined {
    return this.#hold.leader;
  }

  mayWrite(): boolean {
    return this.#hold.remainingMs() > 0;
  }

  remainingMs(): number {
    return this.#hold.remainingMs();
  }

  writeLimitMs(): number {
    const remainingMs = this.remainingMs();
    return remainingMs === 0 ? 0 : remainingMs + this.#marginMs;
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
        if (await this.#hold.tryAcquireOrRenew(signal)) break;
      } catch (error) {
        if (!signal.aborted) this.#options.onError(error, "acquire");
      }
      const pause = this.#lookPeriodMs * (1 + ACQUIRE_JITTER * this.#random());
      await sleep(this.#clock, pause, signal).catch(() => {});
    }
    if (!signal.aborted) return true;
    if (this.#hold.held) await this.#release();
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
          transitions: this.#hold.transitions,
          mayWrite: () => !ended.signal.aborted && this.mayWrite(),
          remainingMs: () => (ended.signal.aborted ? 0 : this.remainingMs()),
          writeLimitMs: () => (ended.signal.aborted ? 0 : this.writeLimitMs()),
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
      this.#hold.drop();
      term.abort(lost);
    }
    await Promise.race([working, aborted(ended.signal)]);
    cancelDrain();
    signal.removeEventListener("abort", onStop);
    if (!drained) {
      this.#hold.drop();
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
      const deadline = this.#hold.deadline - this.#clock.now();
      const cancel = this.#clock.schedule(deadline, () => limit.abort(DEADLINE));
      try {
        await sleep(this.#clock, this.#retryPeriodMs, limit.signal);
        if (!(await this.#hold.tryAcquireOrRenew(limit.signal))) {
          return new LeaseLostError(`${this.#what} is held by ${this.leader ?? "nobody"} now`);
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

  async #release(): Promise<void> {
    try {
      await this.#hold.release();
    } catch (error) {
      this.#options.onError(error, "release");
    }
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
