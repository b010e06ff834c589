import { createInformer, keyOf, runWorkers, WorkQueue, type Connection } from "@kuryr/kubernetes";

import { nodeNameLabel } from "../api/keys.ts";
import { kuryrPorts as kuryrPortDefinition, type KuryrPort } from "../api/kuryr-port.ts";
import { errorFields, type Logger } from "../log/logger.ts";
import { reason } from "../process/health.ts";
import { insist } from "../process/insist.ts";
import { AttachmentStore } from "./attachments.ts";
import { serveCalls } from "./calls.ts";
import { conflist, cniVersionFor, installConflist } from "./cni/conflist.ts";
import { serveCni } from "./cni/server.ts";
import type { AddFailures } from "./health/add-failures.ts";
import { KuryrPortWaiters, projectNodePort, type NodePort, type PodName } from "./kuryr-ports.ts";
import { lookForLate } from "./late-kuryr-port.ts";
import type { DaemonMetrics } from "./metrics.ts";
import type { Plugger } from "./plug/plugger.ts";
import { recover } from "./recover.ts";
import { planStatus, writeStatus } from "./status.ts";
import type { Availability } from "./verbs/status.ts";

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
  /** Plugins that the runtime calls after Kuryr's, such as `portmap`. */
  readonly chainedPlugins: readonly string[];
  /** Milliseconds that an ADD waits for its KuryrPort, and then for its interfaces. */
  readonly timeoutMs: number;
  /** Pods that are plugged at once. */
  readonly atOnce: number;
  readonly failures: AddFailures;
  readonly metrics: DaemonMetrics;
  /** Resolves once the switch answers. */
  readonly switchReady: (signal: AbortSignal) => Promise<void>;
  /** What keeps an ADD from succeeding, beside the start itself. */
  readonly faults: () => Omit<Availability, "starting">;
}

/** How far a daemon is. */
export interface DaemonState {
  /** What the start still waits for; empty once the runtime's calls are served. */
  starting: readonly string[];
  attachments: number;
  kuryrPorts: number;
}

interface Node {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly status?: { readonly nodeInfo?: { readonly containerRuntimeVersion?: string } };
}

/** An ADD that has waited so long for its KuryrPort has it looked for. */
const suspicionMs = 10_000;
/**
 * What is told of a pod that lives waits so long: its containers start meanwhile, and other ADDs come with its own. Nothing
 * waits for it, and the time that it tells is that of the ADD.
 */
const reportAfterMs = 1000;
/** Reports under way at once. */
const reporters = 2;

/** Runs the daemon until the signal aborts; then lets the calls under way end. Tells in `state` how far it is. */
export async function runDaemon(deps: DaemonDependencies, state: DaemonState, signal: AbortSignal): Promise<void> {
  const { log, nodeName, kubernetes, plugger } = deps;
  const api = kubernetes.resource<KuryrPort>(kuryrPortDefinition);
  const informer = createInformer<KuryrPort, NodePort, "podUid">(api, {
    labelSelector: `${nodeNameLabel}=${nodeName}`,
    project: projectNodePort,
    indexes: { podUid: (port) => [port.podUid] },
    onError: (error) => log.warn("watching KuryrPorts: trying again", errorFields(error)),
    hooks: {
      listed: ({ reason: why, changes }) => {
        if (why === "refresh" && changes > 0)
          log.info("KuryrPorts were listed again for an ADD that waits: some the watch had not told of yet", {
            changes,
          });
      },
    },
  });
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  const look = (pod: PodName): Promise<void> =>
    lookForLate(pod, { api, nodeName, informer }, stopped).catch((error: unknown) =>
      // That the API does not answer is told by the watch, and by /ready.
      log.debug("a KuryrPort that is late could not be looked for", { pod: keyOf(pod), ...errorFields(error) }),
    );
  const waiters = new KuryrPortWaiters((key) => informer.get(key), { look, everyMs: suspicionMs });
  const attachments = new AttachmentStore(deps.stateDirectory, (file, error) =>
    log.error("an attachment on disk cannot be read and is left alone", { file, ...errorFields(error) }),
  );
  const queue = new WorkQueue({ clock: kubernetes.clock });
  // A port that is not needed any more is wanted back at once.
  const report = (port: NodePort): void => queue.add(keyOf(port), port.deleting ? {} : { afterMs: reportAfterMs });
  const changed = (port: NodePort): void => {
    waiters.changed(keyOf(port));
    report(port);
    state.kuryrPorts = informer.size;
  };
  const gone = (port: NodePort): void => {
    calls.forget(port.podUid);
    changed(port);
  };
  informer.handle({ add: changed, update: (_, port) => changed(port), delete: gone });
  /** Looks again at the KuryrPorts of a pod whose state on this node changed. */
  const lookAt = (podUid: string): void => {
    state.attachments = attachments.size;
    // After the runtime has its answer: what is reported to Kubernetes is not what a pod waits for.
    setImmediate(() => {
      for (const port of informer.byIndex("podUid", podUid)) report(port);
    });
  };

  const started = Promise.withResolvers<void>();
  const calls = serveCalls(
    {
      ...deps,
      attachments,
      ports: waiters,
      interfacesOf: (podUid) => informer.byIndex("podUid", podUid)[0]?.interfaces,
      availability: () => ({ ...deps.faults(), starting: state.starting }),
      started: started.promise,
      lookAt,
      clock: kubernetes.clock,
    },
    stopped,
  );

  const reconcile = async (key: string, abort: AbortSignal): Promise<void> => {
    const port = informer.get(key);
    if (port === undefined) return;
    const local = {
      attachments: attachments.ofPod(port.podUid),
      adding: calls.isAdding(port.podUid),
      isPlugged: () => port.interfaces.some(({ portId }) => plugger.hasPort(portId)),
      notInstalled: calls.notInstalled(port.podUid),
    };
    const status = planStatus(port, local, new Date());
    if (status !== undefined) await writeStatus(api, port, status, abort);
  };

  const watching = informer.run(stopped);
  // From the first moment: a call that comes early waits for the rest, and STATUS says what that is.
  const server = await serveCni(deps.socketPath, calls.handle);
  try {
    state.starting = [
      reason("KURYR_NOT_STARTED", "the KuryrPorts of this node are not seen yet, or Open vSwitch does not answer"),
    ];
    await Promise.all([informer.synced, deps.switchReady(stopped)]);
    state.starting = [reason("KURYR_NOT_STARTED", "what sandboxes that are gone have left is being taken away")];
    await recover({ attachments, plugger, log }, stopped);
    state.starting = [];
    state.attachments = attachments.size;
    started.resolve();
    const cniVersion = cniVersionFor(
      // A kubelet that has just started may not have registered its node yet.
      await insist(`reading node ${nodeName}`, () => containerRuntime(kubernetes, nodeName, stopped), {
        clock: kubernetes.clock,
        log,
        signal: stopped,
      }),
    );
    if (installConflist(deps.conflistPath, conflist(cniVersion, deps.chainedPlugins)))
      log.info("CNI configuration installed", { path: deps.conflistPath, cniVersion });
    log.info("daemon is working", { node: nodeName, kuryrPorts: informer.size, attachments: attachments.size });
    await runWorkers(queue, {
      workers: reporters,
      reconcile,
      onError: (error, { key, retryInMs }) =>
        log.warn("status of a KuryrPort could not be written", { pod: key, retryInMs, ...errorFields(error) }),
      signal: stopped,
    });
  } finally {
    stop.abort(new Error("the daemon ends"));
    await server.close();
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
