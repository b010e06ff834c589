import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { ensureImages, importImage } from "../images/index.ts";
import { layout, stateOf } from "../layout.ts";
import {
  cgroupExists,
  cgroupRemains,
  makeCgroup,
  processesInCgroup,
  removeCgroup,
  weighCgroup,
} from "../machine/cgroups.ts";
import { run } from "../machine/exec.ts";
import { onNode, placeOf } from "../machine/namespaces.ts";
import { bridgeCidr, clusterDomain, services, type NodePlan } from "../network-plan.ts";
import { until } from "../supervisor/probe.ts";
import type { Service, Step } from "../supervisor/unit.ts";
import { authority, kubeconfig, pair } from "./certificates.ts";
import { kubectl } from "./control-plane.ts";
import type { Programs } from "./programs.ts";

/** Of all nodes. */
const podsCgroup = "kuryr-dev";
const cgroupOf = (node: NodePlan): string => `${podsCgroup}/${node.name}`;
const containerdRoot = (node: NodePlan): string => stateOf(node.name, "containerd");
/** Of a node's containerd, seen from inside the node. */
export const containerdSocket = "/run/containerd/containerd.sock";
const socket = containerdSocket;

/** Programs of Debian's containernetworking-plugins that the bridge network of the benchmarks uses. */
const bridgePlugins = ["bridge", "host-local", "loopback", "portmap"];

/** The plain bridge network: what pods get before Kuryr, and the peer of its benchmarks afterwards. */
export function bridgeConflist(node: NodePlan, cniVersion: string): string {
  return JSON.stringify({
    cniVersion,
    name: "bridge",
    plugins: [
      {
        type: "bridge",
        bridge: "cni0",
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: { type: "host-local", ranges: [[{ subnet: bridgeCidr(node) }]], routes: [{ dst: "0.0.0.0/0" }] },
      },
    ],
  });
}

/** CNI plugins and the bridge network's configuration, twice: as the default, and for the runtime class `bridge`. */
export function cniStep(node: NodePlan, programs: Programs): Step {
  const bin = onNode(node, "/opt/cni/bin");
  const files = [
    onNode(node, "/etc/cni/net.d/99-bridge.conflist"),
    onNode(node, "/etc/cni/bridge.d/99-bridge.conflist"),
  ];
  return {
    kind: "step",
    name: `${node.name}/cni`,
    area: "kube",
    needs: [`${node.name}/namespaces`, "kube-packages"],
    timeoutMs: 10_000,
    isDone: async () =>
      files.every((file) => existsSync(file)) && bridgePlugins.every((plugin) => existsSync(join(bin, plugin))),
    run: async () => {
      for (const plugin of bridgePlugins) copyFileSync(join("/usr/lib/cni", plugin), join(bin, plugin));
      for (const file of files) {
        mkdirSync(join(file, ".."), { recursive: true });
        // In place: containerd 1.6 does not notice a file moved in from another directory.
        writeFileSync(file, bridgeConflist(node, programs.containerd === "1.6" ? "0.4.0" : "1.0.0"));
      }
    },
  };
}

/** containerd 2.x: configuration version 3. */
function configOf2(node: NodePlan, pause: string): string {
  const runtime = (name: string, extra: string): string => `
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.${name}]
  runtime_type = 'io.containerd.runc.v2'
  ${extra}
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.${name}.options]
  BinaryName = '/usr/sbin/runc'
  SystemdCgroup = false
`;
  return `version = 3
root = '${containerdRoot(node)}'
state = '/run/containerd/state'
disabled_plugins = ['io.containerd.nri.v1.nri', 'io.containerd.internal.v1.opt']
[grpc]
  address = '${socket}'
[plugins.'io.containerd.cri.v1.images']
  snapshotter = 'overlayfs'
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '${pause}'
[plugins.'io.containerd.cri.v1.runtime']
  disable_apparmor = true
  restrict_oom_score_adj = true
[plugins.'io.containerd.cri.v1.runtime'.containerd]
  default_runtime_name = 'runc'
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['/opt/cni/bin']
  conf_dir = '/etc/cni/net.d'
  use_internal_loopback = true
${runtime("runc", "")}${runtime("bridge", "cni_conf_dir = '/etc/cni/bridge.d'")}`;
}

/** containerd 1.6: configuration version 2. */
function configOf16(node: NodePlan, pause: string): string {
  const runtime = (name: string, extra: string): string => `
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${name}]
  runtime_type = "io.containerd.runc.v2"
  ${extra}
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${name}.options]
  BinaryName = "/usr/sbin/runc"
  SystemdCgroup = false
`;
  return `version = 2
root = "${containerdRoot(node)}"
state = "/run/containerd/state"
[grpc]
  address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pause}"
  disable_apparmor = true
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/opt/cni/bin"
  conf_dir = "/etc/cni/net.d"
${runtime("runc", "")}${runtime("bridge", 'cni_conf_dir = "/etc/cni/bridge.d"')}`;
}

const imageCache = { cacheDir: layout.cache };

/** The images, packed on this machine. */
export function imagesStep(needs: readonly string[]): Step {
  return {
    kind: "step",
    name: "images",
    area: "kube",
    needs,
    timeoutMs: 120_000,
    isDone: async () => false, // Content-addressed: packing again with the same inputs is instant.
    run: async ({ say }) => {
      const directory = join(layout.cache, "images");
      const before = existsSync(directory) ? readdirSync(directory) : [];
      const images = await ensureImages({ ...imageCache, progress: say });
      return Object.values(images).some(({ file }) => !before.includes(basename(file)));
    },
  };
}

/** The container runtime of a node. */
export function containerdService(node: NodePlan, programs: Programs): Service {
  return {
    kind: "service",
    name: `${node.name}/containerd`,
    area: "kube",
    needs: ["binaries", "images", "kube-packages", `${node.name}/cni`, `${node.name}/cgroup`],
    timeoutMs: 30_000,
    stopMs: 8000,
    childrenSurvive: true,
    version: programs.containerd,
    prepare: async () => {
      const images = await ensureImages({ ...imageCache, progress: () => undefined });
      const config =
        programs.containerd === "1.6" ? configOf16(node, images.pause.ref) : configOf2(node, images.pause.ref);
      mkdirSync(containerdRoot(node), { recursive: true });
      writeFileSync(configFile(node), config);
    },
    command: () => ({
      argv: [programs.path("containerd"), "--config", configFile(node)],
      // Shims are found beside containerd by PATH.
      env: { PATH: `${join(programs.path("containerd"), "..")}:/usr/sbin:/usr/bin:/sbin:/bin` },
      place: placeOf(node),
    }),
    ready: async ({ signal }) => {
      await run([programs.path("ctr"), "--address", socket, "version"], {
        place: placeOf(node),
        signal,
        timeoutMs: 5000,
      });
      return true;
    },
  };
}

const configFile = (node: NodePlan): string => `${containerdRoot(node)}.toml`;

/** The images in a node's own store. */
export function imageImportStep(node: NodePlan, programs: Programs): Step {
  return {
    kind: "step",
    name: `${node.name}/images`,
    area: "kube",
    needs: [`${node.name}/containerd`],
    timeoutMs: 60_000,
    isDone: async () => false, // The import itself looks whether the node has the digest.
    run: async ({ signal }) => {
      const images = await ensureImages({ ...imageCache, progress: () => undefined });
      let imported = false;
      for (const { file, ref } of Object.values(images)) {
        const place = placeOf(node);
        if (await importImage({ ctr: programs.path("ctr"), socket, file, ref, place, signal })) imported = true;
      }
      return imported;
    },
  };
}

/**
 * On a real node all pods together weigh twice what the system's services do. Here the pods of all nodes are one cgroup
 * whose peers are single processes: the nodes' own, and those of the cloud and the control plane, which run elsewhere
 * in truth. Without this, Kuryr and all other pods together would have the time of one of them.
 */
const podsWeight = 8;

/** The cgroup under which a node's pods live. */
export function cgroupStep(node: NodePlan, needs: readonly string[]): Step {
  return {
    kind: "step",
    name: `${node.name}/cgroup`,
    area: "kube",
    needs,
    timeoutMs: 10_000,
    isDone: async () => cgroupExists(cgroupOf(node)),
    run: async () => {
      makeCgroup(cgroupOf(node));
      weighCgroup(podsCgroup, podsWeight);
    },
    undo: async ({ signal }) => {
      await until(
        `${node.name}: containers to end`,
        async () => {
          for (const pid of processesInCgroup(cgroupOf(node))) {
            try {
              process.kill(pid, "SIGKILL");
            } catch {
              // Ended in the meantime.
            }
          }
          removeCgroup(cgroupOf(node));
          removeCgroup(podsCgroup);
          return cgroupRemains(cgroupOf(node)) ? "cgroup still there" : true;
        },
        { timeoutMs: 20_000, signal },
      );
    },
  };
}

const kubeletConfigFile = (node: NodePlan): string => onNode(node, "/var/lib/kubelet/config.json");

function kubeletConfig(node: NodePlan): object {
  const serving = pair(`${node.name}-server`);
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: node.podNetworkAddress,
    healthzBindAddress: "127.0.0.1",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: authority().certificate },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: serving.certificate,
    tlsPrivateKeyFile: serving.key,
    containerRuntimeEndpoint: `unix://${socket}`,
    clusterDNS: [services.dns],
    clusterDomain,
    resolvConf: "",
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${cgroupOf(node)}`,
    enforceNodeAllocatable: ["pods"],
    failSwapOn: false,
    failCgroupV1: false,
    oomScoreAdj: 0,
    makeIPTablesUtilChains: false,
    evictionHard: {
      "memory.available": "50Mi",
      "nodefs.available": "1%",
      "imagefs.available": "1%",
      "nodefs.inodesFree": "1%",
    },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    maxPods: 250,
    staticPodPath: "/etc/kubernetes/manifests",
    serializeImagePulls: false,
    registryPullQPS: 0,
    eventRecordQPS: 0,
    // Tests kill containers many times within minutes; without it each death doubles the pause, up to five minutes.
    featureGates: { KubeletCrashLoopBackOffMax: true },
    containerLogMaxSize: "200Mi",
    crashLoopBackOff: { maxContainerRestartPeriod: "1s" },
  };
}

/** The kubelet of a node. Its address is that of the node's own Neutron port, so that pods reach it. */
export function kubeletService(node: NodePlan, programs: Programs): Service {
  return {
    kind: "service",
    name: `${node.name}/kubelet`,
    area: "kube",
    needs: [`${node.name}/containerd`, `${node.name}/images`, `${node.name}/port`, "kube-apiserver"],
    timeoutMs: 60_000,
    stopMs: 8000,
    version: programs.kubernetes,
    causes: [
      [
        /failed to run Kubelet.*cgroup/i,
        "the cgroup of the node is not usable: see docs of the machine's cgroup setup",
      ],
    ],
    prepare: async () => {
      mkdirSync(onNode(node, "/etc/kubernetes/manifests"), { recursive: true });
      writeFileSync(kubeletConfigFile(node), JSON.stringify(kubeletConfig(node), undefined, 2));
    },
    command: () => ({
      argv: [
        programs.path("kubelet"),
        `--config=${kubeletConfigFile(node)}`,
        `--kubeconfig=${kubeconfig(node.name)}`,
        `--hostname-override=${node.name}`,
        `--node-ip=${node.podNetworkAddress}`,
        "--v=2",
      ],
      place: placeOf(node),
    }),
    ready: async ({ signal }) => {
      const { stdout } = await run(["curl", "-s", "--max-time", "4", "http://127.0.0.1:10248/healthz"], {
        place: placeOf(node),
        signal,
      });
      return stdout === "ok" ? true : stdout.slice(0, 200);
    },
  };
}

/** The node as the scheduler sees it. */
export function nodeReadyStep(node: NodePlan, programs: Programs): Step {
  const isReady = async (signal: AbortSignal): Promise<true | string> => {
    const path =
      'jsonpath={.status.conditions[?(@.type=="Ready")].status} {.status.conditions[?(@.type=="Ready")].message}';
    const answer = await kubectl(programs, ["get", "node", node.name, "-o", path], { signal });
    return answer.startsWith("True") ? true : answer || "no Ready condition yet";
  };
  return {
    kind: "step",
    name: `${node.name}/ready`,
    area: "kube",
    needs: [`${node.name}/kubelet`],
    timeoutMs: 60_000,
    isDone: async ({ signal }) => (await isReady(signal).catch(() => "no")) === true,
    run: ({ signal }) => until(`${node.name} to be Ready`, isReady, { timeoutMs: 60_000, signal }),
  };
}
