import { setTimeout as pause } from "node:timers/promises";

import { createInformer, type KubernetesObject } from "@kuryr/kubernetes";

import { run } from "../../dev/src/machine/exec.ts";
import { podApi } from "../support/pods.ts";

interface Address {
  readonly uid: string;
  readonly name: string;
  readonly node: string;
  readonly ip: string;
  readonly ready: boolean;
}

interface Pod extends KubernetesObject {
  readonly spec: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Watches a namespace for an address on two pods, and asks pods who they are. */
export interface AddressWatch {
  /** What was seen that must never be. */
  readonly violations: readonly string[];
  readonly probes: number;
  /** Asks the Ready pods, one after the other, whether the one at its address is the one it should be. */
  probe(): Promise<void>;
}

/** Starts watching. Ends with the signal. */
export async function watchAddresses(namespace: string, signal: AbortSignal): Promise<AddressWatch> {
  const violations: string[] = [];
  const holders = new Map<string, Address>();
  const informer = createInformer<Pod, Address & { readonly namespace: string }>(podApi, {
    namespace,
    project: (pod) => ({
      namespace,
      uid: pod.metadata.uid,
      name: pod.metadata.name,
      node: pod.spec.nodeName ?? "",
      ip: pod.status?.phase === "Running" ? (pod.status.podIP ?? "") : "",
      ready: pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") === true,
    }),
    onError: () => undefined, // The API server is killed on purpose.
  });
  const released = (pod: Address): void => {
    for (const [ip, holder] of holders) if (holder.uid === pod.uid) holders.delete(ip);
  };
  const seen = (pod: Address): void => {
    // Completed: its address is free although the pod is still listed.
    if (pod.ip === "") return released(pod);
    const holder = holders.get(pod.ip);
    if (holder !== undefined && holder.uid !== pod.uid)
      violations.push(`${pod.ip} is on ${pod.name} (${pod.node}) while ${holder.name} (${holder.node}) runs with it`);
    holders.set(pod.ip, pod);
  };
  informer.handle({ add: seen, update: (_, pod) => seen(pod), delete: released });
  informer.run(signal).catch(() => undefined);
  await informer.synced;
  /** What the API says, not the cache: whether a pod is still there. While the API server is down that takes a while. */
  const lives = async ({ name, uid }: Address): Promise<boolean> => {
    for (;;) {
      try {
        return (await podApi.find({ namespace, name }, { signal }))?.metadata.uid === uid;
      } catch {
        if (signal.aborted) return false;
        await pause(200);
      }
    }
  };
  let probes = 0;
  return {
    violations,
    get probes() {
      return probes;
    },
    probe: async () => {
      const keys = Array.from(informer.keys());
      for (const key of keys) {
        if (signal.aborted) return;
        // A round takes minutes when many are silent: another pod may have the address by then, and rightly.
        const pod = informer.get(key);
        if (pod === undefined || !pod.ready || pod.ip === "") continue;
        const said = await run(["curl", "-s", "--max-time", "2", `http://${pod.ip}:8080/`], {
          accept: [0, 7, 28, 52, 56],
        });
        // Silence is the churn's own doing (a pod on its way out, a switch that was killed); another voice is not.
        if (said.stdout === "") continue;
        probes += 1;
        if (!said.stdout.startsWith(`${pod.name}:`) && (await lives(pod)))
          violations.push(`${pod.ip} of ${pod.name} was answered by: ${said.stdout.trim().slice(0, 80)}`);
      }
    },
  };
}
