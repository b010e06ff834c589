import { existsSync, mkdirSync, rmSync, statSync, writeFileSync, readFileSync } from "node:fs";
import { cpus } from "node:os";

import { layout, runOf, stateOf } from "../layout.ts";
import { external, management, underlay, type NodePlan } from "../network-plan.ts";
import { until } from "../supervisor/probe.ts";
import type { Step, Work } from "../supervisor/unit.ts";
import { run, succeeds } from "./exec.ts";
import type { Place } from "./place.ts";
import { processesInNamespace } from "./processes.ts";

/** Runs `ip` commands as one batch: one process for many changes. */
export async function ipBatch(lines: readonly string[], place?: Place, signal?: AbortSignal): Promise<void> {
  await run(["ip", "-batch", "-"], {
    input: `${lines.join("\n")}\n`,
    ...(place === undefined ? {} : { place }),
    ...(signal === undefined ? {} : { signal }),
  });
}

const linkExists = (name: string, place?: Place): Promise<boolean> =>
  succeeds(["ip", "link", "show", "dev", name], place === undefined ? {} : { place });

// Pinned by us and not by `ip netns add`, which would leave a mount of its own at /run/netns on the host.
const netnsFile = (node: NodePlan): string => runOf("namespaces", `${node.name}.net`);
const mountFile = (node: NodePlan): string => runOf("namespaces", `${node.name}.mnt`);

/** Both namespaces of a node. */
export function placeOf(node: NodePlan): Place {
  return { net: netnsFile(node), mount: mountFile(node) };
}

/** The stack's own tmpfs, private, so that a mount namespace can be pinned in it without propagating anywhere. */
export function runDirectoryStep(needs: readonly string[]): Step {
  const mounted = (): boolean => readFileSync("/proc/self/mounts", "utf8").includes(` ${layout.run} tmpfs`);
  return {
    kind: "step",
    name: "run-directory",
    area: "machine",
    needs,
    timeoutMs: 10_000,
    isDone: async () => mounted(),
    run: async () => {
      mkdirSync(layout.run, { recursive: true });
      await run(["mount", "-t", "tmpfs", "-o", "mode=0755", "kuryr-dev", layout.run]);
      await run(["mount", "--make-private", layout.run]);
    },
    undo: async () => {
      if (mounted()) await run(["umount", "--lazy", layout.run]);
      rmSync(layout.run, { recursive: true, force: true });
    },
  };
}

const bridges = [underlay.bridge, external.bridge, management.bridge];

/** The three bridges between host and nodes. */
export function hostBridgesStep(needs: readonly string[]): Step {
  return {
    kind: "step",
    name: "host-bridges",
    area: "machine",
    needs,
    timeoutMs: 10_000,
    isDone: async () => {
      const { stdout } = await run(["ip", "-o", "address", "show"]);
      const all = await Promise.all(bridges.map((bridge) => linkExists(bridge)));
      return (
        all.every(Boolean) &&
        stdout.includes(`${external.hostAddress}/`) &&
        stdout.includes(`${management.hostAddress}/`)
      );
    },
    run: async ({ signal }) => {
      for (const bridge of bridges) {
        if (!(await linkExists(bridge)))
          await ipBatch([`link add ${bridge} type bridge`, `link set ${bridge} up`], undefined, signal);
        // Userspace OVS gets packets whose checksum the kernel left for the hardware to fill in; there is no hardware.
        await run(["ethtool", "-K", bridge, "tx", "off"]);
      }
      await ipBatch(
        [
          `address replace ${external.hostAddress}/${external.prefix} dev ${external.bridge}`,
          `address replace ${management.hostAddress}/${management.prefix} dev ${management.bridge}`,
        ],
        undefined,
        signal,
      );
    },
    undo: async () => {
      for (const bridge of bridges) if (await linkExists(bridge)) await run(["ip", "link", "delete", bridge]);
    },
  };
}

/** Directories of a node that take the place of the host's inside its mount namespace. */
const nodeBinds: readonly (readonly [target: string, kind: "state" | "run"])[] = [
  ["/var/lib/kubelet", "state"],
  ["/var/log/pods", "state"],
  ["/var/log/containers", "state"],
  ["/var/lib/cni", "state"],
  ["/etc/cni", "state"],
  ["/etc/kubernetes", "state"],
  ["/opt/cni/bin", "state"],
  ["/var/lib/openvswitch", "state"],
  ["/var/lib/kuryr", "state"],
  ["/run/openvswitch", "run"],
  ["/run/ovn", "run"],
  ["/run/kuryr", "run"],
  ["/run/containerd", "run"],
  ["/run/netns", "run"],
];

const bindSource = (node: NodePlan, target: string, kind: "state" | "run"): string =>
  kind === "state"
    ? stateOf(node.name, target.slice(1).replaceAll("/", "-"))
    : runOf(node.name, target.slice(1).replaceAll("/", "-"));

/** Where a node's directory lies as seen from the host. */
export function onNode(node: NodePlan, target: string): string {
  const bind = nodeBinds.find(([path]) => target === path || target.startsWith(`${path}/`));
  if (bind === undefined) return target;
  return bindSource(node, bind[0], bind[1]) + target.slice(bind[0].length);
}

async function makeMountNamespace(node: NodePlan, work: Work): Promise<void> {
  const pin = mountFile(node);
  mkdirSync(runOf("namespaces"), { recursive: true });
  if (!existsSync(pin)) writeFileSync(pin, "");
  const lines = ["set -e", "mount --make-rshared /"];
  for (const [target, kind] of nodeBinds) {
    const source = bindSource(node, target, kind);
    mkdirSync(source, { recursive: true });
    mkdirSync(target, { recursive: true });
    if (target === "/run/netns" || target === "/run/containerd") {
      // Network namespaces of pods are pinned here: on a mount of its own, else setns on them fails with EINVAL.
      lines.push(`mount -t tmpfs -o mode=0755 kuryr-dev-${node.name} ${target}`);
    } else {
      lines.push(`mount --bind ${source} ${target}`);
    }
  }
  const unshare = ["unshare", `--mount=${pin}`, "--propagation", "private", "sh", "-c", lines.join("\n")];
  // A mount namespace can be pinned only from one with a lower number, and since Linux 6.18 each processor hands out
  // numbers of its own: in a container, whose own number may be high, it works on some processors only.
  const ways = [unshare, ...cpus().map((_, cpu) => ["taskset", "--cpu-list", String(cpu), ...unshare])];
  for (const [i, way] of ways.entries()) {
    try {
      await run(way, { signal: work.signal });
      return;
    } catch (error) {
      work.signal.throwIfAborted();
      if (i === ways.length - 1) throw error;
    }
  }
}

/** A namespace file that is pinned: it lies on nsfs, not on the file system around it. */
const isPinned = async (file: string): Promise<boolean> =>
  existsSync(file) && (await run(["stat", "--file-system", "--format=%T", file])).stdout.trim() === "nsfs";

/** The network and the mount namespace of a node, both pinned, so that they need no process to hold them. */
export function nodeNamespacesStep(node: NodePlan, needs: readonly string[]): Step {
  return {
    kind: "step",
    name: `${node.name}/namespaces`,
    area: "machine",
    needs,
    timeoutMs: 10_000,
    isDone: async () => (await isPinned(netnsFile(node))) && (await isPinned(mountFile(node))),
    run: async (work) => {
      if (!(await isPinned(netnsFile(node)))) {
        mkdirSync(runOf("namespaces"), { recursive: true });
        writeFileSync(netnsFile(node), "");
        await run(["unshare", `--net=${netnsFile(node)}`, "true"]);
      }
      if (!(await isPinned(mountFile(node)))) await makeMountNamespace(node, work);
      await ipBatch(["link set lo up"], { net: netnsFile(node) });
      // The kernel would answer ARP for addresses of taps and veths on any of them; each is another network here.
      await run(["sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1", "net.ipv4.ip_forward=1"], {
        place: { net: netnsFile(node) },
      });
    },
    undo: async (work) => {
      await endStrays(node, work);
      if (await isPinned(mountFile(node))) await run(["umount", mountFile(node)]);
      if (await isPinned(netnsFile(node))) await run(["umount", netnsFile(node)]);
    },
  };
}

/** Ends what still lives in a node's namespaces: containers and their shims, and whatever a person left there. */
export async function endStrays(node: NodePlan, work: Work): Promise<void> {
  const inodes: (readonly ["mnt" | "net", bigint])[] = [];
  if (await isPinned(mountFile(node))) inodes.push(["mnt", statSync(mountFile(node), { bigint: true }).ino]);
  if (await isPinned(netnsFile(node))) inodes.push(["net", statSync(netnsFile(node), { bigint: true }).ino]);
  const left = (): number[] => inodes.flatMap(([kind, inode]) => processesInNamespace(kind, inode));
  await until(
    `${node.name}: processes in its namespaces to end`,
    async () => {
      const pids = left();
      for (const pid of pids) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // Ended in the meantime.
        }
      }
      return pids.length === 0 ? true : `pids ${pids.join(" ")}`;
    },
    { timeoutMs: 20_000, signal: work.signal },
  );
}

/** Name of the host's end of a node's link. */
const hostEnd = (kind: "phy" | "ext" | "mgmt", node: NodePlan): string => `kd-${kind}${node.index}`;

/** Three veth pairs between host and node: underlay and external go into OVS bridges, `eth0` is management. */
export function nodeLinksStep(node: NodePlan, needs: readonly string[]): Step {
  const place = { net: netnsFile(node) };
  const links = [
    { host: hostEnd("phy", node), inside: "phy0", bridge: underlay.bridge },
    { host: hostEnd("ext", node), inside: "ext0", bridge: external.bridge },
    { host: hostEnd("mgmt", node), inside: "eth0", bridge: management.bridge },
  ];
  return {
    kind: "step",
    name: `${node.name}/links`,
    area: "machine",
    needs,
    timeoutMs: 10_000,
    isDone: async () => {
      const there = await Promise.all(links.flatMap((l) => [linkExists(l.host), linkExists(l.inside, place)]));
      return there.every(Boolean);
    },
    run: async ({ signal }) => {
      for (const link of links) {
        if (await linkExists(link.host)) await run(["ip", "link", "delete", link.host]);
        await ipBatch(
          [
            `link add ${link.host} type veth peer name ${link.inside} netns ${netnsFile(node)}`,
            `link set ${link.host} master ${link.bridge} up`,
          ],
          undefined,
          signal,
        );
        await run(["ethtool", "-K", link.inside, "tx", "off"], { place });
        await ipBatch([`link set ${link.inside} up`], place, signal);
      }
      await ipBatch(
        [
          `address replace ${node.managementAddress}/${management.prefix} dev eth0`,
          // Before the kubelet starts: else its connection to the API server rides on OVN and dies with it.
          `route replace ${external.hostAddress}/32 via ${management.hostAddress} dev eth0`,
        ],
        place,
        signal,
      );
    },
    undo: async () => {
      for (const link of links) if (await linkExists(link.host)) await run(["ip", "link", "delete", link.host]);
    },
  };
}
