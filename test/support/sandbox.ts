import { randomBytes } from "node:crypto";

import { run } from "../../dev/src/machine/exec.ts";
import { placeOf } from "../../dev/src/machine/namespaces.ts";
import type { Place } from "../../dev/src/machine/place.ts";
import type { NodePlan } from "../../dev/src/network-plan.ts";
import { onNodeRun } from "./stack.ts";

/** A sandbox as a container runtime makes it: an id and a network namespace. */
export interface Sandbox {
  readonly node: NodePlan;
  readonly id: string;
  readonly netns: string;
}

export async function makeSandbox(node: NodePlan): Promise<Sandbox> {
  const id = randomBytes(32).toString("hex");
  const name = `test-${id.slice(0, 12)}`;
  await onNodeRun(node, ["ip", "netns", "add", name]);
  return { node, id, netns: `/run/netns/${name}` };
}

export async function removeSandbox(sandbox: Sandbox): Promise<void> {
  await onNodeRun(sandbox.node, ["ip", "netns", "delete", sandbox.netns.slice("/run/netns/".length)], [0, 1]);
}

/** Runs a command inside a sandbox. */
export function inSandbox(sandbox: Sandbox, argv: readonly string[], accept: readonly number[] = [0]) {
  return onNodeRun(sandbox.node, ["nsenter", `--net=${sandbox.netns}`, "--", ...argv], accept);
}

/** What the CNI plugin answered. */
export interface CniAnswer {
  readonly exitCode: number;
  /** The result or the error object; `undefined` where nothing was printed. */
  readonly body: Record<string, unknown> | undefined;
}

/** Calls the installed plugin as libcni does. */
export async function callCni(
  sandbox: Pick<Sandbox, "node" | "id" | "netns">,
  command: string,
  pod: { namespace: string; name: string; uid: string } | undefined,
  options: { netns?: string; input?: string; cniVersion?: string; ifName?: string; place?: Place } = {},
): Promise<CniAnswer> {
  const args =
    pod === undefined
      ? ""
      : `IgnoreUnknown=1;K8S_POD_NAMESPACE=${pod.namespace};K8S_POD_NAME=${pod.name};K8S_POD_UID=${pod.uid};K8S_POD_INFRA_CONTAINER_ID=${sandbox.id}`;
  const env = {
    CNI_COMMAND: command,
    CNI_CONTAINERID: sandbox.id,
    CNI_NETNS: options.netns ?? sandbox.netns,
    CNI_IFNAME: options.ifName ?? "eth0",
    CNI_ARGS: args,
    CNI_PATH: "/opt/cni/bin",
  };
  const config = { cniVersion: options.cniVersion ?? "1.0.0", name: "kuryr", type: "kuryr-cni" };
  const { code, stdout } = await run(["/opt/cni/bin/kuryr-cni"], {
    place: options.place ?? placeOf(sandbox.node),
    env,
    input: options.input ?? JSON.stringify(config),
    accept: [0, 1],
    timeoutMs: 150_000,
  });
  return { exitCode: code, body: stdout.trim() === "" ? undefined : (JSON.parse(stdout) as Record<string, unknown>) };
}
