import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { installation } from "@kuryr/kuryr";

import { productDirectory } from "../images/index.ts";
import { kubectl } from "../kube/control-plane.ts";
import { programsOf } from "../kube/programs.ts";
import { onNode, placeOf } from "../machine/namespaces.ts";
import { processesInNamespace, processStat, type ProcessStat } from "../machine/processes.ts";
import type { NodePlan } from "../network-plan.ts";
import type { StackOptions } from "../options.ts";
import { plainLog } from "./container-log.ts";

/** A component of Kuryr as the stack names it: `kuryr-controller`, `node1/kuryr-daemon`. */
export interface Component {
  readonly name: string;
  readonly program: "controller" | "daemon";
  /** Where it may be: the daemon's one node, or any for the controller. */
  readonly nodes: readonly NodePlan[];
}

/** The components of Kuryr on some nodes. */
export function kuryrComponents(nodes: readonly NodePlan[]): Component[] {
  return [
    { name: "kuryr-controller", program: "controller", nodes },
    ...nodes.map((one): Component => ({ name: `${one.name}/kuryr-daemon`, program: "daemon", nodes: [one] })),
  ];
}

const workloadOf = { controller: installation.controller, daemon: installation.daemon } as const;

/** `kubectl` words that name a component's workload. */
export const workload = ({ program }: Component): string =>
  program === "controller" ? `deployment/${workloadOf.controller}` : `daemonset/${workloadOf.daemon}`;

function runs(pid: number, program: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8")
      .split("\0")
      .includes(`${productDirectory}/packages/kuryr/src/${program}/main.ts`);
  } catch {
    return false;
  }
}

/** A component's process, and the node it is on. */
export interface ComponentProcess {
  readonly node: NodePlan;
  readonly process: ProcessStat;
}

/**
 * The process of a component, found without asking anybody: its pod is on the node's own network, and this machine
 * sees into every pod.
 */
export function processOf(component: Component): ComponentProcess | undefined {
  const found: ComponentProcess[] = [];
  for (const one of component.nodes) {
    const { net } = placeOf(one);
    if (net === undefined || !existsSync(net)) continue;
    for (const pid of processesInNamespace("net", statSync(net, { bigint: true }).ino)) {
      const process = runs(pid, component.program) ? processStat(pid) : undefined;
      if (process !== undefined) found.push({ node: one, process });
    }
  }
  return found.sort((a, b) => b.process.startTicks - a.process.startTicks)[0];
}

/** Files that the kubelet has of what a component's containers wrote, the oldest first. */
export function logFilesOf(component: Component): string[] {
  const files: string[] = [];
  for (const one of component.nodes) {
    const root = onNode(one, "/var/log/pods");
    if (!existsSync(root)) continue;
    for (const pod of readdirSync(root)) {
      if (!pod.startsWith(`${installation.namespace}_${workloadOf[component.program]}-`)) continue;
      for (const container of readdirSync(join(root, pod)))
        for (const file of readdirSync(join(root, pod, container))) files.push(join(root, pod, container, file));
    }
  }
  const changed = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return files.filter((file) => existsSync(file)).sort((a, b) => changed(a) - changed(b));
}

/** What a component has written, as far as the kubelet still has it. */
export function logOfComponent(component: Component): string {
  return logFilesOf(component)
    .map((file) => plainLog(readFileSync(file, "utf8")))
    .join("");
}

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly nodeName?: string };
  readonly status?: {
    readonly startTime?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly containerStatuses?: readonly {
      readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
    }[];
  };
}

/**
 * A node with this label has no daemon: tests take one away with it. Taking `kubernetes.io/os` away would not do, since
 * the kubelet puts that back with the node's next status.
 */
export const daemonlessLabel = "kuryr-dev/daemonless";

/** What changes with the image and the configuration that a pod was started with. */
export const revisionAnnotation = "kuryr.openstack.org/revision";

async function podsOf(options: StackOptions, component: Component, signal: AbortSignal): Promise<Pod[]> {
  const words = ["-n", installation.namespace, "get", "pods", "-l", `name=${workloadOf[component.program]}`];
  const answer = await kubectl(programsOf(options), [...words, "-o", "json", "--request-timeout=10s"], { signal });
  const names = component.nodes.map((one) => one.name);
  return (JSON.parse(answer) as { items: Pod[] }).items.filter((pod) => names.includes(pod.spec.nodeName ?? ""));
}

/** Whether the one pod of a component is Ready, with the wanted revision; what is missing otherwise. */
export async function isReady(
  options: StackOptions,
  component: Component,
  revision: string | undefined,
  signal: AbortSignal,
): Promise<true | string> {
  const pods = await podsOf(options, component, signal);
  const [pod] = pods;
  if (pod === undefined) return "no pod";
  if (pods.length > 1) return `${pods.length} pods`;
  if (pod.metadata.deletionTimestamp !== undefined) return `${pod.metadata.name} is on its way out`;
  if (revision !== undefined && pod.metadata.annotations?.[revisionAnnotation] !== revision)
    return `${pod.metadata.name} has another image or configuration`;
  const ready = pod.status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status === "True") return true;
  const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting;
  const said = logOfComponent(component).trimEnd().split("\n").at(-1) ?? "";
  return `${pod.metadata.name} is not Ready: ${waiting?.reason ?? ""} ${waiting?.message ?? ready?.message ?? ""}; it said ${said}`;
}
