import { createInformer, keyOf, type Informer } from "@kuryr/kubernetes";

import { kuryrPorts as kuryrPortDefinition, type KuryrPort } from "../../api/kuryr-port.ts";
import { errorFields } from "../../log/logger.ts";
import type { HandlerContext } from "../handlers.ts";
import type { KuryrPortView, NodeView, PodView } from "./plan.ts";
import { projectKuryrPort, projectPod, type Node, type Pod } from "./projection.ts";

const podDefinition = { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true };
const nodeDefinition = { group: "", version: "v1", plural: "nodes", kind: "Node", namespaced: false };

/** Lists of more objects than this are made less often, in proportion. */
const cheapList = 5000;

/** The caches of the pods' capability: they live as long as the process, whoever leads. */
export interface PodInformers {
  readonly pods: Informer<PodView, "uid">;
  readonly kuryrPorts: Informer<KuryrPortView, "podUid" | "portId">;
  readonly nodes: Informer<NodeView>;
  /** Resolves when all hold whatever there was at the time of the call, also of what another controller has written. */
  refresh(): Promise<void>;
  /** Lists and watches until the signal aborts. */
  run(signal: AbortSignal, onSynced: () => void): Promise<void>;
}

/** Makes the caches; they are empty until `run`. */
export function podInformers({ kubernetes, config, log, metrics }: HandlerContext): PodInformers {
  const watching = (what: string) => ({
    onError: (error: unknown) => log.warn(`watching ${what}: trying again`, errorFields(error)),
    ...relisting(config.kubernetes.watch_reconcile_period * 1000),
  });
  const pods = createInformer<Pod, PodView, "uid">(kubernetes.resource<Pod>(podDefinition), {
    project: projectPod(config.kubernetes.ignored_runtime_classes),
    indexes: { uid: (pod) => [pod.uid] },
    ...watching("pods"),
  });
  const kuryrPorts = createInformer<KuryrPort, KuryrPortView, "podUid" | "portId">(
    kubernetes.resource<KuryrPort>(kuryrPortDefinition),
    {
      project: projectKuryrPort,
      indexes: { podUid: (port) => [port.podUid], portId: (port) => port.portIds },
      ...watching("KuryrPorts"),
    },
  );
  const nodes = createInformer<Node, NodeView>(kubernetes.resource<Node>(nodeDefinition), {
    project: (node) => ({ name: node.metadata.name, schedulable: node.spec?.unschedulable !== true }),
    ...watching("nodes"),
  });
  const all = [pods, kuryrPorts, nodes];

  const releases = metrics.gauge(
    "kuryr_releases_waiting",
    "KuryrPorts that are deleted and stay until their ports in Neutron are: the journal of releases.",
    [],
  );
  const waiting = new Set<string>();
  const count = (view: KuryrPortView, gone: boolean): void => {
    if (!gone && view.deletingSince !== undefined && view.hasFinalizer) waiting.add(keyOf(view));
    else waiting.delete(keyOf(view));
    releases.set({}, waiting.size);
  };
  releases.set({}, 0);
  kuryrPorts.handle({
    add: (view) => count(view, false),
    update: (_, view) => count(view, false),
    delete: (view) => count(view, true),
  });

  return {
    pods,
    kuryrPorts,
    nodes,
    refresh: async () => void (await Promise.all(all.map((informer) => informer.refresh()))),
    async run(signal, onSynced) {
      const running = all.map((informer) => informer.run(signal));
      // Rejects only when it is stopped.
      Promise.all(all.map((informer) => informer.synced)).then(onSynced, () => undefined);
      await Promise.all(running);
    },
  };
}

/** Options for informers that list again now and then. */
function relisting(periodMs: number): { relistMs?: (objects: number) => number } {
  return periodMs === 0 ? {} : { relistMs: (objects) => periodMs * Math.max(1, objects / cheapList) };
}
