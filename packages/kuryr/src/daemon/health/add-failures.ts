import { CniError, cniCodes } from "../cni/errors.ts";
import { reason } from "../../process/health.ts";

/** Errors that say nothing of the daemon: who called wrongly, or in vain, is answered so as often as it likes. */
const innocent: ReadonlySet<number> = new Set([
  cniCodes.unknownContainer, // The sandbox went while it was plugged.
  cniCodes.tryAgain, // Others are waited for: the controller, OVN.
  cniCodes.io, // The caller hung up.
  cniCodes.incompatibleVersion,
]);

/** So many pods must have failed: what one alone cannot get says more of that pod than of the daemon. */
const severalPods = 2;

/**
 * Counts ADDs that fail one after the other; one that succeeds begins anew. On a node where nothing else happens a
 * single pod that cannot be plugged, which the runtime tries for ever, is no reason to start anew. (The original never
 * reset its count, whatever its option said, and did not look at the pods.)
 */
export class AddFailures {
  readonly #limit: number;
  #count = 0;
  /** Those that failed, as many as matter. */
  readonly #pods = new Set<string>();
  #last = "";

  /** @param limit `[cni_daemon]cni_failures_count`; 0 lets any number fail */
  constructor(limit: number) {
    this.#limit = limit;
  }

  succeeded(): void {
    this.#count = 0;
    this.#pods.clear();
  }

  /** @param pod whose ADD it was, by a name that it keeps when it is tried again */
  failed(error: unknown, pod: string): void {
    if (error instanceof CniError && innocent.has(error.cniCode)) return;
    this.#count += 1;
    if (this.#pods.size < severalPods) this.#pods.add(pod);
    this.#last = error instanceof Error ? error.message : String(error);
  }

  /** Why the daemon had better be started anew, or nothing. */
  reasons(): readonly string[] {
    if (this.#limit === 0 || this.#count < this.#limit) return [];
    if (this.#pods.size < Math.min(severalPods, this.#limit)) return [];
    return [reason("KURYR_ADD_FAILURES", `${this.#count} ADDs in a row failed, the last one with: ${this.#last}`)];
  }
}
