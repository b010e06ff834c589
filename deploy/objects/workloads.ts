import { installation } from "@kuryr/kuryr";

import { configMapName, secretName } from "./configuration.ts";

export interface WorkloadOptions {
  readonly controllerImage: string;
  readonly daemonImage: string;
  readonly imagePullPolicy?: "IfNotPresent" | "Never" | "Always";
  /** Of the controller, of which one works; default 2. */
  readonly controllerReplicas?: number;
  /** On the pods; what changes here starts them anew. */
  readonly controllerAnnotations?: Readonly<Record<string, string>>;
  readonly daemonAnnotations?: Readonly<Record<string, string>>;
}

/** The images as they are published. */
export const publishedImages = { controllerImage: "kuryr/controller:0.1.0", daemonImage: "kuryr/cni:0.1.0" } as const;

/** The uid in the controller's image. */
const controllerUser = 65532;

const linux = { "kubernetes.io/os": "linux" };

const configDirectory = "/etc/kuryr";

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number };
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
  readonly initialDelaySeconds?: number;
}

function probes(port: number): { readinessProbe: Probe; livenessProbe: Probe } {
  return {
    readinessProbe: {
      httpGet: { path: "/ready", port },
      // The answer is there already; a rollout waits for it once for each pod.
      periodSeconds: 1,
      timeoutSeconds: 5,
      failureThreshold: 5,
    },
    livenessProbe: {
      httpGet: { path: "/alive", port },
      initialDelaySeconds: 15,
      periodSeconds: 10,
      timeoutSeconds: 10,
      // A node that has more to do than it can is no reason to start anew.
      failureThreshold: 6,
    },
  };
}

const listensOn = (ports: Readonly<Record<string, number>>): object[] =>
  Object.entries(ports).map(([name, port]) => ({ name, containerPort: port, hostPort: port, protocol: "TCP" }));

const fieldOf = (name: string, fieldPath: string): object => ({ name, valueFrom: { fieldRef: { fieldPath } } });

/** Prefers nodes, and zones, that have no controller yet. */
function apart(labels: Readonly<Record<string, string>>): object {
  const preferred = (weight: number, topologyKey: string): object => ({
    weight,
    podAffinityTerm: { labelSelector: { matchLabels: labels }, topologyKey },
  });
  return {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        preferred(100, "kubernetes.io/hostname"),
        preferred(50, "topology.kubernetes.io/zone"),
      ],
    },
  };
}

/**
 * Controllers on the network of some nodes: they make the pod network and cannot wait for it. One of them leads, the
 * others stand by. Each has its node's ports 8082 and 9654, so two never share a node; an update takes an old one away
 * before it makes a new one, for there may be no third node.
 */
export function controllerDeployment(options: WorkloadOptions): object {
  const labels = { name: installation.controller };
  const annotations = options.controllerAnnotations;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: installation.controller, namespace: installation.namespace, labels },
    spec: {
      replicas: options.controllerReplicas ?? 2,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, ...(annotations === undefined ? {} : { annotations }) },
        spec: {
          serviceAccountName: installation.controller,
          nodeSelector: linux,
          hostNetwork: true,
          // The cluster's DNS is a Service on the pod network.
          dnsPolicy: "Default",
          enableServiceLinks: false,
          priorityClassName: "system-cluster-critical",
          // Work in progress ends, and the Lease is given back, within 5.
          terminationGracePeriodSeconds: 30,
          affinity: apart(labels),
          // A node without Kuryr's network is not ready; only the controller can change that.
          tolerations: [
            { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
            { key: "node-role.kubernetes.io/master", operator: "Exists", effect: "NoSchedule" },
            { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoSchedule" },
            { key: "node.kubernetes.io/network-unavailable", operator: "Exists", effect: "NoSchedule" },
            { key: "node.cloudprovider.kubernetes.io/uninitialized", operator: "Exists", effect: "NoSchedule" },
          ],
          securityContext: {
            runAsNonRoot: true,
            runAsUser: controllerUser,
            runAsGroup: controllerUser,
            fsGroup: controllerUser,
            seccompProfile: { type: "RuntimeDefault" },
          },
          containers: [
            {
              name: "controller",
              image: options.controllerImage,
              imagePullPolicy: options.imagePullPolicy ?? "IfNotPresent",
              args: [
                `--config-file=${configDirectory}/kuryr.conf`,
                `--config-file=${configDirectory}/credentials.conf`,
              ],
              env: [
                // By which a controller that is started anew in its pod knows its own Lease.
                fieldOf("KUBERNETES_POD_NAME", "metadata.name"),
                fieldOf("KUBERNETES_POD_UID", "metadata.uid"),
              ],
              ports: listensOn({ health: 8082, metrics: 9654 }),
              ...probes(8082),
              resources: { requests: { cpu: "50m", memory: "128Mi" } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"] },
              },
              volumeMounts: [
                { name: "config", mountPath: configDirectory, readOnly: true },
                // The socket of [pool_manager]sock_file.
                { name: "run", mountPath: "/run/kuryr" },
              ],
            },
          ],
          volumes: [
            {
              name: "config",
              projected: {
                defaultMode: 0o440,
                sources: [{ configMap: { name: configMapName } }, { secret: { name: secretName } }],
              },
            },
            { name: "run", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
          ],
        },
      },
    },
  };
}

/** Drains take one controller away at a time, and are not held up where there is one only. */
export function controllerDisruptionBudget(): object {
  const labels = { name: installation.controller };
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: installation.controller, namespace: installation.namespace, labels },
    spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
  };
}

/**
 * What the daemon may do beyond a plain process: NET_ADMIN makes and changes links in both namespaces, SYS_ADMIN enters
 * the network namespace of a pod (setns(2)), NET_RAW tells neighbours where the pod's addresses are now.
 */
export const daemonCapabilities = ["NET_ADMIN", "NET_RAW", "SYS_ADMIN"] as const;

interface HostDirectory {
  readonly name: string;
  readonly path: string;
  /** Where the daemon has it, if elsewhere. */
  readonly at?: string;
  readonly type: "Directory" | "DirectoryOrCreate";
  /** What is mounted there later must be seen too. */
  readonly follows?: true;
}

const hostDirectories: readonly HostDirectory[] = [
  { name: "cni-conf", path: "/etc/cni/net.d", type: "DirectoryOrCreate" },
  { name: "cni-bin", path: "/opt/cni/bin", type: "DirectoryOrCreate" },
  { name: "run-kuryr", path: "/run/kuryr", type: "DirectoryOrCreate" },
  { name: "run-openvswitch", path: "/run/openvswitch", type: "Directory" },
  { name: "run-netns", path: "/run/netns", type: "DirectoryOrCreate", follows: true },
  // Settings of network namespaces can be written there, which the container's own /proc does not let.
  { name: "host-proc", path: "/proc", at: "/host_proc", type: "Directory" },
];

/** The daemon of every node, before the node is ready and whatever it is tainted with. */
export function daemonSet(options: WorkloadOptions): object {
  const labels = { name: installation.daemon };
  const annotations = options.daemonAnnotations;
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: installation.daemon, namespace: installation.namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels, ...(annotations === undefined ? {} : { annotations }) },
        spec: {
          serviceAccountName: installation.daemon,
          nodeSelector: linux,
          hostNetwork: true,
          dnsPolicy: "Default",
          enableServiceLinks: false,
          priorityClassName: "system-node-critical",
          terminationGracePeriodSeconds: 30,
          tolerations: [{ operator: "Exists" }],
          securityContext: { seccompProfile: { type: "RuntimeDefault" } },
          containers: [
            {
              name: "kuryr-cni",
              image: options.daemonImage,
              imagePullPolicy: options.imagePullPolicy ?? "IfNotPresent",
              args: [`--config-file=${configDirectory}/kuryr.conf`],
              env: [
                fieldOf("KUBERNETES_NODE_NAME", "spec.nodeName"),
                // By which the daemon knows, when it is told to stop, whether it is uninstalled.
                { name: "KUBERNETES_DAEMONSET", value: `${installation.namespace}/${installation.daemon}` },
              ],
              ports: listensOn({ health: 8090, metrics: 9655 }),
              ...probes(8090),
              resources: { requests: { cpu: "100m", memory: "100Mi" } },
              securityContext: {
                runAsUser: 0,
                privileged: false,
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"], add: [...daemonCapabilities] },
              },
              volumeMounts: [
                { name: "config", mountPath: configDirectory, readOnly: true },
                ...hostDirectories.map(({ name, path, at, follows }) => ({
                  name,
                  mountPath: at ?? path,
                  ...(follows === true ? { mountPropagation: "HostToContainer" } : {}),
                })),
              ],
            },
          ],
          volumes: [
            { name: "config", configMap: { name: configMapName } },
            ...hostDirectories.map(({ name, path, type }) => ({ name, hostPath: { path, type } })),
          ],
        },
      },
    },
  };
}
