import { createInformer } from "@kuryr/kubernetes";

import { topology } from "../dev/src/cloud/topology.ts";
import { cloud, deleteNamespace, demoPod, makeNamespace, podApi, type TestPod } from "../test/support/pods.ts";
import { kubectl, nodes } from "../test/support/stack.ts";
import { against, figure, type Row } from "./row.ts";
import { interval, median } from "./statistics.ts";

const namespace = "bench-pod-ready";
const perSide = 40;

const isReady = (pod: TestPod): boolean =>
  pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;

/** Follows the namespace's pods and tells when one becomes Ready. */
function follow(signal: AbortSignal): { ready(name: string): Promise<void>; synced: Promise<void> } {
  const waiting = new Map<string, () => void>();
  const informer = createInformer<TestPod, boolean>(podApi, {
    namespace,
    project: isReady,
    onError: (error) => process.stderr.write(`${String(error)}\n`),
  });
  const look = (ready: boolean, info: { key: string }): void => {
    if (ready) waiting.get(info.key.split("/")[1] ?? "")?.();
  };
  informer.handle({ add: (pod, info) => look(pod, info), update: (_, pod, info) => look(pod, info) });
  void informer.run(signal);
  return {
    synced: informer.synced,
    ready: (name) => new Promise((resolve) => waiting.set(name, resolve)),
  };
}

/** From the request that creates a pod to its Ready condition, one pod at a time, without any pool. */
export async function podReady(): Promise<Row[]> {
  const stop = new AbortController();
  await makeNamespace(namespace);
  try {
    const pods = follow(stop.signal);
    await pods.synced;
    const timed = async (name: string, more: Record<string, unknown>, node: string): Promise<number> => {
      const ready = pods.ready(name);
      const start = performance.now();
      await podApi.create(demoPod(namespace, name, node, more) as Parameters<typeof podApi.create>[0]);
      await ready;
      const took = performance.now() - start;
      await kubectl(["-n", namespace, "delete", "pod", name, "--now", "--wait=true"]);
      return took;
    };
    const { podNetwork, baseIngressGroup, baseEgressGroup } = topology();
    const rawCreate = async (node: string): Promise<number> => {
      const start = performance.now();
      const port = await cloud.network.ports.create({
        network_id: podNetwork,
        security_groups: [baseIngressGroup, baseEgressGroup],
        "binding:host_id": node,
        device_owner: "compute:bench",
      });
      const took = performance.now() - start;
      await cloud.network.ports.delete(port.id);
      return took;
    };
    const kuryr: number[] = [];
    const bridge: number[] = [];
    const create: number[] = [];
    for (let i = -2; i < perSide; i += 1) {
      const node = nodes[(i + 2) % nodes.length]?.name ?? "node1";
      const [k, b, c] = [
        await timed(`kuryr-${i + 2}`, {}, node),
        await timed(`bridge-${i + 2}`, { runtimeClassName: "bridge" }, node),
        await rawCreate(node),
      ];
      if (i < 0) continue; // Warm-up.
      kuryr.push(k);
      bridge.push(b);
      create.push(c);
    }
    const floor = median(bridge) + median(create);
    const { low, high } = interval((r) => median(r(kuryr)) / (median(r(bridge)) + median(r(create))));
    const bench = "pod-ready";
    return [
      against(bench, "p50, no pool, to bridge + one raw port create", median(kuryr), floor, 1.25, kuryr.length),
      figure(bench, "ratio, low end of its 95 % interval", low, kuryr.length, "count"),
      figure(bench, "ratio, high end of its 95 % interval", high, kuryr.length, "count"),
      figure(bench, "bridge p50", median(bridge), bridge.length),
      figure(bench, "raw port create p50", median(create), create.length),
    ];
  } finally {
    stop.abort();
    await deleteNamespace(namespace);
  }
}
