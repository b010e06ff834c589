import { OpenStackError } from "../errors.ts";

/** Bounds of an adaptive limit on requests at once. */
export interface ConcurrencyOptions {
  /** Default 8. */
  readonly initial?: number | undefined;
  /** Default 1. */
  readonly min?: number | undefined;
  /** Default 32. */
  readonly max?: number | undefined;
  /** An answer that takes so many times as long as the operation's fastest is a sign of overload. Default 4. */
  readonly slowFactor?: number | undefined;
  /** Slow answers alone take the limit no further down than this, and do not keep it below. Default 4. */
  readonly slowMin?: number | undefined;
  /** Requests that may wait; one more is refused with kind `rate-limit`. Default 10,000. */
  readonly maxWaiting?: number | undefined;
}

/** How a limiter stands. */
export interface Load {
  /** Requests allowed at once. */
  readonly limit: number;
  readonly inFlight: number;
  readonly waiting: number;
}

/** What became of a request, for the limit. */
export interface Outcome {
  readonly operation: string;
  /** How many objects were asked for, where one request may ask for many. */
  readonly objects?: number | undefined;
  /** From the clock, when it was sent and when it ended. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** It failed in a way that a busy server fails: 429, 5xx, no answer. */
  readonly overloaded: boolean;
}

const DECREASE = 0.7;
/** Below this, differences are noise. */
const SLOW_FLOOR_MS = 50;
/** By so much the fastest time of an operation is forgotten with each answer, for servers and data change. */
const FORGET = 1.01;

/**
 * Additive increase, multiplicative decrease: each good answer adds 1/limit, so one per round of requests; a failed or
 * slow one takes 30 per cent, once per round. Slow is relative to the same operation on as many objects: a load balancer's
 * creation takes ten times as long as a port's list, and that of ten ports ten times as long as that of one.
 *
 * That a server is slow may be others' doing, and then it stays slow however little is asked of it. So slowness counts
 * only above `slowMin`: who has come down to one request at a time by an outage would get out of it no more.
 */
export class AdaptiveLimit {
  readonly #min: number;
  readonly #max: number;
  readonly #slowFactor: number;
  readonly #slowMin: number;
  readonly #fastest = new Map<string, number>();
  #limit: number;
  #decreasedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ConcurrencyOptions = {}) {
    this.#min = Math.max(1, options.min ?? 1);
    this.#max = Math.max(this.#min, options.max ?? 32);
    this.#limit = Math.min(this.#max, Math.max(this.#min, options.initial ?? 8));
    this.#slowFactor = options.slowFactor ?? 4;
    this.#slowMin = Math.min(this.#max, Math.max(this.#min, options.slowMin ?? 4));
  }

  /** Requests allowed at once, a whole number. */
  get current(): number {
    return Math.floor(this.#limit);
  }

  /** Learns from one request. `full`: whether the limit held others back, else there is nothing to learn upwards. */
  observe(outcome: Outcome, full: boolean): void {
    const ms = outcome.endedAt - outcome.startedAt;
    let slow = false;
    if (!outcome.overloaded) {
      const like = outcome.objects === undefined ? outcome.operation : `${outcome.operation} ${outcome.objects}`;
      const fastest = Math.min(ms, (this.#fastest.get(like) ?? ms) * FORGET);
      this.#fastest.set(like, fastest);
      slow = ms > Math.max(SLOW_FLOOR_MS, fastest * this.#slowFactor);
    }
    const floor = outcome.overloaded ? this.#min : this.#slowMin;
    if (outcome.overloaded || (slow && this.#limit > floor)) {
      // Answers to requests sent before the last decrease speak of the old limit.
      if (outcome.startedAt < this.#decreasedAt) return;
      this.#limit = Math.max(floor, this.#limit * DECREASE);
      this.#decreasedAt = outcome.endedAt;
    } else if (full) {
      this.#limit = Math.min(slow ? floor : this.#max, this.#limit + 1 / this.#limit);
    }
  }
}

/** Lets so many requests through at once as its {@link AdaptiveLimit} says, the others in the order they came. */
export class Limiter {
  readonly #limit: AdaptiveLimit;
  readonly #maxWaiting: number;
  /** A Set keeps order and forgets an aborted one at once. */
  readonly #waiting = new Set<() => void>();
  #inFlight = 0;

  constructor(options: ConcurrencyOptions = {}) {
    this.#limit = new AdaptiveLimit(options);
    this.#maxWaiting = options.maxWaiting ?? 10_000;
  }

  get load(): Load {
    return { limit: this.#limit.current, inFlight: this.#inFlight, waiting: this.#waiting.size };
  }

  /** Resolves when a request may be sent; each needs one {@link release}. Rejects with the signal's reason. */
  acquire(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (this.#inFlight < this.#limit.current) {
      this.#inFlight++;
      return Promise.resolve();
    }
    if (this.#waiting.size >= this.#maxWaiting) {
      return Promise.reject(
        new OpenStackError(`${this.#waiting.size} requests wait already`, {
          kind: "rate-limit",
          code: "OPENSTACK_QUEUE_FULL",
          hint: "Ask for less at once.",
          sent: false,
          transient: false,
        }),
      );
    }
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener("abort", onAbort);
        this.#inFlight++;
        resolve();
      };
      const onAbort = (): void => {
        this.#waiting.delete(go);
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(go);
    });
  }

  /** Ends what {@link acquire} allowed. Without an outcome (an abort) nothing is learnt. */
  release(outcome: Outcome | undefined): void {
    const full = this.#waiting.size > 0 || this.#inFlight >= this.#limit.current;
    if (outcome !== undefined) this.#limit.observe(outcome, full);
    this.#inFlight--;
    for (const go of this.#waiting) {
      if (this.#inFlight >= this.#limit.current) return;
      this.#waiting.delete(go);
      go();
    }
  }
}
