import { formatFieldSelector, keyOf, type Informer, type Resource } from "@kuryr/kubernetes";

import { nodeNameLabel } from "../api/keys.ts";
import type { KuryrPort } from "../api/kuryr-port.ts";
import type { NodePort, PodName } from "./kuryr-ports.ts";

/** Whom to ask, and what is known. */
export interface LateDependencies {
  readonly api: Resource<KuryrPort>;
  readonly nodeName: string;
  readonly informer: Pick<Informer<NodePort>, "get" | "refresh">;
}

/**
 * Looks whether the KuryrPort of a pod is there and only the watch has not told of it: an API server that was held up
 * may go on without telling a watch anything. Then all KuryrPorts of the node are listed again.
 *
 * The usual reason for a late KuryrPort is that OpenStack is, on all nodes at the same time: so the question is for one
 * object by its name, which the API server looks up by its key. It is asked as a list, the verb that a daemon has.
 *
 * @throws what a list throws, the signal's reason
 */
export async function lookForLate(
  pod: PodName,
  { api, nodeName, informer }: LateDependencies,
  signal: AbortSignal,
): Promise<void> {
  const { items } = await api.list({
    namespace: pod.namespace,
    fieldSelector: formatFieldSelector([{ path: "metadata.name", operator: "=", value: pod.name }]),
    labelSelector: `${nodeNameLabel}=${nodeName}`,
    signal,
  });
  const known = informer.get(keyOf(pod))?.uid;
  // In pages: a streaming list comes from where the watch does.
  if (items.some(({ metadata }) => metadata.uid !== known)) await informer.refresh({ inPages: true });
}
