import { kuryrPortFinalizer, nodeNameLabel, podDeviceOwner } from "../../packages/kuryr/src/api/keys.ts";
import { markOf } from "../../packages/kuryr/src/api/ownership.ts";
import { podJson } from "../../packages/kubernetes/bench/pod.ts";

/** How big a cluster is. */
export interface Size {
  readonly pods: number;
  readonly nodes: number;
}

/** Where pods are. */
export interface PodNetwork {
  readonly networkId: string;
  readonly subnetId: string;
}

export const clusterId = "4f3d2c1b-0a09-4807-8605-040302010099";
/** Where pods come and go while somebody measures. */
export const churnNamespace = "churn";
const writtenAt = "2026-01-01T00:00:00Z";
const namespaces = 50;

export const nodeName = (index: number): string => `node-${index}`;

/** Name, place and ids of the pod of a number; all of it follows from the number. */
export function podOf(index: number, { nodes }: Size) {
  const hex = index.toString(16).padStart(12, "0");
  return {
    namespace: `ns-${index % namespaces}`,
    name: `web-7d4b9c6f5-${index}`,
    uid: `5b26064b-963e-4f6c-9d5b-${hex}`,
    node: nodeName(index % nodes),
    portId: `c0ffee00-1111-4222-8333-${hex}`,
    mac: `fa:16:3e:${hex.slice(6, 8)}:${hex.slice(8, 10)}:${hex.slice(10, 12)}`,
    // Behind the first, which Neutron hands out from when it makes new ones.
    address: `10.${128 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
  };
}

type JsonObject = { [key: string]: Json };
type Json = string | number | boolean | null | Json[] | JsonObject;
const template = JSON.parse(podJson(0, 0)) as { metadata: JsonObject; spec: JsonObject; status: JsonObject };

/** Nodes, pods of 6.7 kB each that run, and their KuryrPorts. */
export function* objectsOf(size: Size, network: PodNetwork): Generator<JsonObject> {
  for (let i = 0; i < size.nodes; i += 1)
    yield { apiVersion: "v1", kind: "Node", metadata: { name: nodeName(i), uid: `node-uid-${i}` } };
  for (let i = 0; i < size.pods; i += 1) {
    const { namespace, name, uid, node } = podOf(i, size);
    const metadata = { ...template.metadata, namespace, name, uid };
    yield { ...template, apiVersion: "v1", kind: "Pod", metadata, spec: { ...template.spec, nodeName: node } };
  }
  for (let i = 0; i < size.pods; i += 1) yield kuryrPortOf(i, size, network);
}

function kuryrPortOf(index: number, size: Size, { networkId, subnetId }: PodNetwork): JsonObject {
  const { namespace, name, uid, node, portId, mac, address } = podOf(index, size);
  return {
    apiVersion: "openstack.org/v1",
    kind: "KuryrPort",
    metadata: {
      namespace,
      name,
      uid: `77777777-963e-4f6c-9d5b-${index.toString(16).padStart(12, "0")}`,
      generation: 1,
      creationTimestamp: writtenAt,
      labels: { [nodeNameLabel]: node },
      finalizers: [kuryrPortFinalizer],
    },
    spec: {
      podUid: uid,
      podNodeName: node,
      interfaces: [
        {
          name: "eth0",
          default: true,
          driver: "neutron-vif",
          portId,
          networkId,
          mac,
          mtu: 1442,
          bridge: "br-int",
          addresses: [{ subnetId, ip: address, prefixLength: 8, gateway: "10.0.0.1" }],
          routes: [],
          nameservers: [],
          readiness: "ovn-installed",
        },
      ],
    },
    status: { attachment: { containerId: uid.replaceAll("-", ""), at: writtenAt } },
  };
}

/** What of a Neutron port belongs to its pod; the rest is as in any other. */
export function portOf(index: number, size: Size, subnetId: string) {
  const { namespace, name, uid, node, portId, mac, address } = podOf(index, size);
  return {
    id: portId,
    mac_address: mac,
    fixed_ips: [{ subnet_id: subnetId, ip_address: address }],
    device_id: uid,
    device_owner: podDeviceOwner,
    description: markOf({ cluster: clusterId, kind: "pod", namespace, name }),
    "binding:host_id": node,
    status: "ACTIVE",
  };
}
