import { randomUUID } from "node:crypto";

import { vsctl } from "../dev/src/cloud/ovn.ts";
import { topology } from "../dev/src/cloud/topology.ts";
import { resourceTag } from "../dev/src/kuryr/configuration.ts";
import { run } from "../dev/src/machine/exec.ts";
import { placeOf } from "../dev/src/machine/namespaces.ts";
import type { NodePlan } from "../dev/src/network-plan.ts";
import { cloud, deleteNamespace, makeNamespace, nothingLeft } from "../test/support/pods.ts";
import { nodes } from "../test/support/stack.ts";
import { timeByPart } from "./parts.ts";
import { withCloudApart } from "./processors.ts";
import { createPod, deletePods, kuryrPortFollower, readyFollower } from "./ready.ts";
import { against, beside, figure, type Row } from "./row.ts";
import { median } from "./statistics.ts";

const bench = "cold-rate";
const namespace = "bench-cold-rate";
const pods = 40;
const rounds = 5;
/** More than Neutron has processes for; the client gives it as many as it bears. */
const atOnce = 16;

/** A Neutron port that a burst has made, and where it is plugged. */
interface RawPort {
  readonly id: string;
  readonly node: NodePlan;
  readonly link: string;
}

/** The first characters of a port's id name its link, as OpenStack does it. */
const linkOf = (id: string): string => `raw${id.slice(0, 11)}`;

/** Gives a port the least that makes Neutron see it come up: an interface of the switch's own. */
const plug = async ({ id, node, link }: RawPort): Promise<void> => {
  const settings = ["type=internal", `external_ids:iface-id=${id}`];
  await run(vsctl("--no-wait", "add-port", "br-int", link, "--", "set", "interface", link, ...settings), {
    place: placeOf(node),
  });
};

async function remove({ id, node, link }: RawPort): Promise<void> {
  await run(vsctl("--no-wait", "--if-exists", "del-port", "br-int", link), { place: placeOf(node) });
  await cloud.network.ports.delete(id);
}

/**
 * Makes so many Neutron ports as fast as it goes, and plugs each meanwhile if `plugged`; gives the milliseconds to each
 * one made, in their order. They go into `made`.
 */
async function rawPorts(count: number, made: RawPort[], plugged: boolean): Promise<readonly number[]> {
  const { project, podNetwork, podSubnet, baseIngressGroup, baseEgressGroup } = topology();
  const start = performance.now();
  const madeAfter: number[] = [];
  const plugging: Promise<void>[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      const node = nodes[i % nodes.length];
      if (node === undefined) throw new Error("the stack has no node");
      // All that a pod's port has: each attribute costs Neutron something.
      const { id } = await cloud.network.ports.create({
        network_id: podNetwork,
        project_id: project,
        fixed_ips: [{ subnet_id: podSubnet }],
        security_groups: [baseIngressGroup, baseEgressGroup],
        "binding:host_id": node.name,
        device_owner: "compute:bench",
        device_id: randomUUID(),
        description: "a port of cold-rate",
        tags: [resourceTag],
      });
      const port = { id, node, link: linkOf(id) };
      made.push(port);
      madeAfter.push(performance.now() - start);
      if (plugged) plugging.push(plug(port));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  await Promise.all(plugging);
  return madeAfter;
}

/** Ports a second of those that were made within so many milliseconds. */
function rateWithin(madeAfter: readonly number[], windowMs: number): number {
  const within = madeAfter.filter((ms) => ms <= windowMs).length;
  // All of them made: nothing is known of the time after the last.
  const endMs = within === madeAfter.length ? Math.max(...madeAfter) : windowMs;
  return (within * 1000) / endMs;
}

/**
 * Milliseconds until a burst of pods without pool has its last KuryrPort, beside raw ports during the same burst on the
 * bridge: ports that are only made, and ports that are plugged too. Pods' ports come up while others are made, which
 * costs Neutron a third of a create again.
 *
 * The cloud has processors of its own meanwhile, as it has in truth. Where it shares them with the burst, pods go first,
 * and no raw port is made while it starts on the bridge.
 */
export function coldRate(): Promise<Row[]> {
  return withCloudApart(measured);
}

async function measured(): Promise<Row[]> {
  const stop = new AbortController();
  await makeNamespace(namespace);
  const kuryr: number[] = [];
  const raw: number[] = [];
  const pluggedRaw: number[] = [];
  const whileStarting: number[] = [];
  const made: RawPort[] = [];
  /** Processor time of all bursts of a side, by part. */
  const spent = {
    kuryr: new Map<string, number>(),
    raw: new Map<string, number>(),
    plugged: new Map<string, number>(),
  };
  try {
    const kuryrPorts = kuryrPortFollower(namespace, stop.signal);
    const ready = readyFollower(namespace, stop.signal);
    await Promise.all([kuryrPorts.synced, ready.synced]);
    const burst = async (
      side: keyof typeof spent,
      prefix: string,
      more: Record<string, unknown>,
      measure: (names: readonly string[]) => Promise<readonly number[]>,
    ): Promise<{ readonly after: readonly number[]; readonly readyAfter: number }> => {
      const names = Array.from({ length: pods }, (_, i) => `${prefix}-${i}`);
      const begun = performance.now();
      const started = Promise.all(names.map((name) => ready.seen(name)));
      const before = timeByPart();
      const measuring = measure(names);
      const create = (name: string, i: number): Promise<void> =>
        createPod(namespace, name, nodes[i % nodes.length]?.name ?? "", more);
      const [after, readyAt] = await Promise.all([measuring, started, ...names.map(create)]);
      for (const [part, ms] of timeByPart())
        spent[side].set(part, (spent[side].get(part) ?? 0) + ms - (before.get(part) ?? 0));
      await deletePods(namespace, names);
      for (const port of made.splice(0)) await remove(port);
      await nothingLeft(namespace, 120_000);
      return { after, readyAfter: Math.max(...readyAt) - begun };
    };
    const bridge = { runtimeClassName: "bridge" };
    const sides: ((round: number) => Promise<void>)[] = [
      async (round) => {
        const { after, readyAfter } = await burst("raw", `raw-${round}`, bridge, () => rawPorts(pods, made, false));
        raw.push(Math.max(...after));
        whileStarting.push(rateWithin(after, readyAfter));
      },
      async (round) => {
        const { after } = await burst("plugged", `plugged-${round}`, bridge, () => rawPorts(pods, made, true));
        pluggedRaw.push(Math.max(...after));
      },
      async (round) => {
        const lastSeen = async (names: readonly string[]): Promise<readonly number[]> => {
          const start = performance.now();
          return (await Promise.all(names.map((name) => kuryrPorts.seen(name)))).map((at) => at - start);
        };
        kuryr.push(Math.max(...(await burst("kuryr", `kuryr-${round}`, {}, lastSeen)).after));
      },
    ];
    // Each comes first as often as the others, as far as that goes.
    for (let round = 0; round < rounds; round += 1)
      for (let turn = 0; turn < sides.length; turn += 1) await sides[(round + turn) % sides.length]?.(round);
    const rate = (times: readonly number[]): number => (pods * 1000) / median(times);
    return [
      // A rate of 0.9 takes 1 / 0.9 of the time.
      against(
        bench,
        "time of a port, no pool, first pod to last KuryrPort, to raw ports during the burst on the bridge",
        median(kuryr) / pods,
        median(raw) / pods,
        1 / 0.9,
        pods * rounds,
      ),
      against(
        bench,
        "the same, to raw ports that are plugged too",
        median(kuryr) / pods,
        median(pluggedRaw) / pods,
        1 / 0.9,
        pods * rounds,
      ),
      // Rates: the floor is Kuryr's.
      against(
        bench,
        "raw ports a second until the burst on the bridge is Ready, to KuryrPorts a second",
        median(whileStarting),
        rate(kuryr),
        1 / 0.9,
        pods * rounds,
        "1/s",
      ),
      figure(bench, "KuryrPorts a second", rate(kuryr), pods * rounds, "1/s"),
      figure(bench, "raw ports a second", rate(raw), pods * rounds, "1/s"),
      figure(bench, "raw ports a second, plugged too", rate(pluggedRaw), pods * rounds, "1/s"),
      // Until the last pod is Ready.
      ...[...spent.kuryr].map(([part, ms]) => {
        const floor = (spent.plugged.get(part) ?? 0) / pods / rounds;
        return beside(
          bench,
          `CPU of ${part} for a pod, to pod on the bridge + raw port, plugged`,
          ms / pods / rounds,
          floor,
          pods * rounds,
        );
      }),
    ];
  } finally {
    stop.abort();
    for (const port of made) await remove(port);
    await deleteNamespace(namespace);
  }
}
