import { existsSync, readFileSync } from "node:fs";

import { connect, fromKubeconfig, type Connection } from "@kuryr/kubernetes";

import { kubeconfig } from "../../dev/src/kube/certificates.ts";
import { programsOf } from "../../dev/src/kube/programs.ts";
import { run, type RunResult } from "../../dev/src/machine/exec.ts";
import { placeOf } from "../../dev/src/machine/namespaces.ts";
import { logOf } from "../../dev/src/layout.ts";
import { nodePlan, type NodePlan } from "../../dev/src/network-plan.ts";
import { defaultOptions, recordedOptions } from "../../dev/src/options.ts";
import { describeStack } from "../../dev/src/stack.ts";
import { isAlive, readRecord } from "../../dev/src/supervisor/record.ts";
import { until } from "../../dev/src/supervisor/probe.ts";
import { startService } from "../../dev/src/supervisor/service.ts";
import { bringBackComponent, componentProcess, killComponent, kuryrComponent } from "./workloads.ts";

/** The nodes of the running stack. */
export const nodes: readonly NodePlan[] = Array.from({ length: (recordedOptions() ?? defaultOptions).nodes }, (_, i) =>
  nodePlan(i + 1),
);

/** The node of a name. */
export function nodeNamed(name: string): NodePlan {
  const node = nodes.find((one) => one.name === name);
  if (node === undefined) throw new Error(`the stack has no node ${name}`);
  return node;
}

/** The cluster, as its administrator. */
export function administrator(): Connection {
  return connect(fromKubeconfig(kubeconfig("admin")));
}

const programs = programsOf(recordedOptions() ?? defaultOptions);

/** kubectl, as the administrator. */
export async function kubectl(words: readonly string[], input?: string): Promise<string> {
  const { stdout } = await run([programs.path("kubectl"), `--kubeconfig=${kubeconfig("admin")}`, ...words], {
    timeoutMs: 120_000,
    ...(input === undefined ? {} : { input }),
  });
  return stdout;
}

/** Runs a command in a node's namespaces. */
export function onNodeRun(
  node: NodePlan,
  argv: readonly string[],
  accept: readonly number[] = [0],
): Promise<RunResult> {
  return run(argv, { place: placeOf(node), accept, timeoutMs: 60_000 });
}

/** Waits for a condition by looking until it holds; what it said last is in the error. */
export function eventually(what: string, probe: () => Promise<true | string>, timeoutMs = 60_000): Promise<void> {
  return until(what, probe, { timeoutMs, signal: new AbortController().signal });
}

/** Pid of a component. */
export function pidOf(component: string): number {
  if (kuryrComponent(component) !== undefined) return componentProcess(component).process.pid;
  const record = readRecord(component);
  if (record === undefined) throw new Error(`${component} does not run`);
  return record.pid;
}

/** Runs something while a component is stopped (SIGSTOP), and lets it go on whatever happens. */
export async function whilePaused<T>(component: string, work: () => Promise<T>): Promise<T> {
  const pid = pidOf(component);
  process.kill(pid, "SIGSTOP");
  try {
    return await work();
  } finally {
    process.kill(pid, "SIGCONT");
  }
}

/** Kills a component with SIGKILL; returns when its process is gone. It stays away until `bringBack`. */
export async function kill(component: string): Promise<void> {
  if (kuryrComponent(component) !== undefined) return killComponent(component);
  const record = readRecord(component);
  process.kill(pidOf(component), "SIGKILL");
  await eventually(`${component} to be gone`, async () => (isAlive(record) ? "still there" : true), 10_000);
}

/** Starts one component again that a test has killed, and nothing else; returns when it is ready. */
export async function bringBack(component: string): Promise<void> {
  if (kuryrComponent(component) !== undefined) return bringBackComponent(component);
  const unit = describeStack(recordedOptions() ?? defaultOptions).units.find((one) => one.name === component);
  if (unit?.kind !== "service") throw new Error(`${component} is no component of the stack`);
  const quiet = (): void => undefined;
  await startService(unit, { signal: AbortSignal.timeout(120_000), say: quiet, note: quiet, log: logOf(component) });
}

/** Resident memory of a process, in MiB. */
export const rssMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

/**
 * How often the switches of the nodes have died and come back so far. Debian's userspace switch (3.1) now and then fails
 * an assertion of its own conntrack (`conn_update_state`) and is back in some 4 s, with all flows made anew.
 */
export function switchDeaths(): number {
  return nodes.reduce((sum, { name }) => {
    const log = logOf(`${name}/ovs-vswitchd`);
    const text = existsSync(log) ? readFileSync(log, "utf8") : "";
    return sum + (text.match(/crashes: pid \d+ died/g)?.length ?? 0);
  }, 0);
}
