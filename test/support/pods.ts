import type { KubernetesObject } from "@kuryr/kubernetes";
import type { Port } from "@kuryr/openstack";

import { kuryrCloud } from "../../dev/src/cloud/identity.ts";
import { administrator, eventually, kubectl } from "./stack.ts";

/** The parts of a Pod that the tests read. */
export interface TestPod extends KubernetesObject {
  readonly spec: { readonly nodeName?: string; readonly hostNetwork?: boolean };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

const cluster = administrator();
export const podApi = cluster.resource<TestPod>({
  group: "",
  version: "v1",
  plural: "pods",
  kind: "Pod",
  namespaced: true,
});
export const kuryrPortApi = cluster.resource<
  KubernetesObject & { spec: { podUid: string; interfaces: { portId: string }[] }; status?: object }
>({
  group: "openstack.org",
  version: "v1",
  plural: "kuryrports",
  kind: "KuryrPort",
  namespaced: true,
});
export const cloud = kuryrCloud();

/** Neutron's ports of pods, all of them. */
export function podPorts(): Promise<Port[]> {
  return cloud.network.ports.list({ device_owner: "compute:kuryr" });
}

/** A pod of the demo image, bound to a node without the scheduler unless `node` is left out. */
export function demoPod(
  namespace: string,
  name: string,
  node: string | undefined,
  more: Record<string, unknown> = {},
): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { app: "demo" } },
    spec: {
      ...(node === undefined ? {} : { nodeName: node }),
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "demo", image: "kuryr/demo:1", imagePullPolicy: "Never" }],
      ...more,
    },
  };
}

/**
 * A pod that its kubelet never starts, because a volume that its container mounts never comes (one that nobody mounts is
 * not waited for): tests call the plugin for it themselves.
 */
export function heldPod(namespace: string, name: string, node: string): object {
  const volumeMounts = [{ name: "never", mountPath: "/never" }];
  return demoPod(namespace, name, node, {
    containers: [{ name: "demo", image: "kuryr/demo:1", imagePullPolicy: "Never", volumeMounts }],
    volumes: [{ name: "never", secret: { secretName: "there-is-none" } }],
  });
}

export async function apply(object: object): Promise<void> {
  await kubectl(["apply", "-f", "-"], JSON.stringify(object));
}

/** Makes a namespace with its default ServiceAccount, without which no pod can be made. */
export async function makeNamespace(name: string): Promise<void> {
  await kubectl(["create", "namespace", name]);
  await eventually(`the default ServiceAccount of ${name}`, async () => {
    const names = await kubectl(["-n", name, "get", "serviceaccount", "-o", "name"]);
    return names.includes("serviceaccount/default") ? true : "not there yet";
  });
}

/** Deletes a namespace with all in it, and waits until it is gone. */
export async function deleteNamespace(name: string): Promise<void> {
  await kubectl(["delete", "namespace", name, "--ignore-not-found", "--timeout=90s"]);
}

/** Waits until pods are Ready, and returns them. */
export async function readyPods(namespace: string, count: number, timeoutMs = 120_000): Promise<TestPod[]> {
  let pods: readonly TestPod[] = [];
  await eventually(
    `${count} Ready pods in ${namespace}`,
    async () => {
      ({ items: pods } = await podApi.list({ namespace }));
      const ready = pods.filter((pod) =>
        pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True"),
      );
      return ready.length === count && pods.length === count ? true : `${ready.length} of ${pods.length} are Ready`;
    },
    timeoutMs,
  );
  return [...pods];
}

/** Runs a command in a pod's container. */
export function execIn(pod: TestPod, argv: readonly string[]): Promise<string> {
  return kubectl(["-n", pod.metadata.namespace ?? "", "exec", pod.metadata.name, "--", ...argv]);
}

/** Waits until neither Neutron nor Kubernetes has anything of a namespace's pods. */
export function nothingLeft(namespace: string, timeoutMs = 30_000): Promise<void> {
  return eventually(
    `nothing left of the pods of ${namespace}`,
    async () => {
      const { items } = await kuryrPortApi.list({ namespace });
      const ports = (await podPorts()).filter((port) => port.description?.includes(`:pod/${namespace}/`));
      return items.length === 0 && ports.length === 0 ? true : `${items.length} KuryrPorts, ${ports.length} ports`;
    },
    timeoutMs,
  );
}
