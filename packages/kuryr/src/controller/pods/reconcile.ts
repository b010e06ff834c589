import {
  AlreadyExistsError,
  NotFoundError,
  parseKey,
  type Clock,
  type ReconcileResult,
  type Resource,
} from "@kuryr/kubernetes";

import { KuryrError } from "../../api/errors.ts";
import { kuryrPortFinalizer, nodeNameLabel, podDeviceOwner } from "../../api/keys.ts";
import type { KuryrPort } from "../../api/kuryr-port.ts";
import { markOf } from "../../api/ownership.ts";
import type { PortGateway } from "../ports/gateway.ts";
import type { PortInventory } from "../ports/inventory.ts";
import type { SubnetDirectory } from "../ports/subnets.ts";
import { defaultInterface } from "./interfaces.ts";
import type { KuryrPortCache } from "./kuryr-ports.ts";
import { planPod, type PodAction, type PodObservation, type PodView } from "./plan.ts";
import { projectKuryrPort } from "./projection.ts";

/** Where pods get their ports: what kuryr.conf says. */
export interface PodNetworkSettings {
  readonly cluster: string;
  readonly projectId: string;
  readonly podSubnet: string;
  readonly podSecurityGroups: readonly string[];
  readonly resourceTags: readonly string[];
  readonly bridge: string;
  readonly deviceMtu: number;
  readonly releaseTimeoutMs: number;
  readonly ignoredRuntimeClasses: readonly string[];
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
  readonly settings: PodNetworkSettings;
  readonly clock: Clock;
  /** Told of every action, before it is taken. */
  readonly onAction?: (key: string, action: PodAction) => void;
}

/** More rounds than any state needs; a reconcile that does not settle is an error of the plan. */
const maxRounds = 8;

/** Brings one pod's port and KuryrPort to what is wanted: observe, plan, apply, until nothing is left to do. */
export function podReconciler(
  deps: PodReconcilerDependencies,
): (key: string, signal: AbortSignal) => Promise<ReconcileResult> {
  const { settings, inventory, kuryrPorts, kuryrPortApi } = deps;

  const observe = (key: string): PodObservation => {
    const pod = deps.pods.get(key);
    const kuryrPort = kuryrPorts.get(key);
    const uids = [pod?.uid, kuryrPort?.podUid].filter((uid) => uid !== undefined);
    return {
      now: deps.clock.wallTime(),
      pod,
      kuryrPort,
      ports: inventory.of(key, uids),
      nodeExists: kuryrPort === undefined || deps.nodes.get(kuryrPort.nodeName) !== undefined,
      releaseTimeoutMs: settings.releaseTimeoutMs,
    };
  };

  const createPort = async (
    key: string,
    action: PodAction & { do: "create-port" },
    signal: AbortSignal,
  ): Promise<void> => {
    const { name, namespace = "" } = parseKey(key);
    const subnet = await deps.subnets.get(settings.podSubnet, signal);
    const mark = markOf({ cluster: settings.cluster, kind: "pod", namespace, name });
    try {
      const port = await deps.ports.create(
        {
          network_id: subnet.network_id,
          ...(settings.projectId === "" ? {} : { project_id: settings.projectId }),
          fixed_ips: [{ subnet_id: subnet.id }],
          security_groups: settings.podSecurityGroups,
          "binding:host_id": action.nodeName,
          device_owner: podDeviceOwner,
          device_id: action.podUid,
          description: mark,
          ...(settings.resourceTags.length === 0 ? {} : { tags: settings.resourceTags }),
        },
        signal,
      );
      inventory.put(port);
      await refuseFailedBinding(port.id, port["binding:vif_type"], action.nodeName, signal);
    } catch (error) {
      // The answer may have been lost after the effect: what was made is found by its device_id before it is made again.
      if (deps.ports.isUncertain(error))
        for (const port of await deps.ports.ofPod(action.podUid, signal)) inventory.put(port);
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
      interfaces: [defaultInterface(port, { ...context, deviceMtu: settings.deviceMtu, bridge: settings.bridge })],
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
      kuryrPorts.wrote(projectKuryrPort(made));
    } catch (error) {
      if (!(error instanceof AlreadyExistsError)) throw error;
      const found = await kuryrPortApi.find({ name: pod.name, namespace: pod.namespace }, { signal });
      if (found !== undefined) kuryrPorts.wrote(projectKuryrPort(found));
    }
  };

  const apply = async (key: string, action: PodAction, signal: AbortSignal): Promise<void> => {
    deps.onAction?.(key, action);
    const ref = parseKey(key);
    switch (action.do) {
      case "create-port":
        return createPort(key, action, signal);
      case "create-kuryrport":
        return createKuryrPort(action, signal);
      case "delete-kuryrport":
        try {
          const deleted = await kuryrPortApi.delete(ref, { uid: action.uid, signal });
          if (deleted?.metadata.deletionTimestamp !== undefined) kuryrPorts.wrote(projectKuryrPort(deleted));
        } catch (error) {
          if (!(error instanceof NotFoundError)) throw error;
          kuryrPorts.wroteGone(key, action.uid);
        }
        return undefined;
      case "delete-port":
        await deps.ports.delete(action.portId, signal);
        inventory.remove(action.portId);
        return undefined;
      case "drop-finalizer":
        await dropFinalizer(key, action, signal);
        return undefined;
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
      await kuryrPortApi.patch(
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
      if (keep.length === 0) kuryrPorts.wroteGone(key, uid);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      kuryrPorts.wroteGone(key, uid);
    }
  };

  return async (key, signal) => {
    for (let round = 0; round < maxRounds; round += 1) {
      const plan = planPod(observe(key));
      if (plan.actions.length === 0)
        return plan.lookAgainInMs === undefined ? {} : { requeueAfterMs: plan.lookAgainInMs };
      for (const action of plan.actions) await apply(key, action, signal);
    }
    throw new KuryrError("KURYR_PLAN", `the plan for pod ${key} does not settle`);
  };
}
