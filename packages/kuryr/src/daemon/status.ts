import { InvalidError, NotFoundError, type Resource } from "@kuryr/kubernetes";

import type { KuryrPort, KuryrPortStatus } from "../api/kuryr-port.ts";
import type { Attachment } from "./attachments.ts";
import type { NodePort } from "./kuryr-ports.ts";

/** What the daemon knows of a KuryrPort's pod on this node. */
export interface LocalState {
  /** Sandboxes of the pod that have, or may have, interfaces. */
  readonly attachments: readonly Attachment[];
  /** An ADD of the pod is under way. */
  readonly adding: boolean;
  /** A port of the switch is one of the KuryrPort's: whatever the attachments say, it is in use. */
  readonly plugged: boolean;
}

/**
 * What to write into a KuryrPort's status now, or nothing. Pure.
 *
 * `released` says that nothing on the node uses the ports any more, and never will: somebody deletes the KuryrPort
 * (so no later ADD takes it up), no sandbox of its pod has, or is getting, an interface, and the switch has none of its
 * ports.
 */
export function planStatus(port: NodePort, local: LocalState, now: Date): KuryrPortStatus | undefined {
  if (port.deleting) {
    const free = !port.released && local.attachments.length === 0 && !local.adding && !local.plugged;
    return free ? { released: { at: now.toISOString() } } : undefined;
  }
  const attached = local.attachments.find((one) => one.result !== undefined);
  if (attached === undefined || attached.containerId === port.attachedTo) return undefined;
  return { attachment: { containerId: attached.containerId, at: now.toISOString() } };
}

/** Writes a KuryrPort's status. A KuryrPort that is gone, or was replaced by a namesake, needs none. */
export async function writeStatus(
  api: Resource<KuryrPort>,
  port: NodePort,
  status: KuryrPortStatus,
  signal: AbortSignal,
): Promise<void> {
  // The test keeps a namesake that was made since from being written to; a merge patch of a status does not look at
  // metadata.uid. `add` also replaces.
  const operations = [
    { op: "test", path: "/metadata/uid", value: port.uid },
    { op: "add", path: "/status", value: status },
  ] as const;
  try {
    await api.status.patch({ namespace: port.namespace, name: port.name }, { type: "json", operations }, { signal });
  } catch (error) {
    // A failed test is answered with 422.
    if (!(error instanceof NotFoundError) && !(error instanceof InvalidError)) throw error;
  }
}
