import { CniError, cniCodes } from "../cni/errors.ts";
import { reason } from "../../process/health.ts";

/** Errors that say nothing of the daemon: who called wrongly, or in vain, is answered so as often as it likes. */
const innocent: ReadonlySet<number> = new Set([
  cniCodes.unknownContainer, // The sandbox went while it was plugged.
  cniCodes.tryAgain, // Others are waited for: the controller, OVN.
  cniCodes.io, // The caller hung up.
  cniCodes.incompatibleVersion,
]);

/**
 * Counts ADDs that fail one after the other; one that succeeds begins anew. (The original never reset its count,
 * whatever its option said.)
 */
export class AddFailures {
  readonly #limit: number;
  #count = 0;
  #last = "";

  /** @param limit `[cni_daemon]cni_failures_count`; 0 lets any number fail */
  constructor(limit: number) {
    this.#limit = limit;
  }

  succeeded(): void {
    this.#count = 0;
  }

  failed(error: unknown): void {
    if (error instanceof CniError && innocent.has(error.cniCode)) return;
    this.#count += 1;
    this.#last = error instanceof Error ? error.message : String(error);
  }

  /** Why the daemon had better be started anew, or nothing. */
  reasons(): readonly string[] {
    if (this.#limit === 0 || this.#count < this.#limit) return [];
    return [reason("KURYR_ADD_FAILURES", `${this.#count} ADDs in a row failed, the last one with: ${this.#last}`)];
  }
}
