import { topology } from "../dev/src/cloud/topology.ts";
import { cloud, deleteNamespace, makeNamespace, nothingLeft } from "../test/support/pods.ts";
import { nodes } from "../test/support/stack.ts";
import { timeByPart } from "./parts.ts";
import { createPod, deletePods, kuryrPortFollower, readyFollower } from "./ready.ts";
import { against, beside, figure, type Row } from "./row.ts";
import { median } from "./statistics.ts";

const bench = "cold-rate";
const namespace = "bench-cold-rate";
const pods = 40;
const rounds = 3;
/** As many as the controller has at once. */
const atOnce = 16;

/** Makes so many Neutron ports as fast as it goes; gives the milliseconds to the last. Their ids go into `made`. */
async function rawPorts(count: number, made: string[]): Promise<number> {
  const { podNetwork, baseIngressGroup, baseEgressGroup } = topology();
  const start = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      const port = await cloud.network.ports.create({
        network_id: podNetwork,
        security_groups: [baseIngressGroup, baseEgressGroup],
        "binding:host_id": nodes[i % nodes.length]?.name ?? "",
        device_owner: "compute:bench",
      });
      made.push(port.id);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return performance.now() - start;
}

/** Milliseconds until a burst of pods without pool has its last KuryrPort, beside raw ports during the same burst on the bridge. */
export async function coldRate(): Promise<Row[]> {
  const stop = new AbortController();
  await makeNamespace(namespace);
  const kuryr: number[] = [];
  const raw: number[] = [];
  const made: string[] = [];
  /** Processor time of all bursts of a side, by part. */
  const spent = { kuryr: new Map<string, number>(), raw: new Map<string, number>() };
  try {
    const kuryrPorts = kuryrPortFollower(namespace, stop.signal);
    const ready = readyFollower(namespace, stop.signal);
    await Promise.all([kuryrPorts.synced, ready.synced]);
    const burst = async (
      side: keyof typeof spent,
      prefix: string,
      more: Record<string, unknown>,
      measure: (names: readonly string[]) => Promise<number>,
    ): Promise<number> => {
      const names = Array.from({ length: pods }, (_, i) => `${prefix}-${i}`);
      const started = Promise.all(names.map((name) => ready.seen(name)));
      const before = timeByPart();
      const measured = measure(names);
      const create = (name: string, i: number): Promise<void> =>
        createPod(namespace, name, nodes[i % nodes.length]?.name ?? "", more);
      const [took] = await Promise.all([measured, started, ...names.map(create)]);
      for (const [part, ms] of timeByPart())
        spent[side].set(part, (spent[side].get(part) ?? 0) + ms - (before.get(part) ?? 0));
      await deletePods(namespace, names);
      for (const id of made.splice(0)) await cloud.network.ports.delete(id);
      await nothingLeft(namespace, 120_000);
      return took;
    };
    for (let round = 0; round < rounds; round += 1) {
      raw.push(await burst("raw", `bridge-${round}`, { runtimeClassName: "bridge" }, () => rawPorts(pods, made)));
      kuryr.push(
        await burst("kuryr", `kuryr-${round}`, {}, async (names) => {
          const start = performance.now();
          return Math.max(...(await Promise.all(names.map((name) => kuryrPorts.seen(name))))) - start;
        }),
      );
    }
    const rate = (times: readonly number[]): number => (pods * 1000) / median(times);
    return [
      // A rate of 0.9 takes 1 / 0.9 of the time.
      against(
        bench,
        "time of a port, no pool, first pod to last KuryrPort, to raw ports",
        median(kuryr) / pods,
        median(raw) / pods,
        1 / 0.9,
        pods * rounds,
      ),
      figure(bench, "KuryrPorts a second", rate(kuryr), pods * rounds, "1/s"),
      figure(bench, "raw ports a second", rate(raw), pods * rounds, "1/s"),
      // Until the last pod is Ready. A port that is plugged costs Neutron and OVN more than one that is only made.
      ...[...spent.kuryr].map(([part, ms]) => {
        const floor = (spent.raw.get(part) ?? 0) / pods / rounds;
        return beside(
          bench,
          `CPU of ${part} for a pod, to pod on the bridge + raw port`,
          ms / pods / rounds,
          floor,
          pods * rounds,
        );
      }),
    ];
  } finally {
    stop.abort();
    for (const id of made) await cloud.network.ports.delete(id);
    await deleteNamespace(namespace);
  }
}
