import {
  startKubernetes,
  startOpenStack,
  type FakeOpenStack,
  type Kubernetes,
  type OpenStackOptions,
} from "@kuryr/fakes";
import {
  connect,
  createInformer,
  LEASES,
  type Connection,
  type CoreEvent,
  type KubernetesObject,
  type Lease,
  type Resource,
} from "@kuryr/kubernetes";
import { connect as connectOpenStack, type Cloud } from "@kuryr/openstack";

import { kuryrPortCrd } from "../../api/crds.ts";
import { kuryrPorts, type KuryrPort } from "../../api/kuryr-port.ts";
import { parseIni } from "../../config/ini.ts";
import { resolve, type Configuration } from "../../config/load.ts";
import type { Metrics } from "../../metrics/registry.ts";
import { startController, type ControllerOptions, type TestController } from "./one-controller.ts";

/** A pod as the tests make it. */
export interface TestPod extends KubernetesObject {
  readonly spec: object;
  readonly status?: { readonly phase?: string };
}

/** A cloud with a network, a subnet and a group for pods. */
export interface TestCloud {
  readonly fake: FakeOpenStack;
  readonly subnet: string;
  readonly group: string;
  /** As Kuryr's user. */
  connect(hooks?: CloudHooks): Cloud;
  connectAs(user: FakeOpenStack["kuryr"], hooks?: CloudHooks): Cloud;
}

type CloudHooks = Pick<Parameters<typeof connectOpenStack>[0], "onRequest" | "admitWrite" | "clock">;

export async function startCloud(options: OpenStackOptions = {}): Promise<TestCloud> {
  const fake = await startOpenStack(options);
  const connectAs: TestCloud["connectAs"] = (user, hooks) =>
    connectOpenStack({
      auth: {
        type: "password",
        authUrl: fake.authUrl,
        ...user,
        userDomainName: "Default",
        projectDomainName: "Default",
      },
      ...hooks,
    });
  const connectTo: TestCloud["connect"] = (hooks) => connectAs(fake.kuryr, hooks);
  const cloud = connectTo();
  const network = await cloud.network.networks.create({ name: "pods" });
  const made = { network_id: network.id, ip_version: 4, cidr: "10.10.0.0/16", enable_dhcp: false } as const;
  const subnet = await cloud.network.subnets.create(made);
  const group = await cloud.network.securityGroups.create({ name: "pods" });
  cloud.close();
  return { fake, subnet: subnet.id, group: group.id, connect: connectTo, connectAs };
}

/** A cluster with a controller that works on a cloud. */
export interface TestCluster {
  readonly server: Kubernetes;
  readonly pods: Resource<TestPod>;
  readonly kuryrPorts: Resource<KuryrPort>;
  readonly leases: Resource<Lease>;
  /** The controller that was started with it. */
  readonly first: TestController;
  /** Of the controller that was started last. */
  readonly cloud: Cloud;
  readonly metrics: Metrics;
  /** Of all controllers. */
  readonly log: string[];
  readonly events: Resource<CoreEvent>;
  /** Starts one more controller. */
  another(options?: Partial<ControllerOptions>): Promise<TestController>;
  /** Makes a pod that is bound to a node. */
  pod(name: string, node: string, annotations?: Readonly<Record<string, string>>): Promise<TestPod>;
  /** Starts pods and acknowledges releases as the nodes do, from now on. */
  serveNodes(): Promise<void>;
  /** The controller that was started last dies: whatever it is at is cut off. */
  crash(): Promise<void>;
  /** Its container starts again, with this kuryr.conf beyond what a cluster needs or the one of before. */
  begin(config?: string): Promise<void>;
  /** Stops all controllers that still run, and the server. */
  stop(): Promise<void>;
}

export interface ClusterOptions extends Partial<ControllerOptions> {
  readonly cluster: string;
  /** kuryr.conf beyond what a cluster needs. */
  readonly config?: string;
}

const nodes: readonly string[] = ["node1", "node2"];

export async function startCluster(on: TestCloud, options: ClusterOptions): Promise<TestCluster> {
  const server = await startKubernetes();
  const kubernetes = connect({ server: server.url, token: server.token });
  await kubernetes.request({
    method: "POST",
    path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    body: kuryrPortCrd,
  });
  for (const name of nodes)
    await kubernetes.request({ method: "POST", path: "/api/v1/nodes", body: { metadata: { name } } });
  const firstConfig = options.config ?? "";
  const log: string[] = [];
  const started: TestController[] = [];
  const start = async (own: Partial<ControllerOptions>, config = firstConfig): Promise<TestController> => {
    const where = { server, on, config: configurationFor(on, config), cluster: options.cluster };
    const one = await startController(where, { pod: `controller-${started.length + 1}`, log, ...own });
    started.push(one);
    if (own.waitUntilReady !== false) await one.ready;
    return one;
  };
  const open = new AbortController();
  const stop = async (): Promise<void> => {
    open.abort();
    for (const one of started) await one.stop();
    kubernetes.close();
    await server.stop();
  };
  const first = await start(options).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const last = (): TestController => started.at(-1) ?? first;
  const pods = resourceOf<TestPod>(kubernetes, "pods", "Pod");
  const kuryrPortApi = kubernetes.resource<KuryrPort>(kuryrPorts);
  return {
    server,
    pods,
    kuryrPorts: kuryrPortApi,
    leases: kubernetes.resource<Lease>(LEASES),
    first,
    get cloud() {
      return last().cloud;
    },
    get metrics() {
      return last().metrics;
    },
    log,
    events: resourceOf<CoreEvent>(kubernetes, "events", "Event"),
    another: (own = {}) => start({ ...options, ...own }),
    pod: (name, node, annotations = {}) =>
      pods.create({
        metadata: { namespace: "default", name, annotations },
        spec: { nodeName: node, containers: [{ name: "c", image: "i" }] },
      }),
    async serveNodes() {
      const informer = createInformer<KuryrPort, KuryrPort>(kuryrPortApi, {
        project: (port) => port,
        onError: () => undefined,
      });
      const release = ({ metadata, status }: KuryrPort): void => {
        if (metadata.deletionTimestamp === undefined || status?.released !== undefined) return;
        const ref = { namespace: metadata.namespace ?? "", name: metadata.name };
        const body = { status: { released: { at: new Date().toISOString() } } };
        kuryrPortApi.status.patch(ref, { type: "merge", body }).catch(() => undefined);
      };
      const begin = ({ metadata: { namespace = "", name } }: KuryrPort): void => {
        const body = { status: { phase: "Running" } };
        pods.status.patch({ namespace, name }, { type: "merge", body }).catch(() => undefined);
      };
      informer.handle({
        add: (port) => (port.metadata.deletionTimestamp === undefined ? begin(port) : release(port)),
        update: (_, port) => release(port),
        delete: () => undefined,
      });
      void informer.run(open.signal);
      await informer.synced;
    },
    crash: () => last().kill(),
    async begin(config = firstConfig) {
      await start({ ...options, pod: last().pod }, config);
    },
    stop,
  };
}

const resourceOf = <T extends KubernetesObject>(kubernetes: Connection, plural: string, kind: string): Resource<T> =>
  kubernetes.resource<T>({ group: "", version: "v1", plural, kind, namespaced: true });

function configurationFor(on: TestCloud, more: string): Configuration {
  const text = `[neutron_defaults]\npod_subnet = ${on.subnet}\npod_security_groups = ${on.group}\n${more}`;
  const files = [{ path: "kuryr.conf", content: parseIni(text) }];
  return resolve({ files, environment: {}, readSecret: () => "" }).config;
}
