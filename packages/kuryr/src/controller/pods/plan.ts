/** What the plan needs to know of a pod. */
export interface PodView {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** On the node's own network, or of a runtime class that brings another one: none of our business. */
  readonly networkedElsewhere: boolean;
  /** Empty until the pod is scheduled. */
  readonly nodeName: string;
  /** Succeeded or Failed: its containers ended and never start again. */
  readonly completed: boolean;
  readonly isStatic: boolean;
  /** Its containers have begun; missing before. */
  readonly started?: true;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** `hostPort`s that its containers ask for; missing without any. */
  readonly hostPorts?: readonly number[];
  /** What `kubernetes.io/ingress-bandwidth` and `egress-bandwidth` ask for, as they stand; missing without them. */
  readonly bandwidth?: { readonly ingress?: string; readonly egress?: string };
}

/** What is kept of a node. */
export interface NodeView {
  readonly name: string;
  /** New pods may come. */
  readonly schedulable: boolean;
}

/** What the plan needs to know of a KuryrPort. */
export interface KuryrPortView {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly podUid: string;
  readonly nodeName: string;
  /** Milliseconds since the epoch, or `undefined` while nobody deletes it. */
  readonly deletingSince: number | undefined;
  readonly hasFinalizer: boolean;
  /** Finalizers of others, which stay when ours goes. */
  readonly otherFinalizers: readonly string[];
  /** The daemon says that nothing on the node uses the ports any more. */
  readonly released: boolean;
  /** When the daemon had plugged its interfaces, milliseconds since the epoch; `undefined` before. */
  readonly attachedAt: number | undefined;
  readonly portIds: readonly string[];
  /** Ports that the backend did not program on the node in the time of an ADD; missing where none, or once attached. */
  readonly notInstalled?: readonly string[];
  /** Ports whose status in Neutron the daemon waits for; missing where there are none. */
  readonly awaited?: readonly string[];
}

/** What the plan needs to know of a Neutron port with our mark. */
export interface PortView {
  readonly id: string;
  /** `device_id`: the UID of the pod it was made for. */
  readonly podUid: string;
  /** `binding:host_id`. */
  readonly host: string;
  /** Only lists have told of it: nobody knows whether its creation came to an end. */
  readonly found?: true;
  /** Neutron ended while it made it: its backend may not know of it for minutes. */
  readonly cutOff?: true;
}

/** Everything a plan is made from. */
export interface PodObservation {
  readonly now: number;
  readonly pod: PodView | undefined;
  readonly kuryrPort: KuryrPortView | undefined;
  /** Ports with our mark for this key or for the UIDs of the two objects above. */
  readonly ports: readonly PortView[];
  /** Whether the cluster still has the KuryrPort's node. */
  readonly nodeExists: boolean;
  /** After so many milliseconds without an acknowledgement the ports go without one. */
  readonly releaseTimeoutMs: number;
}

/** One thing to do, with the reason a person is told. */
export type PodAction = { readonly reason: string } & (
  | { readonly do: "create-port"; readonly pod: PodView }
  | { readonly do: "create-kuryrport"; readonly pod: PodView; readonly portId: string }
  | { readonly do: "delete-kuryrport"; readonly uid: string }
  | { readonly do: "delete-port"; readonly portId: string }
  /** For a port that its node has released: the pool driver may keep it. */
  | { readonly do: "give-port"; readonly portId: string }
  | { readonly do: "drop-finalizer"; readonly uid: string; readonly keep: readonly string[] }
);

/** What to do now, and when to look again though nothing changed. */
export interface PodPlan {
  readonly actions: readonly PodAction[];
  readonly lookAgainInMs?: number;
  /** What the pod's owner should know, though nothing is to be done. */
  readonly notice?: "kept-kuryrport" | "not-installed";
}

/** Whether a pod has, or is about to have, a use for a port. Its deletionTimestamp alone ends nothing: it still talks. */
export function needsPort(pod: PodView | undefined): pod is PodView {
  return pod !== undefined && !pod.networkedElsewhere && pod.nodeName !== "" && !pod.completed;
}

/** Whether a pod has no port yet that is its own: what is done for it goes before what ends. */
export function lacksPort(pod: PodView | undefined, kuryrPort: KuryrPortView | undefined): boolean {
  return needsPort(pod) && kuryrPort?.podUid !== pod.uid;
}

/**
 * Plans one pod. Pure; the caller applies the actions in order, observes and plans again until none is left.
 *
 *     scheduled ─ create-port ─ create-kuryrport ─ (daemon plugs) ... pod gone or completed
 *     ─ delete-kuryrport ─ (daemon acknowledges) ─ delete-port ─ drop-finalizer
 *
 * The same way goes a port that no pod can have had and that may never have been made whole.
 */
export function planPod(seen: PodObservation): PodPlan {
  const { pod, kuryrPort } = seen;
  if (kuryrPort !== undefined) {
    const owns = needsPort(pod) && pod.uid === kuryrPort.podUid;
    if (owns && kuryrPort.deletingSince === undefined) return planServed(seen, kuryrPort);
    // Somebody deleted the KuryrPort of a live pod: the finalizer keeps it, and the pod keeps its network. One that its
    // node has released no ADD takes up any more: the pod needs another.
    if (owns && !kuryrPort.released)
      return { actions: [], ...(brokenPort(seen, kuryrPort) === undefined ? { notice: "kept-kuryrport" } : {}) };
    if (kuryrPort.deletingSince === undefined) {
      return { actions: [{ do: "delete-kuryrport", uid: kuryrPort.uid, reason: whyReleased(pod, kuryrPort) }] };
    }
    return planRelease(seen, kuryrPort, kuryrPort.deletingSince);
  }
  if (!needsPort(pod)) return { actions: surplusPorts(seen, []) };
  const mine = seen.ports.find((port) => port.podUid === pod.uid && port.host === pod.nodeName && port.cutOff !== true);
  const surplus = surplusPorts(seen, mine === undefined ? [] : [mine.id]);
  if (mine === undefined) {
    return {
      actions: [
        ...surplus,
        {
          do: "create-port",
          pod,
          reason: `the pod is scheduled to ${pod.nodeName} and has no port`,
        },
      ],
    };
  }
  return {
    actions: [
      ...surplus,
      { do: "create-kuryrport", pod, portId: mine.id, reason: `port ${mine.id} is there for the daemon to plug` },
    ],
  };
}

/** A pod that has its KuryrPort. */
function planServed(seen: PodObservation, kuryrPort: KuryrPortView): PodPlan {
  const broken = brokenPort(seen, kuryrPort);
  if (broken === undefined) return { actions: surplusPorts(seen, kuryrPort.portIds) };
  const reason = `nothing came of port ${broken.id}, whose creation nobody saw the end of`;
  return { actions: [{ do: "delete-kuryrport", uid: kuryrPort.uid, reason }], notice: "not-installed" };
}

/**
 * The port that another one must replace. Where a creation was answered the backend has the port, and what it waits for it
 * would wait for with another port, too.
 */
function brokenPort(seen: PodObservation, { portIds, notInstalled = [] }: KuryrPortView): PortView | undefined {
  return seen.ports.find(({ id, found }) => found === true && portIds.includes(id) && notInstalled.includes(id));
}

function whyReleased(pod: PodView | undefined, kuryrPort: KuryrPortView): string {
  if (pod === undefined) return "the pod is gone";
  if (pod.uid !== kuryrPort.podUid) return `the pod of UID ${kuryrPort.podUid} was replaced by one of the same name`;
  if (pod.completed) return "the pod has completed";
  return "the pod has no use for a port";
}

function planRelease(seen: PodObservation, kuryrPort: KuryrPortView, deletingSince: number): PodPlan {
  const left = deletingSince + seen.releaseTimeoutMs - seen.now;
  let reason: string;
  if (kuryrPort.released) reason = `${kuryrPort.nodeName} has released it`;
  else if (!seen.nodeExists) reason = `node ${kuryrPort.nodeName} is gone`;
  else if (left <= 0) reason = `${kuryrPort.nodeName} did not acknowledge within ${seen.releaseTimeoutMs / 1000} s`;
  else return { actions: [], lookAgainInMs: left };
  const made = seen.ports.filter((port) => port.podUid === kuryrPort.podUid).map((port) => port.id);
  // What others hold beyond our finalizer is released: its ports may be another pod's by now.
  if (!kuryrPort.hasFinalizer) return { actions: made.map((portId) => ({ do: "delete-port", portId, reason })) };
  // Without the acknowledgement something may still use the port: it must not come to another pod.
  const isGood = (portId: string): boolean => kuryrPort.released && kuryrPort.notInstalled?.includes(portId) !== true;
  const ids = new Set([...kuryrPort.portIds, ...made]);
  return {
    actions: [
      ...[...ids].map((portId) => ({ do: isGood(portId) ? "give-port" : "delete-port", portId, reason }) as const),
      {
        do: "drop-finalizer",
        uid: kuryrPort.uid,
        keep: kuryrPort.otherFinalizers,
        reason: "its ports are deleted",
      },
    ],
  };
}

/** Ports made for this key that no KuryrPort names: a create whose answer was lost, a pod that went before its KuryrPort. */
function surplusPorts(seen: PodObservation, keep: readonly string[]): PodAction[] {
  return seen.ports
    .filter((port) => !keep.includes(port.id))
    .map(({ id, cutOff }) => ({
      do: "delete-port",
      portId: id,
      reason: cutOff === true ? "Neutron ended while it made it" : "no KuryrPort names it",
    }));
}
