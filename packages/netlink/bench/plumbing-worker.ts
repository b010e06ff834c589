import { parentPort } from "node:worker_threads";
import { openNetlink, openNetns, plumbPodSync, type PodSpec } from "../src/index.ts";

/** One pod to plumb in the worker. */
export interface WorkOrder {
  readonly id: number;
  readonly pod: Omit<PodSpec, "netns"> & { readonly hostName: string; readonly path: string };
}

const host = openNetlink();
parentPort?.on("message", ({ id, pod }: WorkOrder) => {
  try {
    using netns = openNetns(pod.path);
    plumbPodSync({ ...pod, netns }, { host });
    parentPort?.postMessage({ id }, []);
  } catch (error) {
    parentPort?.postMessage({ id, error: String(error) }, []);
  }
});
