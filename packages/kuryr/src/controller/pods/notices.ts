import type { EventNote } from "@kuryr/kubernetes";

import { podReference, type EventSink } from "./events.ts";
import type { PodPlan, PodView } from "./plan.ts";

const notes: Readonly<Record<NonNullable<PodPlan["notice"]>, EventNote>> = {
  "kept-kuryrport": {
    type: "Warning",
    reason: "KuryrPortKept",
    message:
      "Somebody deleted the KuryrPort of this pod. It stays, with the pod's network, until the pod ends; delete the pod instead",
  },
  "not-installed": {
    type: "Warning",
    reason: "PortReplaced",
    message:
      "KURYR_NOT_INSTALLED: OVN did not program the pod's port on its node, and its creation may have been cut off. The pod gets another one",
  },
};

/** Pods of whom so much is remembered. */
const maxTold = 1000;

/** Tells the owner of a pod what its plan has to say: once, for a plan is made again and again. */
export function noticeTeller(
  events: EventSink | undefined,
): (pod: PodView | undefined, notice: PodPlan["notice"]) => void {
  const told = new Set<string>();
  return (pod, notice) => {
    if (pod === undefined || notice === undefined) return;
    const what = `${notice} ${pod.uid}`;
    if (told.has(what)) return;
    if (told.size >= maxTold) told.clear();
    told.add(what);
    events?.record(podReference(pod), notes[notice]);
  };
}
