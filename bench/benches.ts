import { clientNode } from "./client-node.ts";
import { libraryBench } from "./library.ts";
import type { Row } from "./row.ts";
import { scale } from "./scale.ts";

/** One rung of the ladder. */
export interface Bench {
  /** What it measures, in a line. */
  readonly about: string;
  /** Whether it measures on the real stack, with Kuryr on it. */
  readonly needsStack: boolean;
  /** Runs with that one; by itself only when it is named. */
  readonly partOf?: string;
  readonly run: (signal: AbortSignal) => Promise<Row[]>;
}

const library = (about: string, script: string): Bench => ({
  about,
  needsStack: false,
  run: (signal) => libraryBench(script, [], signal),
});

/** @param run imports what speaks to the stack only when it is called: before that there may be none */
const onStack = (about: string, run: Bench["run"]): Bench => ({ about, needsStack: true, run });

/** From the libraries up to pods; in this order they run. */
export const benches: Readonly<Record<string, Bench>> = {
  informer: {
    about: "the cache of Kubernetes objects beside @kubernetes/client-node",
    needsStack: false,
    run: async (signal) =>
      libraryBench("packages/kubernetes/bench/informer.ts", ["--client-node", await clientNode(signal)], signal),
  },
  openstack: library("requests to OpenStack beside bare sockets", "packages/openstack/bench/requests.ts"),
  netlink: library("links and addresses of a pod beside iproute2", "packages/netlink/bench/plumbing.ts"),
  ovsdb: library("switch ports beside ovs-vsctl", "packages/ovsdb/bench/plug.ts"),
  "cni-add": onStack("CNI ADD beside the bridge plugin and raw plumbing", async () =>
    (await import("./cni-add.ts")).cniAdd(),
  ),
  memory: onStack("memory of daemon and controller with 100 pods, and scale", async (signal) => [
    ...(await (await import("./footprint.ts")).footprint(signal)),
    ...(await scale(signal)),
  ]),
  scale: {
    about: "the controller with up to 150,000 pods on fakes: memory, start, CPU, requests (a quarter of an hour)",
    needsStack: false,
    partOf: "memory",
    run: scale,
  },
  "api-requests": onStack("Kubernetes requests of a pod, by the audit log", async () =>
    (await import("./api-requests.ts")).apiRequests(),
  ),
  "cold-rate": onStack("KuryrPorts a second without pool beside raw ports", async () =>
    (await import("./cold-rate.ts")).coldRate(),
  ),
  "pod-ready-cold": onStack("pod to Ready without pool beside the bridge and a raw port", async () =>
    (await import("./pod-ready.ts")).podReadyCold(),
  ),
  "pod-ready": onStack("pod to Ready with a warm pool beside the bridge", async () =>
    (await import("./pod-ready.ts")).podReady(),
  ),
};
