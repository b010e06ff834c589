import { keyOf } from "@kuryr/kubernetes";

import type { KuryrPort, PodInterface } from "../api/kuryr-port.ts";
import { CniError, cniCodes } from "./cni/errors.ts";

/** What the daemon keeps of a KuryrPort. */
export interface NodePort {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly podUid: string;
  readonly podStatic: boolean;
  readonly deleting: boolean;
  readonly released: boolean;
  /** Sandbox that the status names already. */
  readonly attachedTo: string | undefined;
  readonly interfaces: readonly PodInterface[];
  /** Ids of the ports that Neutron calls ACTIVE, where the controller says so. */
  readonly active: readonly string[];
  /** Ids of the ports that the status says OVN did not program. */
  readonly notInstalled: readonly string[];
  /** Whether anybody has written a status. */
  readonly hasStatus: boolean;
}

/** Projection for the informer. */
export function projectNodePort(object: KuryrPort): NodePort {
  return {
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
    uid: object.metadata.uid,
    podUid: object.spec.podUid,
    podStatic: object.spec.podStatic === true,
    deleting: object.metadata.deletionTimestamp !== undefined,
    released: object.status?.released !== undefined,
    attachedTo: object.status?.attachment?.containerId,
    interfaces: object.spec.interfaces,
    active: object.status?.activeInterfaces ?? [],
    notInstalled: object.status?.notInstalled?.portIds ?? [],
    hasStatus: object.status !== undefined,
  };
}

/** What an ADD does that has waited for its KuryrPort so long that the watch itself is suspected. */
export interface LateOptions {
  /** Looks for the KuryrPort of a pod; what it finds comes as a change. Never rejects. */
  readonly look: (pod: PodName) => Promise<void>;
  /** After each such time of waiting, milliseconds; half of it passes at least between two looks for the same pod. */
  readonly everyMs: number;
}

/** How a pod and its KuryrPort are called. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** Lets an ADD wait for the KuryrPort of its pod, and for what it will say; fed by the informer's events. */
export class KuryrPortWaiters {
  readonly #get: (key: string) => NodePort | undefined;
  readonly #late: LateOptions | undefined;
  readonly #waiting = new Map<string, Set<() => void>>();
  /** Keys that a look is due for, or was a moment ago. */
  readonly #looked = new Set<string>();
  /** The looks so far: one after the other, for an API server in trouble has enough to do. */
  #looks = Promise.resolve();

  constructor(get: (key: string) => NodePort | undefined, late?: LateOptions) {
    this.#get = get;
    this.#late = late;
  }

  /** Tells whoever waits that the KuryrPort of a key came or changed. */
  changed(key: string): void {
    for (const look of this.#waiting.get(key) ?? []) look();
  }

  /**
   * Resolves with the KuryrPort of a pod as soon as it is there.
   * @param uid the pod's UID as the runtime knows it; a static pod has another one in the API
   * @throws CniError 11 after `timeoutMs`; the signal's reason
   */
  async wait(
    pod: PodName & { readonly uid: string | undefined },
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<NodePort> {
    const key = keyOf(pod);
    const fits = (): NodePort | undefined => {
      const port = this.#get(key);
      if (port === undefined || port.deleting) return undefined;
      return pod.uid === undefined || port.podStatic || port.podUid === pod.uid ? port : undefined;
    };
    const now = fits();
    if (now !== undefined) return now;
    const late = this.#late;
    const looking = late === undefined ? undefined : setInterval(() => this.#look(pod, late), late.everyMs);
    try {
      return await this.#until(key, fits, () => timedOut(key, this.#get(key), timeoutMs), timeoutMs, signal);
    } finally {
      clearInterval(looking);
    }
  }

  #look(pod: PodName, { look, everyMs }: LateOptions): void {
    const key = keyOf(pod);
    if (this.#looked.has(key)) return;
    this.#looked.add(key);
    this.#looks = this.#looks.then(async () => {
      // Its turn may come long after.
      if (this.#waiting.has(key)) await look(pod);
      setTimeout(() => this.#looked.delete(key), everyMs / 2).unref();
    });
  }

  /** Resolves when the status of a KuryrPort names a port as active. @throws the signal's reason */
  async untilActive(key: string, portId: string, signal: AbortSignal): Promise<void> {
    const isActive = (): true | undefined => (this.#get(key)?.active.includes(portId) === true ? true : undefined);
    await this.#until(key, isActive, undefined, undefined, signal);
  }

  #until<T>(
    key: string,
    look: () => T | undefined,
    late: (() => CniError) | undefined,
    timeoutMs: number | undefined,
    signal: AbortSignal,
  ): Promise<T> {
    const now = look();
    if (now !== undefined) return Promise.resolve(now);
    return new Promise((resolve, reject) => {
      const looks = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, looks);
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        looks.delete(again);
        if (looks.size === 0) this.#waiting.delete(key);
      };
      const again = (): void => {
        const found = look();
        if (found === undefined) return;
        end();
        resolve(found);
      };
      const onAbort = (): void => {
        end();
        reject(signal.reason);
      };
      const timer =
        late === undefined
          ? undefined
          : setTimeout(() => {
              end();
              reject(late());
            }, timeoutMs);
      signal.addEventListener("abort", onAbort, { once: true });
      looks.add(again);
      if (signal.aborted) onAbort();
    });
  }
}

function timedOut(key: string, port: NodePort | undefined, timeoutMs: number): CniError {
  const seen =
    port === undefined
      ? "the controller has made none"
      : port.deleting
        ? "the one that is there is being deleted"
        : `the one that is there is for the pod of UID ${port.podUid}`;
  return new CniError(
    cniCodes.tryAgain,
    "KURYR_NO_KURYRPORT",
    `no KuryrPort for pod ${key} within ${timeoutMs / 1000} s: ${seen}`,
    `see the events of the pod (kubectl describe pod) and the log of kuryr-controller`,
  );
}
