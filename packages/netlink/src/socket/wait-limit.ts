import { NetlinkTimeoutError } from "../errors.ts";

/** Rejects `over` when the time has passed or the signal aborts, whichever is first. */
export class WaitLimit {
  waitingFor: string;
  readonly over: Promise<never>;
  /** The caller has been let go. */
  isOver = false;
  #reason: unknown;
  readonly #clear: () => void;

  constructor(waitingFor: string, timeoutMs: number, signal: AbortSignal | undefined) {
    this.waitingFor = waitingFor;
    let end = (_reason: unknown): void => {};
    this.over = new Promise((_resolve, reject) => {
      end = (reason) => {
        this.isOver = true;
        this.#reason = reason;
        reject(reason);
      };
    });
    // Nobody may be listening when the work is over first.
    this.over.catch(() => {});
    const timer = setTimeout(() => end(new NetlinkTimeoutError(this.waitingFor, timeoutMs)), timeoutMs);
    const onAbort = (): void => end(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#clear = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
  }

  throwIfOver(): void {
    if (this.isOver) throw this.#reason;
  }

  clear(): void {
    this.#clear();
  }
}
