import { ConflictError, NotFoundError, parseKey, sleep, type Clock, type Resource } from "@kuryr/kubernetes";

import type { KuryrPort } from "../../api/kuryr-port.ts";
import { errorFields, type Logger } from "../../log/logger.ts";

/** Ports of one KuryrPort whose status the daemon waits for. */
export interface AwaitedPorts {
  /** `namespace/name` of the KuryrPort. */
  readonly key: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Of all its interfaces that wait or waited. */
  readonly portIds: readonly string[];
}

export interface PortStatusDependencies {
  /** Of all these ports, those that are ACTIVE; one list, however many there are. */
  readonly active: (ids: readonly string[], signal: AbortSignal) => Promise<ReadonlySet<string>>;
  readonly kuryrPortApi: Resource<KuryrPort>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Least time between two lists in milliseconds; default 2,500. */
  readonly gapMs?: number;
}

/**
 * Tells daemons that ports are ACTIVE, for backends that give no sign on the node. All ports that anybody waits for are
 * looked at by one list, and nothing is asked while nobody waits.
 */
export class PortStatuses {
  readonly #deps: PortStatusDependencies;
  readonly #awaited = new Map<string, AwaitedPorts>();
  #wake: (() => void) | undefined;

  constructor(deps: PortStatusDependencies) {
    this.#deps = deps;
  }

  get waiting(): number {
    return this.#awaited.size;
  }

  /** Somebody waits for these. */
  await(ports: AwaitedPorts): void {
    this.#awaited.set(ports.key, ports);
    this.#wake?.();
  }

  /** Nobody waits for the ports of this KuryrPort any more. */
  forget(key: string): void {
    this.#awaited.delete(key);
  }

  async run(signal: AbortSignal): Promise<void> {
    const gapMs = this.#deps.gapMs ?? 2500;
    while (!signal.aborted) {
      if (this.#awaited.size === 0) await this.#next(signal);
      if (signal.aborted) return;
      try {
        await this.#look(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#deps.log.warn("reading the status of ports: trying again", errorFields(error));
      }
      await sleep(this.#deps.clock, gapMs, signal).catch(() => undefined);
    }
  }

  #next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#wake = undefined;
        signal.removeEventListener("abort", end);
        resolve();
      };
      this.#wake = end;
      signal.addEventListener("abort", end, { once: true });
    });
  }

  async #look(signal: AbortSignal): Promise<void> {
    const ids = [...this.#awaited.values()].flatMap(({ portIds }) => portIds);
    const active = await this.#deps.active(ids, signal);
    const ready = [...this.#awaited.values()].filter(({ portIds }) => portIds.every((id) => active.has(id)));
    await Promise.all(
      ready.map(async (one) => {
        const written = await this.#write(one, signal);
        if (written && this.#awaited.get(one.key)?.uid === one.uid) this.#awaited.delete(one.key);
      }),
    );
  }

  /** False when the KuryrPort has changed, and has to be looked at again. */
  async #write({ key, resourceVersion, portIds }: AwaitedPorts, signal: AbortSignal): Promise<boolean> {
    try {
      // A merge patch leaves alone what the daemon wrote. It does not look at the UID; the version is of this object.
      const body = { metadata: { resourceVersion }, status: { activeInterfaces: portIds } };
      await this.#deps.kuryrPortApi.status.patch(parseKey(key), { type: "merge", body }, { signal });
      return true;
    } catch (error) {
      if (error instanceof ConflictError) return false;
      if (error instanceof NotFoundError) return true;
      throw error;
    }
  }
}
