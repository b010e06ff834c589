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
  };
}

/** Lets an ADD wait for the KuryrPort of its pod; fed by the informer's events. */
export class KuryrPortWaiters {
  readonly #get: (key: string) => NodePort | undefined;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(get: (key: string) => NodePort | undefined) {
    this.#get = get;
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
  wait(
    pod: { namespace: string; name: string; uid: string | undefined },
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
    if (now !== undefined) return Promise.resolve(now);
    return new Promise((resolve, reject) => {
      const looks = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, looks);
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        looks.delete(look);
        if (looks.size === 0) this.#waiting.delete(key);
      };
      const look = (): void => {
        const port = fits();
        if (port === undefined) return;
        end();
        resolve(port);
      };
      const onAbort = (): void => {
        end();
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        end();
        reject(timedOut(key, this.#get(key), timeoutMs));
      }, timeoutMs);
      signal.addEventListener("abort", onAbort, { once: true });
      looks.add(look);
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
