import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

/** Who a controller is among those that contend. */
export interface Identity {
  /** Its pod, or its machine where there is no pod: who speaks in Events. */
  readonly instance: string;
  /** The name in the Lease, of this start alone. */
  readonly holder: string;
  /** Whether a holder is an earlier start that certainly runs no more. */
  readonly hasEnded: (holder: string) => boolean;
}

/**
 * The identity of this process: pod, UID of the pod, and a part for this start.
 *
 * An earlier start in the very same pod has ended: the kubelet starts a container anew only when the runtime has seen
 * the end of the one before, and a pod has one controller. So its Lease need not be waited out, and a controller that
 * crashed serves again as soon as it has seen the cluster. A pod of another UID, though of the same name, may still run
 * on a node that nobody reaches.
 */
export function identityOf(
  environment: Readonly<Record<string, string | undefined>>,
  start: string = randomUUID(),
): Identity {
  const { KUBERNETES_POD_NAME: pod = "", KUBERNETES_POD_UID: uid = "" } = environment;
  if (pod === "" || uid === "") {
    const instance = hostname();
    return { instance, holder: `${instance}_${start}`, hasEnded: () => false };
  }
  const incarnation = `${pod}_${uid}_`;
  return { instance: pod, holder: incarnation + start, hasEnded: (holder) => holder.startsWith(incarnation) };
}
