import { createInformer, keyOf, runWorkers, WorkQueue, type Connection } from "@kuryr/kubernetes";

import { nodeNameLabel } from "../api/keys.ts";
import { kuryrPorts as kuryrPortDefinition, type KuryrPort } from "../api/kuryr-port.ts";
import { errorFields, type Logger } from "../log/logger.ts";
import { insist } from "../process/insist.ts";
import { add, type AddTimes } from "./add.ts";
import { AttachmentStore } from "./attachments.ts";
import { podOf, type CniCall } from "./cni/call.ts";
import { conflist, cniVersionFor, installConflist } from "./cni/conflist.ts";
import { CniError, cniCodes } from "./cni/errors.ts";
import { serveCni, type CniServer } from "./cni/server.ts";
import { del } from "./del.ts";
import { KeyLock } from "./key-lock.ts";
import { KuryrPortWaiters, projectNodePort, type NodePort } from "./kuryr-ports.ts";
import type { Plugger } from "./plug.ts";
import { planStatus, writeStatus } from "./status.ts";

/** What a daemon runs on. */
export interface DaemonDependencies {
  readonly nodeName: string;
  readonly kubernetes: Connection;
  readonly plugger: Plugger;
  readonly log: Logger;
  /** Unix socket for the CNI shim. */
  readonly socketPath: string;
  /** Directory of the attachments: on a tmpfs, so that it survives restarts of the daemon and not those of the node. */
  readonly stateDirectory: string;
  /** Where the runtime looks for CNI configurations. */
  readonly conflistPath: string;
  readonly timeoutMs: number;
  /** Resolves once the switch answers. */
  readonly switchReady: (signal: AbortSignal) => Promise<void>;
  /** Told once the runtime can call. */
  readonly onReady?: () => void;
  readonly onAdded?: (times: AddTimes) => void;
}

interface Node {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly status?: { readonly nodeInfo?: { readonly containerRuntimeVersion?: string } };
}

/** Runs the daemon until the signal aborts; then lets the calls under way end. */
export async function runDaemon(deps: DaemonDependencies, signal: AbortSignal): Promise<void> {
  const { log, nodeName, kubernetes, plugger } = deps;
  const api = kubernetes.resource<KuryrPort>(kuryrPortDefinition);
  const informer = createInformer<KuryrPort, NodePort, "podUid">(api, {
    labelSelector: `${nodeNameLabel}=${nodeName}`,
    project: projectNodePort,
    indexes: { podUid: (port) => [port.podUid] },
    onError: (error) => log.warn("watching KuryrPorts: trying again", errorFields(error)),
  });
  const waiters = new KuryrPortWaiters((key) => informer.get(key));
  const attachments = new AttachmentStore(deps.stateDirectory, (file, error) =>
    log.error("an attachment on disk cannot be read and is left alone", { file, ...errorFields(error) }),
  );
  const queue = new WorkQueue();
  const adding = new Map<string, number>();
  const locks = new KeyLock();

  const changed = (port: NodePort): void => {
    waiters.changed(keyOf(port));
    queue.add(keyOf(port));
  };
  informer.handle({ add: changed, update: (_, port) => changed(port) });
  /** Looks again at the KuryrPorts of a pod whose state on this node changed. */
  const lookAt = (podUid: string): void => {
    for (const port of informer.byIndex("podUid", podUid)) queue.add(keyOf(port));
  };

  const serveAdd = async (call: CniCall, abort: AbortSignal): Promise<object> => {
    const pod = podOf(call);
    const uid = pod?.uid ?? "";
    adding.set(uid, (adding.get(uid) ?? 0) + 1);
    try {
      return await add(
        call,
        {
          ports: waiters,
          attachments,
          plugger,
          timeoutMs: deps.timeoutMs,
          log,
          onAdded: (port, attachment, times) => {
            log.debug("added", { pod: keyOf(port), sandbox: attachment.containerId, ...roundedTimes(times) });
            deps.onAdded?.(times);
          },
        },
        abort,
      );
    } finally {
      const left = (adding.get(uid) ?? 1) - 1;
      if (left === 0) adding.delete(uid);
      else adding.set(uid, left);
      lookAt(uid);
      const attached = attachments.get(call.containerId, call.ifName);
      if (attached !== undefined && attached.podUid !== uid) lookAt(attached.podUid);
    }
  };

  const handle = async (call: CniCall, abort: AbortSignal): Promise<object | undefined> => {
    const limited = AbortSignal.any([abort, signal]);
    switch (call.command) {
      case "ADD":
        return locks.run(lockOf(call), () => serveAdd(call, limited));
      case "DEL":
        await locks.run(lockOf(call), () => del(call, { attachments, plugger, onDetached: lookAt }, limited));
        return undefined;
      case "CHECK":
        await check(call);
        return undefined;
      case "STATUS":
        return undefined; // The socket answers only while the daemon is ready.
      case "GC":
        await collect(call, limited);
        return undefined;
      default:
        throw new CniError(cniCodes.invalidEnvironment, "KURYR_CNI_ENVIRONMENT", "an unknown command");
    }
  };

  const lockOf = (call: CniCall): string => {
    const attachment = attachments.get(call.containerId, call.ifName);
    if (attachment !== undefined) return `${attachment.namespace}/${attachment.name}`;
    const pod = podOf(call);
    return pod === undefined ? call.containerId : `${pod.namespace}/${pod.name}`;
  };

  const check = async (call: CniCall): Promise<void> => {
    const attachment = attachments.get(call.containerId, call.ifName);
    const port = attachment === undefined ? undefined : informer.byIndex("podUid", attachment.podUid)[0];
    const spec = port?.interfaces[0];
    if (attachment?.result === undefined || spec === undefined) {
      throw new CniError(
        cniCodes.unknownContainer,
        "KURYR_CNI_UNKNOWN_SANDBOX",
        `sandbox ${call.containerId} has no interface of Kuryr's`,
      );
    }
    const netns = plugger.openNetns(call.netns);
    try {
      if (!(await plugger.isPlugged(netns, call.ifName, spec.mac))) {
        throw new CniError(
          cniCodes.internal,
          "KURYR_CNI_CHECK",
          `${call.ifName} is missing or has another MAC than ${spec.mac}`,
        );
      }
    } finally {
      netns.close();
    }
  };

  /** GC: every attachment that the runtime does not list is of a sandbox that it has forgotten. */
  const collect = async (call: CniCall, limited: AbortSignal): Promise<void> => {
    const listed = call.config["cni.dev/valid-attachments"] ?? call.config["cni.dev/attachments"];
    if (!Array.isArray(listed))
      throw new CniError(cniCodes.invalidConfig, "KURYR_CNI_GC", "GC without a list of valid attachments");
    const valid = new Set(
      (listed as { containerID?: string; ifname?: string }[]).map((one) => `${one.containerID}-${one.ifname}`),
    );
    for (const one of attachments.all()) {
      if (valid.has(`${one.containerId}-${one.ifName}`)) continue;
      const forgotten = { ...call, command: "DEL" as const, containerId: one.containerId, ifName: one.ifName };
      await locks.run(`${one.namespace}/${one.name}`, () =>
        del(forgotten, { attachments, plugger, onDetached: lookAt }, limited),
      );
    }
  };

  const reconcile = async (key: string, abort: AbortSignal): Promise<void> => {
    const port = informer.get(key);
    if (port === undefined) return;
    const local = {
      attachments: attachments.ofPod(port.podUid),
      adding: (adding.get(port.podUid) ?? 0) > 0,
      plugged: port.interfaces.some(({ portId }) => plugger.hasPort(portId)),
    };
    const status = planStatus(port, local, new Date());
    if (status !== undefined) await writeStatus(api, port, status, abort);
  };

  const watching = informer.run(signal);
  await Promise.all([informer.synced, deps.switchReady(signal)]);
  const stale = await plugger.collectStale(new Set(attachments.all().map((one) => one.containerId)), signal);
  if (stale.length > 0) log.info("ports of sandboxes that are gone taken off the switch", { ports: stale });
  let server: CniServer | undefined;
  try {
    server = await serveCni(deps.socketPath, handle);
    const cniVersion = cniVersionFor(
      // A kubelet that has just started may not have registered its node yet.
      await insist(`reading node ${nodeName}`, () => containerRuntime(kubernetes, nodeName, signal), {
        clock: kubernetes.clock,
        log,
        signal,
      }),
    );
    if (installConflist(deps.conflistPath, conflist(cniVersion)))
      log.info("CNI configuration installed", { path: deps.conflistPath, cniVersion });
    log.info("daemon is working", {
      node: nodeName,
      kuryrPorts: informer.size,
      attachments: attachments.all().length,
    });
    deps.onReady?.();
    await runWorkers(queue, {
      workers: 8,
      reconcile,
      onError: (error, { key, retryInMs }) =>
        log.warn("status of a KuryrPort could not be written", { pod: key, retryInMs, ...errorFields(error) }),
      signal,
    });
  } finally {
    await server?.close();
  }
  await watching;
}

/** What the node says of its container runtime. */
async function containerRuntime(kubernetes: Connection, name: string, signal: AbortSignal): Promise<string> {
  const nodes = kubernetes.resource<Node>({
    group: "",
    version: "v1",
    plural: "nodes",
    kind: "Node",
    namespaced: false,
  });
  return (await nodes.get({ name }, { signal })).status?.nodeInfo?.containerRuntimeVersion ?? "";
}

function roundedTimes(times: AddTimes): Record<string, number> {
  return Object.fromEntries(
    Object.entries(times).map(([phase, ms]: [string, number]) => [phase, Math.round(ms * 100) / 100]),
  );
}
