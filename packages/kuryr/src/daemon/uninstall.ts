import {
  ForbiddenError,
  NotFoundError,
  UnauthorizedError,
  type Connection,
  type KubernetesObject,
} from "@kuryr/kubernetes";

/** Not longer: the kubelet gives the whole daemon half a minute. */
const limitMs = 5000;

const daemonSets = { group: "apps", version: "v1", plural: "daemonsets", kind: "DaemonSet", namespaced: true };

/**
 * Whether a daemon that is told to stop is being uninstalled: its DaemonSet is gone or on its way out, or the rights
 * to look are gone, because all of the installation is being deleted. A rollout, a restart or a drain is none, and
 * neither is an API server that does not answer: then the node keeps its CNI configuration.
 *
 * @param daemonSet `namespace/name`
 */
export async function isUninstalled(kubernetes: Connection, daemonSet: string): Promise<boolean> {
  const [namespace = "", name = ""] = daemonSet.split("/");
  const api = kubernetes.resource<KubernetesObject>(daemonSets);
  try {
    const { metadata } = await api.get({ namespace, name }, { signal: AbortSignal.timeout(limitMs) });
    return metadata.deletionTimestamp !== undefined;
  } catch (error) {
    return error instanceof NotFoundError || error instanceof ForbiddenError || error instanceof UnauthorizedError;
  }
}
