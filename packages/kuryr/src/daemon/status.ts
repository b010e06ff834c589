import { InvalidError, NotFoundError, type JsonPatchOperation, type Resource } from "@kuryr/kubernetes";

import type { KuryrPort, KuryrPortStatus } from "../api/kuryr-port.ts";
import { vifsOf } from "../api/vifs.ts";
import type { Attachment } from "./attachments.ts";
import type { NodePort } from "./kuryr-ports.ts";

/** What the daemon knows of a KuryrPort's pod on this node. */
export interface LocalState {
  /** Sandboxes of the pod that have, or may have, interfaces. */
  readonly attachments: readonly Attachment[];
  /** An ADD of the pod is under way. */
  readonly adding: boolean;
  /** Whether a port of the switch is one of the KuryrPort's: whatever the attachments say, it is in use. */
  readonly isPlugged: () => boolean;
  /** The port for which the pod's last ADD was taken back, where OVN had not programmed it. */
  readonly notInstalled: string | undefined;
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
    const free = !port.released && local.attachments.length === 0 && !local.adding && !local.isPlugged();
    return free ? { released: { at: now.toISOString() } } : undefined;
  }
  const attached = local.attachments.find((one) => one.result !== undefined);
  if (attached === undefined) return planFailed(port, local, now);
  if (attached.containerId === port.attachedTo) return undefined;
  // The original's view goes with it: a request of its own would be one more for each pod.
  return {
    attachment: { containerId: attached.containerId, at: new Date(attached.addedAt ?? now).toISOString() },
    vifs: vifsOf(port.interfaces, true),
  };
}

/** It may be the port's own fault: the controller knows whether its creation came to an end. */
function planFailed(port: NodePort, local: LocalState, now: Date): KuryrPortStatus | undefined {
  const { notInstalled } = local;
  if (notInstalled === undefined || port.notInstalled.includes(notInstalled) || local.attachments.length > 0)
    return undefined;
  return { notInstalled: { portIds: [notInstalled], at: now.toISOString() } };
}

/**
 * The patch that writes parts of a status and leaves the controller's alone. Pure.
 *
 * The first test keeps a namesake that was made since from being written to; a merge patch of a status does not look at
 * metadata.uid. `add` also replaces. A status that came since is not written over: the event that tells of it makes us
 * look again.
 */
export function statusPatch(
  port: Pick<NodePort, "uid" | "hasStatus">,
  status: KuryrPortStatus,
): readonly JsonPatchOperation[] {
  const same = { op: "test", path: "/metadata/uid", value: port.uid } as const;
  if (!port.hasStatus) {
    return [same, { op: "test", path: "/status", value: null }, { op: "add", path: "/status", value: status }];
  }
  const parts = Object.entries(status).map(([name, value]) => ({ op: "add", path: `/status/${name}`, value }) as const);
  return [same, ...parts];
}

/** Writes a KuryrPort's status. A KuryrPort that is gone, or was replaced by a namesake, needs none. */
export async function writeStatus(
  api: Resource<KuryrPort>,
  port: NodePort,
  status: KuryrPortStatus,
  signal: AbortSignal,
): Promise<void> {
  const operations = statusPatch(port, status);
  try {
    // The answer is all of the object, with who wrote what of it: the event that follows says the same.
    await api.status.patchUnread(
      { namespace: port.namespace, name: port.name },
      { type: "json", operations },
      { signal },
    );
  } catch (error) {
    // A failed test is answered with 422.
    if (!(error instanceof NotFoundError) && !(error instanceof InvalidError)) throw error;
  }
}
