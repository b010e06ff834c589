import type { EventNote, ObjectReference } from "@kuryr/kubernetes";

import type { PodView } from "./plan.ts";

/** Where Events go; `undefined` where `[kubernetes]use_events` is off. */
export interface EventSink {
  record(about: ObjectReference, note: EventNote): void;
}

/** What an Event about a pod is about. */
export const podReference = ({ namespace, name, uid }: PodView): ObjectReference => ({
  apiVersion: "v1",
  kind: "Pod",
  namespace,
  name,
  uid,
});
