/** Objects that several files of cases use. */

/** The parts of an answer that cases read. */
export interface Answered {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly generation?: number;
    readonly finalizers?: readonly string[];
    readonly managedFields?: readonly { readonly time?: string }[];
  };
  readonly items?: readonly Answered[];
}

/** The body of an answer, believed. */
export function bodyOf(answer: { readonly body: unknown }): Answered {
  return answer.body as Answered;
}

export const podInterface = {
  name: "eth0",
  default: true,
  driver: "neutron-vif",
  portId: "6b2e0a6c-6f0a-4d54-9c3f-3c0f8b3d6a11",
  networkId: "0c1f6a6e-7f0d-4b0e-8a8b-2f4a0b1c9d22",
  mac: "fa:16:3e:aa:bb:cc",
  mtu: 1442,
  bridge: "br-int",
  addresses: [
    { subnetId: "9d3c8b1e-1111-4222-8333-444455556666", ip: "10.0.0.5", prefixLength: 24, gateway: "10.0.0.1" },
  ],
  routes: [],
  nameservers: ["10.0.0.2"],
  readiness: "ovn-installed",
};

export function kuryrPort(name: string, more: Record<string, unknown> = {}, metadata: object = {}): object {
  return {
    apiVersion: "openstack.org/v1",
    kind: "KuryrPort",
    metadata: {
      name,
      labels: { "kuryr.openstack.org/nodeName": "node1" },
      finalizers: ["kuryr.openstack.org/kuryrport-finalizer"],
      ...metadata,
    },
    spec: { podUid: "8f14e45f-ceea-467f-a0e6-b4d5a5a0f1aa", podNodeName: "node1", interfaces: [podInterface], ...more },
  };
}

export function configMap(name: string, data: Record<string, string> = { a: "1" }, metadata: object = {}): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data };
}

/** Nobody schedules it. */
export function pod(name: string, more: Record<string, unknown> = {}, metadata: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: "demo" }, ...metadata },
    spec: {
      schedulerName: "nobody",
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "demo", image: "kuryr/demo:1", imagePullPolicy: "Never" }],
      ...more,
    },
  };
}
