import { topology } from "../dev/src/cloud/topology.ts";
import { controllerMetric, withControllerConfig } from "../test/support/kuryr.ts";
import { cloud, deleteNamespace, makeNamespace } from "../test/support/pods.ts";
import { poolsCommand } from "../test/support/pools.ts";
import { eventually, nodes } from "../test/support/stack.ts";
import { createPod, deletePods, readyFollower, type Follower } from "./ready.ts";
import { against, figure, type Row } from "./row.ts";
import { interval, median } from "./statistics.ts";

const namespace = "bench-pod-ready";
const onBridge = { runtimeClassName: "bridge" };
const coldPerSide = 40;
const warmPerSide = 100;
const burst = 20;
const bursts = 5;
/** Pods of each side that are not measured: code, images and caches get warm. */
const warmUp = 2;

const nodeOf = (i: number): string => nodes[i % nodes.length]?.name ?? "node1";

async function withFollower<T>(work: (pods: Follower) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  await makeNamespace(namespace);
  try {
    const pods = readyFollower(namespace, stop.signal);
    await pods.synced;
    return await work(pods);
  } finally {
    stop.abort();
    await deleteNamespace(namespace);
  }
}

/** Milliseconds from the request that creates the first of some pods to the last one's Ready condition. */
async function timed(
  pods: Follower,
  names: readonly string[],
  more: Record<string, unknown>,
  firstNode: number,
): Promise<number> {
  const ready = names.map((name) => pods.seen(name));
  const start = performance.now();
  await Promise.all(names.map((name, i) => createPod(namespace, name, nodeOf(firstNode + i), more)));
  const took = Math.max(...(await Promise.all(ready))) - start;
  await deletePods(namespace, names);
  return took;
}

/** A Neutron port made as the controller makes it, in milliseconds. */
async function rawCreate(node: string): Promise<number> {
  const { podNetwork, baseIngressGroup, baseEgressGroup } = topology();
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
}

/** One pod at a time, each beside one on the bridge of the same node. */
async function pairs(
  pods: Follower,
  count: number,
  beside: (node: string) => Promise<void> = async () => undefined,
): Promise<{ kuryr: number[]; bridge: number[] }> {
  const kuryr: number[] = [];
  const bridge: number[] = [];
  for (let i = 0; i < count + warmUp; i += 1) {
    const k = await timed(pods, [`kuryr-${i}`], {}, i);
    const b = await timed(pods, [`bridge-${i}`], onBridge, i);
    await beside(nodeOf(i));
    if (i < warmUp) continue;
    kuryr.push(k);
    bridge.push(b);
  }
  return { kuryr, bridge };
}

function ratioRows(bench: string, low: number, high: number, n: number): Row[] {
  return [
    figure(bench, "ratio, low end of its 95 % interval", low, n, "count"),
    figure(bench, "ratio, high end of its 95 % interval", high, n, "count"),
  ];
}

/** From the request that creates a pod to its Ready condition, one pod at a time, without any pool. */
export async function podReadyCold(): Promise<Row[]> {
  const bench = "pod-ready-cold";
  return withFollower(async (pods) => {
    const create: number[] = [];
    const { kuryr, bridge } = await pairs(pods, coldPerSide, async (node) => void create.push(await rawCreate(node)));
    const raw = create.slice(warmUp);
    const floor = median(bridge) + median(raw);
    const { low, high } = interval((r) => median(r(kuryr)) / (median(r(bridge)) + median(r(raw))));
    return [
      against(bench, "p50, no pool, to bridge + one raw port create", median(kuryr), floor, 1.25, kuryr.length),
      ...ratioRows(bench, low, high, kuryr.length),
      figure(bench, "bridge p50", median(bridge), bridge.length),
      figure(bench, "raw port create p50", median(raw), raw.length),
    ];
  });
}

/** Below so few ports a pool is filled again; a burst takes ten of a node's, and must not start a refill. */
const pool = { ports_pool_min: "10", ports_pool_update_frequency: "1" };
const enough = 35;

/** Waits until every node has so many ports that wait, and none is being made. */
async function poolsHave(count: number): Promise<void> {
  await eventually(
    `${count} ports that wait on every node`,
    async () => {
      const idle = await Promise.all(
        nodes.map(({ name }) => controllerMetric("kuryr_vif_pool_idle_ports", `node="${name}"`)),
      );
      const filling = await controllerMetric("kuryr_vif_pool_bulk_requests");
      return idle.every((ports) => ports >= count) && filling === 0 ? true : `${idle.join(" and ")} ports wait`;
    },
    300_000,
  );
}

const createdPorts = (): Promise<number> =>
  controllerMetric("kuryr_openstack_requests_total", 'operation="POST ports"');

/** The same with a warm pool: one pod at a time, and bursts over all nodes. */
export async function podReady(): Promise<Row[]> {
  const bench = "pod-ready";
  return withControllerConfig(
    { kubernetes: { vif_pool_driver: "neutron", enable_manager: "true" }, vif_pool: pool },
    () =>
      withFollower(async (pods) => {
        await poolsHave(Number(pool.ports_pool_min));
        await poolsCommand("populate", ...nodes.map(({ name }) => name), "--ports", String(enough));
        await poolsHave(enough);
        const before = await createdPorts();
        const { kuryr, bridge } = await pairs(pods, warmPerSide);
        const many = { kuryr: [] as number[], bridge: [] as number[] };
        for (let round = 0; round < bursts; round += 1) {
          await poolsHave(enough);
          const names = (prefix: string): string[] =>
            Array.from({ length: burst }, (_, i) => `${prefix}-${round}-${i}`);
          many.kuryr.push(await timed(pods, names("many-kuryr"), {}, 0));
          many.bridge.push(await timed(pods, names("many-bridge"), onBridge, 0));
        }
        const made = (await createdPorts()) - before;
        const { low, high } = interval((r) => median(r(kuryr)) / median(r(bridge)));
        const text = `burst of ${burst} over ${nodes.length} nodes, last Ready`;
        return [
          against(bench, "p50, warm pool, to bridge", median(kuryr), median(bridge), 1.1, kuryr.length),
          ...ratioRows(bench, low, high, kuryr.length),
          against(bench, `${text}, to bridge`, median(many.kuryr), median(many.bridge), 1.5, bursts),
          figure(bench, "requests for new ports meanwhile", made, 1, "count"),
        ];
      }),
  );
}
