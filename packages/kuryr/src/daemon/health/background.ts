import { sleep, type Clock } from "@kuryr/kubernetes";

import { messageOf } from "../../api/errors.ts";
import { reason, type Reasons } from "../../process/health.ts";

/** Who asks: the kubelet's probes, or the runtime whether an ADD can succeed. */
export type Asker = "ready" | "alive" | "status";

/** One thing that is looked at over and over, and what it means when it is not as it should be. */
export interface Check {
  readonly name: string;
  /** Whom it is told. */
  readonly fails: readonly Asker[];
  /** What is wrong, or nothing. May throw: that is wrong too. */
  readonly look: (signal: AbortSignal) => Reasons | Promise<Reasons>;
}

const intervalMs = 5000;
const limitMs = 4000;

/**
 * Looks at everything every few seconds, so that a probe only reads what was found: a probe that waits for somebody is
 * itself a way to fail.
 */
export class BackgroundChecks {
  readonly #checks: readonly Check[];
  readonly #found = new Map<string, Reasons>();

  constructor(checks: readonly Check[]) {
    this.#checks = checks;
  }

  /** What is wrong for one who asks, as seen last. */
  reasons(asker: Asker): Reasons {
    return this.#checks.filter(({ fails }) => fails.includes(asker)).flatMap(({ name }) => this.#found.get(name) ?? []);
  }

  /** Looks once at everything. */
  async look(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
    await Promise.all(
      this.#checks.map(async ({ name, look }) => {
        const found = await Promise.resolve()
          .then(() => look(limit))
          .catch((error: unknown) => [reason("KURYR_CHECK_FAILED", `looking at ${name}: ${messageOf(error)}`)]);
        if (!signal.aborted) this.#found.set(name, found);
      }),
    );
  }

  /** Looks until the signal aborts; `after` is called each time. */
  async run(clock: Clock, signal: AbortSignal, after: () => void): Promise<void> {
    while (!signal.aborted) {
      await this.look(signal);
      after();
      await sleep(clock, intervalMs, signal).catch(() => undefined);
    }
  }
}
