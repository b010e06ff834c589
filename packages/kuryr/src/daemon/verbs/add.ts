import { keyOf } from "@kuryr/kubernetes";

import { errorFields, type Logger } from "../../log/logger.ts";
import { linksOf, type Attachment, type AttachmentStore } from "../attachments.ts";
import { podOf, type CniCall } from "../cni/call.ts";
import { CniError, cniCodes } from "../cni/errors.ts";
import { addResult, type AddResult, type PlumbedInterface } from "../cni/result.ts";
import type { Limiter } from "../../process/limiter.ts";
import type { KuryrPortWaiters, NodePort } from "../kuryr-ports.ts";
import { NotInstalledError } from "../plug/installed.ts";
import type { OpenNetns, Plugger } from "../plug/plugger.ts";

/** How long each phase of an ADD took, in milliseconds. */
export interface AddTimes {
  readonly wait: number;
  readonly netns: number;
  readonly ovsdb: number;
  readonly installed: number;
  readonly total: number;
}

export interface AddDependencies {
  readonly ports: KuryrPortWaiters;
  readonly attachments: AttachmentStore;
  readonly plugger: Plugger;
  /** How many pods are plugged at once; those that wait for their KuryrPort, or then for the backend, do not count. */
  readonly limiter: Limiter;
  /** Milliseconds to wait for the KuryrPort, and then for its interfaces. */
  readonly timeoutMs: number;
  readonly log: Logger;
  /** Runs what changes the node, one call of a pod after the other. */
  readonly locked: <T>(work: () => Promise<T>) => Promise<T>;
  readonly onAdded: (port: NodePort, attachment: Attachment, times: AddTimes) => void;
  /** An ADD was taken back because OVN did not program one of its ports. */
  readonly onNotInstalled: (port: NodePort, portId: string) => void;
}

/**
 * Gives a sandbox its interfaces.
 *
 * Asked again for the same sandbox it answers as before. What an older sandbox of the pod still has is taken away
 * first: the kubelet makes a new one only when it has given the old one up. A failure leaves nothing behind.
 */
export async function add(call: CniCall, deps: AddDependencies, signal: AbortSignal): Promise<AddResult> {
  const start = performance.now();
  const pod = podOf(call);
  if (pod === undefined) {
    throw new CniError(
      cniCodes.invalidEnvironment,
      "KURYR_CNI_NO_POD",
      "CNI_ARGS names no pod",
      "Kuryr serves pods of Kubernetes only",
    );
  }
  const netns = deps.plugger.openNetns(call.netns);
  try {
    if (netns.isHost) {
      throw new CniError(
        cniCodes.invalidEnvironment,
        "KURYR_CNI_HOST_NETNS",
        `CNI_NETNS ${call.netns} is the node's own network namespace`,
      );
    }
    const known = (): AddResult | undefined => {
      const attachment = deps.attachments.get(call.containerId, call.ifName);
      return attachment?.netnsInode === netns.inode ? attachment.result : undefined;
    };
    const before = known();
    if (before !== undefined) return before;
    // Not under the lock: the KuryrPort may come only after the DEL of a namesake's sandbox, which needs the lock.
    await deps.ports.wait(pod, deps.timeoutMs, signal);
    return await deps.locked(async () => {
      const meanwhile = known();
      if (meanwhile !== undefined) return meanwhile;
      const port = await deps.ports.wait(pod, deps.timeoutMs, signal);
      return attach(call, netns, port, { ...deps, startedAt: start }, signal);
    });
  } finally {
    netns.close();
  }
}

async function attach(
  call: CniCall,
  netns: OpenNetns,
  port: NodePort,
  deps: AddDependencies & { readonly startedAt: number },
  signal: AbortSignal,
): Promise<AddResult> {
  const waited = performance.now();
  await removeOlder(port, call, deps, signal);
  const attachment = intended(call, netns, port, deps.plugger);
  deps.attachments.put(attachment);
  try {
    const plug = (made: () => void): ReturnType<typeof plugAll> => plugAll(call, netns, port, deps, made, signal);
    const { plumbed, times } = await deps.limiter.run(plug, signal);
    const result = addResult(call.cniVersion, call.netns, plumbed);
    const done = { ...attachment, result, addedAt: Date.now() };
    deps.attachments.put(done);
    deps.onAdded(port, done, { wait: waited - deps.startedAt, ...times, total: performance.now() - deps.startedAt });
    return result;
  } catch (error) {
    await undo(attachment, deps);
    if (error instanceof NotInstalledError) deps.onNotInstalled(port, error.portId);
    throw error;
  }
}

/** The name inside the pod: the runtime names the first interface. */
export const nameInside = (call: CniCall, index: number, name: string): string => (index === 0 ? call.ifName : name);

function intended(call: CniCall, netns: OpenNetns, port: NodePort, plugger: Plugger): Attachment {
  return {
    containerId: call.containerId,
    ifName: call.ifName,
    netns: call.netns,
    netnsInode: netns.inode,
    namespace: port.namespace,
    name: port.name,
    podUid: port.podUid,
    interfaces: port.interfaces.map((spec) => {
      const [hostName = "", ...others] = plugger.links(spec);
      return { hostName, portId: spec.portId, ...(others.length === 0 ? {} : { others }) };
    }),
  };
}

async function removeOlder(port: NodePort, call: CniCall, deps: AddDependencies, signal: AbortSignal): Promise<void> {
  for (const older of deps.attachments.ofPod(port.podUid)) {
    const same = older.containerId === call.containerId && older.ifName === call.ifName;
    deps.log.info("removing what an earlier sandbox of the pod has left", {
      pod: `${port.namespace}/${port.name}`,
      sandbox: older.containerId,
    });
    await deps.plugger.unplug(older.containerId, linksOf(older), signal);
    if (!same) deps.attachments.remove(older);
  }
}

async function plugAll(
  call: CniCall,
  netns: OpenNetns,
  port: NodePort,
  deps: AddDependencies,
  made: () => void,
  signal: AbortSignal,
): Promise<{ plumbed: PlumbedInterface[]; times: Omit<AddTimes, "wait" | "total"> }> {
  const active = (portId: string, limited: AbortSignal): Promise<void> =>
    deps.ports.untilActive(keyOf(port), portId, limited);
  let inMaking = port.interfaces.length;
  const oneMade = (): void => {
    inMaking -= 1;
    if (inMaking === 0) made();
  };
  const plugs = port.interfaces.map(async (spec, index) => {
    const name = nameInside(call, index, spec.name);
    const plugged = await deps.plugger.plug(
      { containerId: call.containerId, netns, name, spec, timeoutMs: deps.timeoutMs, made: oneMade, active },
      signal,
    );
    return { plumbed: { spec, name, host: plugged.host }, times: plugged.times };
  });
  // All must have ended before anything is undone.
  const outcomes = await Promise.allSettled(plugs);
  const done = outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
  const longest = (pick: "netns" | "ovsdb" | "installed"): number => Math.max(...done.map(({ times }) => times[pick]));
  return {
    plumbed: done.map(({ plumbed }) => plumbed),
    times: { netns: longest("netns"), ovsdb: longest("ovsdb"), installed: longest("installed") },
  };
}

/** Takes back a half-made ADD; with its own time limit, since the caller may be gone. */
async function undo(attachment: Attachment, deps: AddDependencies): Promise<void> {
  try {
    await deps.plugger.unplug(attachment.containerId, linksOf(attachment), AbortSignal.timeout(15_000));
    deps.attachments.remove(attachment);
  } catch (error) {
    // The attachment stays on disk: the runtime's DEL, or the next start of the daemon, takes it up.
    deps.log.warn("could not undo a failed ADD", {
      pod: `${attachment.namespace}/${attachment.name}`,
      ...errorFields(error),
    });
  }
}
