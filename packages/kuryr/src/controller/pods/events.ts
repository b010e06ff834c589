import type { EventNote, ObjectReference } from "@kuryr/kubernetes";

import type { PodView } from "./plan.ts";

/** Where Events go; `undefined` where `[kubernetes]use_events` is off. */
export interface EventSink {
  record(about: ObjectReference, note: EventNote): void;
}

/**
 * Takes Events only while their author's word counts. A controller that goes on after it was stopped for longer than its
 * Lease sees the cluster out of order for a moment, a KuryrPort's end before its pod's, and would tell people things that
 * are not so.
 */
export function whileTrue(sink: EventSink, speaks: () => boolean): EventSink {
  return {
    record(about, note) {
      if (speaks()) sink.record(about, note);
    },
  };
}

/** What an Event about a pod is about. */
export const podReference = ({ namespace, name, uid }: PodView): ObjectReference => ({
  apiVersion: "v1",
  kind: "Pod",
  namespace,
  name,
  uid,
});
