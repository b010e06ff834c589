import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

import type { KubernetesFacts } from "./fake-kubernetes.ts";
import type { Counts, OpenStackFacts } from "./fake-openstack.ts";
import type { Size } from "./population.ts";

/** Fakes with a cluster in them, each in a process of its own. */
export interface FakeCluster extends KubernetesFacts, OpenStackFacts {
  readonly size: Size;
  /** Of the Kubernetes API. */
  readonly apiPid: number;
  /** Requests to OpenStack since the start. */
  counts(): Promise<Counts>;
  stop(): void;
}

const limitMs = 600_000;

/** The next message of a child that has this key. */
function message(child: ChildProcess, key: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => end(new Error(`a fake says no ${key}`)), limitMs);
    const hear = (received: unknown): void => {
      const value = (received as Readonly<Record<string, unknown>>)[key];
      if (value === undefined) return;
      end(undefined);
      resolve(value);
    };
    const exit = (code: number | null): void => end(new Error(`a fake ended with ${code}`));
    const end = (error: Error | undefined): void => {
      clearTimeout(limit);
      child.off("message", hear);
      child.off("exit", exit);
      if (error !== undefined) reject(error);
    };
    child.on("message", hear);
    child.once("exit", exit);
  });
}

function start(script: string, words: readonly (string | number)[]): ChildProcess {
  // Texts of 150,000 pods are a gigabyte.
  const execArgv = [...process.execArgv, "--max-old-space-size=8192"];
  return fork(join(import.meta.dirname, script), words.map(String), { execArgv });
}

/** Starts fakes with so many pods that run on so many nodes. */
export async function startFakes(size: Size, signal: AbortSignal): Promise<FakeCluster> {
  const children: ChildProcess[] = [];
  const stop = (): void => {
    signal.removeEventListener("abort", stop);
    for (const child of children) child.kill();
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    const openstack = start("fake-openstack.ts", [size.pods, size.nodes]);
    children.push(openstack);
    const cloud = (await message(openstack, "facts")) as OpenStackFacts;
    const words = [size.pods, size.nodes, cloud.networkId, cloud.subnetId];
    const kubernetes = start("fake-kubernetes.ts", words);
    children.push(kubernetes);
    const facts = (await message(kubernetes, "facts")) as KubernetesFacts;
    return {
      ...cloud,
      ...facts,
      size,
      apiPid: kubernetes.pid ?? 0,
      counts: async () => {
        const answer = message(openstack, "counts");
        openstack.send({});
        return (await answer) as Counts;
      },
      stop,
    };
  } catch (error) {
    stop();
    throw error;
  }
}
