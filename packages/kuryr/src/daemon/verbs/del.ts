import { linksOf, type AttachmentStore } from "../attachments.ts";
import { podOf, type CniCall } from "../cni/call.ts";
import type { Plugger } from "../plug/plugger.ts";

export interface DelDependencies {
  readonly attachments: AttachmentStore;
  readonly plugger: Plugger;
  /** Told when a pod may have nothing on this node any more. */
  readonly onDetached: (podUid: string) => void;
}

/**
 * Takes away what a sandbox has. Late, repeated or for a sandbox nobody knows: all are fine, and all leave alone
 * what belongs to another sandbox.
 *
 * It never looks into CNI_NETNS: deleting the host's end takes the pod's end along, and the path may be empty or lead
 * to another namespace by now (the original deleted a node's own eth0 that way).
 */
export async function del(call: CniCall, deps: DelDependencies, signal: AbortSignal): Promise<void> {
  const attachment = deps.attachments.get(call.containerId, call.ifName);
  // Without an attachment there may still be a port of the switch with the sandbox's id on it.
  await deps.plugger.unplug(call.containerId, attachment === undefined ? [] : linksOf(attachment), signal);
  if (attachment === undefined) {
    const uid = podOf(call)?.uid;
    if (uid !== undefined) deps.onDetached(uid);
    return;
  }
  deps.attachments.remove(attachment);
  if (deps.attachments.ofPod(attachment.podUid).length === 0) deps.onDetached(attachment.podUid);
}
