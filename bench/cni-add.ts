import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { topology } from "../dev/src/cloud/topology.ts";
import { run } from "../dev/src/machine/exec.ts";
import { placeOf } from "../dev/src/machine/namespaces.ts";
import { pods as podNetwork, type NodePlan } from "../dev/src/network-plan.ts";
import { bridgeConflist } from "../dev/src/kube/node.ts";
import { apply, cloud, deleteNamespace, demoPod, kuryrPortApi, makeNamespace, podApi } from "../test/support/pods.ts";
import { daemonMetrics, sample } from "../test/support/daemon.ts";
import { eventually, nodeNamed, pidOf, rssMiB, whilePaused } from "../test/support/stack.ts";
import { componentLog } from "../test/support/workloads.ts";
import { against, below, figure, type Row } from "./row.ts";
import { median, quantile } from "./statistics.ts";

const namespace = "bench-cni-add";
const parallel = 8;
const rounds = 200;

interface Samples {
  readonly single: {
    readonly spawn: number[];
    readonly kuryr: number[];
    readonly bridge: number[];
    readonly plumb: number[];
    readonly plug: number[];
  };
  /** When the bursts began. */
  readonly singleEnd: string;
  /** From then on Kuryr had the node for itself. */
  readonly aloneSince: string;
  readonly idleLagMs: number;
  readonly many: { readonly raw: number[]; readonly kuryr: number[]; readonly bridge: number[] };
}

/** What the daemon says of its own ADDs since a moment. */
function phases(component: string, since: Date, until: Date): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const line of componentLog(component).split("\n")) {
    if (!line.includes('"message":"added"')) continue;
    const entry = JSON.parse(line) as Record<string, unknown>;
    const at = new Date(String(entry["time"]));
    if (at < since || at > until) continue;
    for (const phase of ["wait", "netns", "ovsdb", "installed", "total"]) {
      found.set(phase, [...(found.get(phase) ?? []), Number(entry[phase])]);
    }
  }
  return found;
}

/** The daemon's lag as it says it of each of its last seconds, with when it was asked, in milliseconds. */
function followLag(node: NodePlan): { stop(): Promise<{ readonly at: number; readonly ms: number }[]> } {
  const seen: { at: number; ms: number }[] = [];
  const stop = new AbortController();
  const running = (async () => {
    while (!stop.signal.aborted) {
      const seconds = sample(await daemonMetrics(node), 'kuryr_event_loop_lag_seconds{percentile="99"}');
      seen.push({ at: Date.now(), ms: seconds * 1000 });
      await pause(1000, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      stop.abort();
      await running;
      return seen;
    },
  };
}

/** The daemon looks at itself so often: what it says is of the time before. */
const lagSampleMs = 5000;

/**
 * CNI ADD with the KuryrPort in place, as the runtime sees it (from the start of the plugin's process to its end):
 * one at a time beside raw plumbing and raw plug-to-`ovn-installed`, and eight at once beside Debian's bridge plugin.
 */
export async function cniAdd(): Promise<Row[]> {
  const node = nodeNamed("node1");
  const daemon = `${node.name}/kuryr-daemon`;
  await makeNamespace(namespace);
  const rawPorts: { id: string; mac: string; ip: string }[] = [];
  const since = new Date();
  const lag = followLag(node);
  try {
    const { podNetwork: network, baseIngressGroup, baseEgressGroup } = topology();
    for (let i = 0; i < parallel; i += 1) {
      const port = await cloud.network.ports.create({
        network_id: network,
        security_groups: [baseIngressGroup, baseEgressGroup],
        "binding:host_id": node.name,
        device_owner: "compute:bench",
      });
      rawPorts.push({ id: port.id, mac: port.mac_address, ip: port.fixed_ips[0]?.ip_address ?? "" });
    }
    // Paused, so that nobody but the bench calls the plugin for these pods.
    const samples = await whilePaused(`${node.name}/kubelet`, async () => {
      const names = Array.from({ length: parallel }, (_, i) => `p${i}`);
      await apply({ apiVersion: "v1", kind: "List", items: names.map((name) => demoPod(namespace, name, node.name)) });
      await eventually("the KuryrPorts", async () => {
        const { items } = await kuryrPortApi.list({ namespace });
        return items.length === names.length ? true : `${items.length} of ${names.length}`;
      });
      const pods = await Promise.all(
        names.map(async (name) => ({ namespace, name, uid: (await podApi.get({ namespace, name })).metadata.uid })),
      );
      const { plugins } = JSON.parse(bridgeConflist(node, "1.0.0")) as { plugins: object[] };
      const bridgeConfig = JSON.stringify({ cniVersion: "1.0.0", name: "bridge", ...plugins[0] });
      const timer = join(await mkdtemp(join(tmpdir(), "kuryr-bench-")), "time-plugin");
      await run(["gcc", "-O2", "-static", "-o", timer, join(import.meta.dirname, "in-node", "time-plugin.c")]);
      const job = { rounds, parallel, pods, ports: rawPorts, gateway: podNetwork.gateway, bridgeConfig, timer };
      const script = join(import.meta.dirname, "in-node", "cni-add.ts");
      const { stdout } = await run([process.execPath, "-C", "kuryr-source", script], {
        place: placeOf(node),
        input: JSON.stringify(job),
        timeoutMs: 600_000,
      });
      return JSON.parse(stdout) as Samples;
    });
    const { single, many, singleEnd, aloneSince, idleLagMs } = samples;
    const lags = (await lag.stop()).filter(({ at }) => at > Date.parse(aloneSince) + lagSampleMs).map(({ ms }) => ms);
    const floor = median(single.plumb) + median(single.plug);
    const bench = "cni-add";
    return [
      against(
        bench,
        "p50, one at a time, to raw plumbing + raw plug",
        median(single.kuryr),
        floor,
        1.25,
        single.kuryr.length,
      ),
      against(
        bench,
        `p99, ${parallel} at once, to the bridge plugin`,
        quantile(many.kuryr, 0.99),
        quantile(many.bridge, 0.99),
        1,
        many.kuryr.length,
      ),
      below(
        bench,
        `lag of the daemon, p99, ${parallel} at once, worst five seconds`,
        Math.max(...lags),
        20,
        lags.length,
        "ms",
      ),
      figure(bench, `lag of the daemon, p99, ${parallel} at once, five seconds as usual`, median(lags), lags.length),
      figure(bench, "lag of a process that does nothing, p99 meanwhile", idleLagMs, 1),
      figure(bench, "p99, one at a time", quantile(single.kuryr, 0.99), single.kuryr.length),
      figure(bench, `p50, ${parallel} at once`, median(many.kuryr), many.kuryr.length),
      figure(bench, "bridge plugin p50, one at a time", median(single.bridge), single.bridge.length),
      figure(bench, `bridge plugin p50, ${parallel} at once`, median(many.bridge), many.bridge.length),
      figure(bench, `raw plumbing + plug p50, ${parallel} at once`, median(many.raw), many.raw.length),
      figure(bench, `raw plumbing + plug p99, ${parallel} at once`, quantile(many.raw, 0.99), many.raw.length),
      figure(bench, "raw plumbing p50", median(single.plumb), single.plumb.length),
      figure(bench, "raw plug to ovn-installed p50", median(single.plug), single.plug.length),
      figure(bench, "starting the plugin p50", median(single.spawn), single.spawn.length),
      ...[...phases(daemon, new Date(singleEnd), new Date())].map(([phase, times]) =>
        figure(bench, `in the daemon, ${parallel} at once: ${phase} p50`, median(times), times.length),
      ),
      ...[...phases(daemon, since, new Date(singleEnd))].map(([phase, times]) =>
        figure(bench, `in the daemon, one at a time: ${phase} p50`, median(times), times.length),
      ),
      below(bench, "memory of the daemon", rssMiB(pidOf(daemon)), 90, 1, "MiB"),
    ];
  } finally {
    await lag.stop();
    for (const { id } of rawPorts) await cloud.network.ports.delete(id);
    await deleteNamespace(namespace);
  }
}
