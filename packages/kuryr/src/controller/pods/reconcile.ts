import {
  AlreadyExistsError,
  keyOf,
  NotFoundError,
  parseKey,
  type Clock,
  type ReconcileResult,
  type Resource,
} from "@kuryr/kubernetes";
import { isKind } from "@kuryr/openstack";

import { KuryrError } from "../../api/errors.ts";
import { kuryrPortFinalizer, nodeNameLabel } from "../../api/keys.ts";
import type { KuryrPort } from "../../api/kuryr-port.ts";
import { markOf } from "../../api/ownership.ts";
import type { PortGateway } from "../ports/gateway.ts";
import type { PortInventory } from "../ports/inventory.ts";
import type { SubnetDirectory } from "../ports/subnets.ts";
import type { BandwidthPolicies } from "../bandwidth/policies.ts";
import type { PodMetrics } from "../metrics.ts";
import type { LivePool, PodDrivers } from "./drivers/drivers.ts";
import type { EventSink } from "./events.ts";
import type { KuryrPortCache } from "./kuryr-ports.ts";
import { noticeTeller } from "./notices.ts";
import { lacksPort, planPod, type PodAction, type PodObservation, type PodView, type PortView } from "./plan.ts";
import { projectKuryrPort } from "./projection.ts";
import type { Seats } from "./seats.ts";

/** What kuryr.conf says of pods, beside what the drivers read. */
export interface PodNetworkSettings {
  readonly cluster: string;
  readonly releaseTimeoutMs: number;
  readonly ignoredRuntimeClasses: readonly string[];
}

/** Who may wait for OpenStack: pods that lack a port, and what ends, do not wait for each other. */
export interface PodSeats {
  readonly starting: Seats;
  readonly ending: Seats;
}

/** Everything a pod's reconcile reads and writes. */
export interface PodReconcilerDependencies {
  readonly pods: { get(key: string): PodView | undefined };
  readonly nodes: { get(key: string): unknown };
  readonly kuryrPorts: KuryrPortCache;
  readonly kuryrPortApi: Resource<KuryrPort>;
  readonly inventory: PortInventory;
  readonly ports: PortGateway;
  readonly subnets: SubnetDirectory;
  readonly drivers: Omit<PodDrivers, "pool">;
  readonly pool: LivePool;
  readonly bandwidth: BandwidthPolicies;
  readonly events: EventSink | undefined;
  readonly metrics: Pick<PodMetrics, "gaveUp">;
  readonly settings: PodNetworkSettings;
  readonly seats: PodSeats;
  readonly clock: Clock;
  /** Told of every action, before it is taken. */
  readonly onAction?: (key: string, action: PodAction) => void;
}

/** More rounds than any state needs; a reconcile that does not settle is an error of the plan. */
const maxRounds = 8;

/**
 * Brings one pod's port and KuryrPort to what is wanted: observe, plan, apply, until nothing is left to do. Where that
 * needs OpenStack it takes a seat; without one it is deferred, and the key's turn comes by `seats`.
 */
export function podReconciler(
  deps: PodReconcilerDependencies,
): (key: string, signal: AbortSignal) => Promise<ReconcileResult> {
  const { settings, inventory, kuryrPorts, kuryrPortApi } = deps;

  /** Creates that were not answered, by key: Neutron may still be at it when it is asked for its effect. */
  const unanswered = new Map<string, { readonly podUid: string; readonly cutOff: boolean }>();

  /** A late write may have marked a port that another pod has by now: what that one's KuryrPort says counts. */
  const isOfAnother = (key: string, portId: string): boolean => {
    const owner = kuryrPorts.ofPort(portId);
    return owner !== undefined && keyOf(owner) !== key;
  };

  const observe = (key: string): PodObservation => {
    const pod = deps.pods.get(key);
    const kuryrPort = kuryrPorts.get(key);
    const uids = [pod?.uid, kuryrPort?.podUid].filter((uid) => uid !== undefined);
    const create = unanswered.get(key);
    const asItCame = (port: PortView): PortView =>
      create?.cutOff === true && port.found === true && port.podUid === create.podUid
        ? { ...port, cutOff: true }
        : port;
    return {
      now: deps.clock.wallTime(),
      pod,
      kuryrPort,
      ports: inventory
        .of(key, uids)
        .filter((port) => !isOfAnother(key, port.id))
        .map(asItCame),
      nodeExists: kuryrPort === undefined || deps.nodes.get(kuryrPort.nodeName) !== undefined,
      releaseTimeoutMs: settings.releaseTimeoutMs,
    };
  };

  /** Takes in what Neutron has for a pod; says whether there is anything. */
  const adopt = async (podUid: string, signal: AbortSignal): Promise<boolean> => {
    const found = await deps.ports.ofPod(podUid, signal);
    for (const port of found) inventory.find(port);
    return found.length > 0;
  };

  const createPort = async (
    key: string,
    { pod }: PodAction & { do: "create-port" },
    mayAsk: () => boolean,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const isUnanswered = unanswered.get(key)?.podUid === pod.uid;
    // No pool has ports with limits of their own.
    if ((isUnanswered || pod.bandwidth !== undefined) && !mayAsk()) return false;
    if (isUnanswered && (await adopt(pod.uid, signal))) return true;
    unanswered.delete(key);
    const { drivers } = deps;
    const [projectId, subnets, securityGroups, qosPolicyId] = await Promise.all([
      drivers.project.projectOf(pod, signal),
      drivers.subnets.subnetsOf(pod, signal),
      drivers.securityGroups.groupsOf(pod, signal),
      deps.bandwidth.policyFor(pod, signal),
    ]);
    const mark = markOf({ cluster: settings.cluster, kind: "pod", namespace: pod.namespace, name: pod.name });
    const wanted = drivers.vif.portFor({ pod, projectId, subnets, securityGroups, qosPolicyId, mark });
    try {
      const port = await deps.pool.take(wanted, signal, mayAsk);
      if (port === undefined) return false;
      inventory.put(port);
      await refuseFailedBinding(port.id, port["binding:vif_type"], pod.nodeName, signal);
      return true;
    } catch (error) {
      // Somebody deleted it, as a policy that no pod asks for: the next try has another one made.
      if (qosPolicyId !== undefined && isKind(error, "not-found") && error.type === "QosPolicyNotFound")
        deps.bandwidth.forget(qosPolicyId);
      // The answer may have been lost after the effect: what was made is found by its device_id before it is made again.
      if (deps.ports.isUncertain(error)) {
        unanswered.set(key, { podUid: pod.uid, cutOff: deps.ports.wasCutOff(error) });
        await adopt(pod.uid, signal);
      }
      throw error;
    }
  };

  const refuseFailedBinding = async (
    id: string,
    vifType: string | undefined,
    node: string,
    signal: AbortSignal,
  ): Promise<void> => {
    if (vifType !== "binding_failed") return;
    // It would stay so for ever; by the next try Neutron may know the chassis.
    await deps.ports.delete(id, signal);
    inventory.remove(id);
    deps.metrics.gaveUp();
    throw new KuryrError(
      "KURYR_BINDING_FAILED",
      `Neutron could not bind a port to ${node}`,
      `does an OVN chassis (or an Open vSwitch agent) named exactly ${node} report to Neutron?`,
    );
  };

  const createKuryrPort = async (
    action: PodAction & { do: "create-kuryrport" },
    signal: AbortSignal,
  ): Promise<void> => {
    const port = inventory.get(action.portId);
    if (port === undefined) return; // Gone in the meantime: the next round plans anew.
    const { pod } = action;
    const context = await deps.subnets.contextOf(port, signal);
    const spec = {
      podUid: pod.uid,
      podNodeName: pod.nodeName,
      ...(pod.isStatic ? { podStatic: true } : {}),
      interfaces: [deps.drivers.vif.interfaceOf(port, context)],
    };
    try {
      const made = await kuryrPortApi.create(
        {
          metadata: {
            name: pod.name,
            namespace: pod.namespace,
            labels: { [nodeNameLabel]: pod.nodeName },
            finalizers: [kuryrPortFinalizer],
          },
          spec,
        },
        { signal },
      );
      kuryrPorts.created(projectKuryrPort(made));
      deps.pool.placed?.(port.id);
    } catch (error) {
      if (!(error instanceof AlreadyExistsError)) throw error;
      const found = await kuryrPortApi.find({ name: pod.name, namespace: pod.namespace }, { signal });
      if (found !== undefined) kuryrPorts.created(projectKuryrPort(found));
      // An earlier answer was lost; a port that it does not name goes by the next plan.
      deps.pool.placed?.(port.id);
    }
  };

  const deleteKuryrPort = async (
    key: string,
    { uid }: PodAction & { do: "delete-kuryrport" },
    signal: AbortSignal,
  ): Promise<void> => {
    try {
      const deleted = await kuryrPortApi.delete(parseKey(key), { uid, signal });
      if (deleted?.metadata.deletionTimestamp !== undefined) kuryrPorts.changed(projectKuryrPort(deleted));
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      kuryrPorts.gone(key, uid);
    }
  };

  /** @returns false where OpenStack had to be asked and may not: then nothing was done */
  const apply = async (
    key: string,
    action: PodAction,
    mayAsk: () => boolean,
    signal: AbortSignal,
  ): Promise<boolean> => {
    if ((action.do === "give-port" || action.do === "delete-port") && !mayAsk()) return false;
    deps.onAction?.(key, action);
    switch (action.do) {
      case "create-port":
        return createPort(key, action, mayAsk, signal);
      case "create-kuryrport":
        await createKuryrPort(action, signal);
        return true;
      case "delete-kuryrport":
        await deleteKuryrPort(key, action, signal);
        return true;
      case "give-port": {
        const kept = await deps.pool.give(action.portId, signal);
        if (kept === undefined) inventory.remove(action.portId);
        return true;
      }
      case "delete-port":
        await deps.ports.delete(action.portId, signal);
        inventory.remove(action.portId);
        deps.pool.dropped?.(action.portId);
        return true;
      case "drop-finalizer":
        await dropFinalizer(key, action, signal);
        return true;
      default:
        throw new KuryrError("KURYR_PLAN", "the plan has an action that nobody applies");
    }
  };

  const dropFinalizer = async (
    key: string,
    { uid, keep }: PodAction & { do: "drop-finalizer" },
    signal: AbortSignal,
  ): Promise<void> => {
    const ref = parseKey(key);
    try {
      const left = await kuryrPortApi.patch(
        ref,
        {
          type: "json",
          // The test saves a namesake that was made since.
          operations: [
            { op: "test", path: "/metadata/uid", value: uid },
            { op: "replace", path: "/metadata/finalizers", value: keep },
          ],
        },
        { signal },
      );
      if (keep.length === 0) kuryrPorts.gone(key, uid);
      else kuryrPorts.changed(projectKuryrPort(left));
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      kuryrPorts.gone(key, uid);
    }
  };

  const tell = noticeTeller(deps.events);
  const settle = async (key: string, signal: AbortSignal): Promise<ReconcileResult> => {
    for (let round = 0; round < maxRounds; round += 1) {
      const seen = observe(key);
      if (seen.pod === undefined) unanswered.delete(key);
      const plan = planPod(seen);
      tell(seen.pod, plan.notice);
      if (plan.actions.length === 0)
        return plan.lookAgainInMs === undefined ? {} : { requeueAfterMs: plan.lookAgainInMs };
      const seats = lacksPort(seen.pod, seen.kuryrPort) ? deps.seats.starting : deps.seats.ending;
      const mayAsk = (): boolean => seats.take(key);
      for (const action of plan.actions) if (!(await apply(key, action, mayAsk, signal))) return { deferred: true };
    }
    throw new KuryrError("KURYR_PLAN", `the plan for pod ${key} does not settle`);
  };

  return async (key, signal) => {
    try {
      return await settle(key, signal);
    } finally {
      deps.seats.starting.leave(key);
      deps.seats.ending.leave(key);
    }
  };
}
