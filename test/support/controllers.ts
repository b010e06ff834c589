import { join } from "node:path";

import { LEASES, type Lease } from "@kuryr/kubernetes";
import { installation } from "@kuryr/kuryr";

import { kuryrComponents, processOf } from "../../dev/src/kuryr/pods.ts";
import { stackReplicas } from "../../dev/src/kuryr/units.ts";
import { kubeconfig } from "../../dev/src/kube/certificates.ts";
import { run } from "../../dev/src/machine/exec.ts";
import type { Assessment } from "../../packages/kuryr/src/cli/status/assess.ts";
import { controllerLease, podOfHolder } from "../../packages/kuryr/src/api/lease.ts";
import { administrator, eventually, kubectl, nodeNamed } from "./stack.ts";

/*
 * Several controllers. Each has its node's ports, so a node tells them apart; everything else in test/support knows of
 * one controller, which is how the stack runs.
 */

const words = ["-n", installation.namespace] as const;
const leases = administrator().resource<Lease>(LEASES);

/** A controller that runs. */
export interface Controller {
  readonly pod: string;
  readonly node: string;
  readonly pid: number;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly spec: { readonly nodeName?: string };
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

/** Pods of the controller that are not on their way out, with whether they are Ready. */
async function controllerPods(): Promise<{ name: string; node: string; ready: boolean }[]> {
  const answer = await kubectl([...words, "get", "pods", "-l", `name=${installation.controller}`, "-o", "json"]);
  return (JSON.parse(answer) as PodList).items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata, spec, status }) => ({
      name: metadata.name,
      node: spec.nodeName ?? "",
      ready: status?.conditions?.some((one) => one.type === "Ready" && one.status === "True") === true,
    }));
}

/** Pid of the controller on a node, found without asking anybody. */
const pidOn = (node: string): number | undefined => {
  const [component] = kuryrComponents([nodeNamed(node)]);
  return component === undefined ? undefined : processOf(component)?.process.pid;
};

/** The controllers that run. */
export async function controllers(): Promise<Controller[]> {
  return (await controllerPods()).flatMap(({ name, node }) => {
    const pid = node === "" ? undefined : pidOn(node);
    return pid === undefined ? [] : [{ pod: name, node, pid }];
  });
}

/** The pod that holds the Lease; empty when nobody does. */
export async function leaseHolder(): Promise<string> {
  return podOfHolder((await leases.find(controllerLease))?.spec?.holderIdentity ?? "");
}

/** An answer of a controller's HTTP servers. */
async function ask(node: string, port: number, path: string): Promise<string> {
  const url = `http://${nodeNamed(node).managementAddress}:${port}${path}`;
  return (await fetch(url, { signal: AbortSignal.timeout(5000) })).text();
}

/** What a controller says of its role, or why it says nothing. */
export const roleOf = ({ node }: Controller): Promise<string> =>
  ask(node, 8082, "/ready").then(
    (body) => /^role: (.*)$/m.exec(body)?.[1] ?? body,
    (error: unknown) => String(error),
  );

/** Samples of a controller's metric: value by labels. */
export async function samplesOf({ node }: Controller, name: string): Promise<ReadonlyMap<string, number>> {
  const lines = (await ask(node, 9654, "/metrics")).split("\n");
  return new Map(
    lines.flatMap((line) => {
      const match = /^([\w:]+)(?:\{(.*)\})? (\S+)$/.exec(line);
      return match?.[1] === name ? [[match[2] ?? "", Number(match[3])] as const] : [];
    }),
  );
}

/** The controller that works. */
export async function leadingController(not = "", timeoutMs = 60_000): Promise<Controller> {
  let found: Controller | undefined;
  await eventually(
    `a controller ${not === "" ? "" : `other than ${not} `}to lead`,
    async () => {
      const roles: string[] = [];
      for (const one of await controllers()) {
        if (one.pod === not) continue;
        const role = await roleOf(one);
        if (role === "leader") {
          found = one;
          return true;
        }
        roles.push(`${one.pod}: ${role}`);
      }
      return roles.join("; ") || "none runs";
    },
    timeoutMs,
  );
  if (found === undefined) throw new Error("no controller leads");
  return found;
}

/** Has so many controllers, and waits until they are Ready and one of them leads. */
export async function scaleControllers(count: number, timeoutMs = 120_000): Promise<void> {
  await kubectl([...words, "scale", `deployment/${installation.controller}`, `--replicas=${count}`]);
  await eventually(
    `${count} Ready controllers`,
    async () => {
      const pods = await controllerPods();
      const ready = pods.filter((one) => one.ready);
      return pods.length === count && ready.length === count ? true : `${ready.length} of ${pods.length} are Ready`;
    },
    timeoutMs,
  );
  if (count > 0) await leadingController();
}

/** As the stack runs. */
export const usualControllers = (): Promise<void> => scaleControllers(stackReplicas);

/** Kills a controller so that nothing starts it again in its pod, nor gives its Lease back. */
export async function killController({ pod, pid }: Controller): Promise<void> {
  process.kill(pid, "SIGSTOP");
  await kubectl([...words, "delete", "pod", pod, "--force", "--grace-period=0", "--wait=false"]);
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // The kubelet was faster.
  }
}

/** What `kuryrctl status` says, without a look at OpenStack. */
export async function clusterStatus(): Promise<Assessment> {
  const main = join(import.meta.dirname, "../../packages/kuryr/src/cli/main.ts");
  const argv = [process.execPath, "-C", "kuryr-source", main, "status", "--output=json"];
  const { stdout } = await run([...argv, `--kubeconfig=${kubeconfig("admin")}`], { accept: [0, 1], timeoutMs: 60_000 });
  return JSON.parse(stdout) as Assessment;
}
