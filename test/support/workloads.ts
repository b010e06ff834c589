import { installation } from "@kuryr/kuryr";

import {
  type Component,
  type ComponentProcess,
  daemonlessLabel,
  isReady,
  kuryrComponents,
  logOfComponent,
  processOf,
} from "../../dev/src/kuryr/pods.ts";
import { processStat } from "../../dev/src/machine/processes.ts";
import { defaultOptions, recordedOptions } from "../../dev/src/options.ts";
import { eventually, kubectl, nodes } from "./stack.ts";

/*
 * The components of Kuryr, which run in pods: `kuryr-controller`, `node1/kuryr-daemon`. What dies there the kubelet
 * starts again, so a component that is to stay dead must lose its pod as well.
 */

const options = recordedOptions() ?? defaultOptions;

/** The component of that name; `undefined` for what is no component of Kuryr. */
export function kuryrComponent(name: string): Component | undefined {
  return kuryrComponents(nodes).find((one) => one.name === name);
}

function demanded(name: string): Component {
  const component = kuryrComponent(name);
  if (component === undefined) throw new Error(`${name} is no component of Kuryr`);
  return component;
}

/** The process of a component, and its node. */
export function componentProcess(name: string): ComponentProcess {
  const found = processOf(demanded(name));
  if (found === undefined) throw new Error(`${name} does not run`);
  return found;
}

/** What a component has logged, as far as the kubelet still has it: its last containers. */
export const componentLog = (name: string): string => logOfComponent(demanded(name));

/** Waits until the one pod of a component is Ready, its process there, and, of the controller, that it works. */
export function componentReady(name: string, timeoutMs = 90_000): Promise<void> {
  const component = demanded(name);
  return eventually(
    `${name} to be Ready`,
    async () => {
      const answer = await isReady(options, component, undefined, AbortSignal.timeout(30_000));
      if (answer !== true) return answer;
      const running = processOf(component);
      if (running === undefined) return "no process";
      return component.program === "daemon" ? true : leads(running);
    },
    timeoutMs,
  );
}

/** Whether the controller of this process leads; what it says otherwise. */
async function leads({ node }: ComponentProcess): Promise<true | string> {
  const signal = AbortSignal.timeout(5000);
  const answer = await fetch(`http://${node.managementAddress}:8082/ready`, { signal }).then(
    (response) => response.text(),
    (error: unknown) => String(error),
  );
  return /^role: leader/m.test(answer) ? true : answer;
}

const inNamespace = ["-n", installation.namespace];

/** Takes a component's pod away and keeps it away, or lets it be made again. */
async function setWanted(component: Component, wanted: boolean): Promise<void> {
  if (component.program === "controller") {
    await kubectl([...inNamespace, "scale", `deployment/${installation.controller}`, `--replicas=${wanted ? 1 : 0}`]);
  } else {
    for (const { name } of component.nodes)
      await kubectl(["label", "--overwrite", "node", name, wanted ? `${daemonlessLabel}-` : `${daemonlessLabel}=`]);
  }
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly deletionTimestamp?: string };
    readonly spec: { readonly nodeName?: string };
  }[];
}

const selectors = { controller: installation.controller, daemon: installation.daemon } as const;

/** Pods of a component, on their way out or not. */
async function podsOf(component: Component): Promise<PodList["items"]> {
  const words = [...inNamespace, "get", "pods", "-l", `name=${selectors[component.program]}`, "-o", "json"];
  const { items } = JSON.parse(await kubectl(words)) as PodList;
  return items.filter(({ spec }) => component.nodes.some(({ name }) => name === spec.nodeName));
}

/** Whether a process has ended; a zombie has. */
const ended = (pid: number, startTicks: number): boolean => {
  const now = processStat(pid);
  return now === undefined || now.startTicks !== startTicks || now.state === "Z";
};

const gone = (name: string, { pid, startTicks }: ComponentProcess["process"]): Promise<void> =>
  eventually(`${name} to be gone`, async () => (ended(pid, startTicks) ? true : "still there"), 10_000);

/** Kills a component with SIGKILL; it stays dead until `bringBackComponent`. */
export async function killComponent(name: string): Promise<void> {
  const component = demanded(name);
  const { process: running } = componentProcess(name);
  // From here on it does nothing; its death comes once nobody would start it again.
  process.kill(running.pid, "SIGSTOP");
  await setWanted(component, false);
  await eventually(`the pod of ${name} to be on its way out`, async () =>
    (await podsOf(component)).every(({ metadata }) => metadata.deletionTimestamp !== undefined) ? true : "not yet",
  );
  process.kill(running.pid, "SIGKILL");
  await gone(name, running);
  // A kubelet that has not heard of the deletion yet starts the container again, and lets it have its time to end.
  await eventually(`the pod of ${name} to be gone`, async () => {
    const again = processOf(component);
    if (again !== undefined) process.kill(again.process.pid, "SIGKILL");
    return (await podsOf(component)).length === 0 ? true : "still there";
  });
  // It was the only one, and can give nothing back any more: why should the next one wait?
  if (component.program === "controller")
    await kubectl([...inNamespace, "delete", "lease", installation.controller, "--ignore-not-found"]);
}

/** Lets a killed component run again; returns when it is Ready. */
export async function bringBackComponent(name: string): Promise<void> {
  await setWanted(demanded(name), true);
  await componentReady(name);
}

/** Lets a killed component run again; returns when its process is there, ready or not. */
export async function startComponent(name: string): Promise<void> {
  const component = demanded(name);
  await setWanted(component, true);
  await eventually(`a process of ${name}`, async () => (processOf(component) === undefined ? "not yet" : true), 90_000);
}

/** Runs something while a component's pod is gone, which was asked to end; returns when a new one is Ready. */
export async function withoutComponent(name: string, work: () => Promise<void>): Promise<void> {
  const component = demanded(name);
  await setWanted(component, false);
  try {
    await eventually(`the pod of ${name} to be gone`, async () =>
      (await podsOf(component)).length === 0 ? true : "still there",
    );
    await work();
  } finally {
    await bringBackComponent(name);
  }
}

/** Kills a component with SIGKILL and waits until the kubelet has started it again, and it is Ready. */
export async function crash(name: string): Promise<void> {
  const { process: running } = componentProcess(name);
  process.kill(running.pid, "SIGKILL");
  await gone(name, running);
  await eventually(`a new process of ${name}`, async () =>
    processOf(demanded(name)) === undefined ? "not yet" : true,
  );
  await componentReady(name);
}
