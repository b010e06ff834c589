import { setTimeout as pause } from "node:timers/promises";

import { startFakes, type FakeCluster } from "./scale/cluster.ts";
import { startController, type RunningController } from "./scale/controller.ts";
import { changePorts, churnPods, openWatches } from "./scale/load.ts";
import type { Size } from "./scale/population.ts";
import { cpuMs, memoryMiB } from "./processes.ts";
import { against, below, beside, figure, type Row } from "./row.ts";

const bench = "memory";
const say = (line: string): void => void process.stdout.write(`  ${line}\n`);

/** The controller looks at all ports and pods every 60 s: two such looks fall into this time. */
const restMs = 130_000;
const churned = 300;
const atOnce = 20;
const clearance = 1.25;

/** What one size of cluster costs. */
interface Cost {
  readonly size: Size;
  readonly readyMs: number;
  /** Of a second start on the same cluster. */
  readonly restartMs: number;
  /** The most while it rested, and the most that it ever had. */
  readonly memory: { readonly resting: number; readonly peak: number };
  /** GETs of port lists until it was ready. */
  readonly portLists: number;
  /** Of a pod that came and went. */
  readonly perPod: { readonly cpuMs: number; readonly requests: number };
  /** Milliseconds of processor time in a minute in which nothing happened. */
  readonly restCpuMs: number;
}

const label = ({ pods, nodes }: Size): string =>
  `${pods.toLocaleString("en")} pods, ${nodes.toLocaleString("en")} nodes`;

async function withFakes<T>(size: Size, signal: AbortSignal, work: (on: FakeCluster) => Promise<T>): Promise<T> {
  say(`${label(size)}: filling the fakes`);
  const fakes = await startFakes(size, signal);
  try {
    return await work(fakes);
  } finally {
    fakes.stop();
  }
}

async function withController<T>(
  on: FakeCluster,
  signal: AbortSignal,
  work: (controller: RunningController) => Promise<T>,
): Promise<T> {
  const controller = await startController(on, signal);
  try {
    return await work(controller);
  } finally {
    await controller.stop();
  }
}

async function requestsOf(controller: RunningController): Promise<number> {
  const counters = ["kuryr_kubernetes_requests_total", "kuryr_openstack_requests_total"];
  const values = await Promise.all(counters.map((name) => controller.metric(name)));
  return values.reduce((sum, value) => sum + value, 0);
}

/** Resident memory while nothing happens: the most of many looks. */
async function rest(pid: number, ms: number, signal: AbortSignal): Promise<{ most: number; cpuMs: number }> {
  const before = cpuMs(pid);
  const until = performance.now() + ms;
  let most = 0;
  while (performance.now() < until) {
    most = Math.max(most, memoryMiB(pid).now);
    await pause(250, undefined, { signal });
  }
  return { most, cpuMs: cpuMs(pid) - before };
}

/** What pods cost that come and go: processor time beyond that of rest, and requests. */
async function pods(on: FakeCluster, controller: RunningController): Promise<Cost["perPod"]> {
  // The first ones read subnets and warm the code up.
  await churnPods(on, churned, atOnce);
  const [cpu, requests] = [cpuMs(controller.pid), await requestsOf(controller)];
  await churnPods(on, churned, atOnce);
  return {
    cpuMs: (cpuMs(controller.pid) - cpu) / churned,
    requests: ((await requestsOf(controller)) - requests) / churned,
  };
}

async function costOf(on: FakeCluster, restsMs: number, signal: AbortSignal): Promise<Cost> {
  const first = await withController(on, signal, async (controller) => {
    const portLists = (await on.counts())["network GET /v2.0/ports"] ?? 0;
    say(
      `${label(on.size)}: ready after ${(controller.readyMs / 1000).toFixed(1)} s, ${memoryMiB(controller.pid).now.toFixed(0)} MiB`,
    );
    const perPod = await pods(on, controller);
    const rested = await rest(controller.pid, restsMs, signal);
    const { peak } = memoryMiB(controller.pid);
    say(`${label(on.size)}: ${rested.most.toFixed(0)} MiB at rest, ${peak.toFixed(0)} at most`);
    const restCpuMs = (rested.cpuMs * 60_000) / restsMs;
    return { readyMs: controller.readyMs, portLists, perPod, memory: { resting: rested.most, peak }, restCpuMs };
  });
  const restartMs = await withController(on, signal, async (controller) => controller.readyMs);
  return { size: on.size, restartMs, ...first };
}

/** The controller of 20,000 pods, and what a pod costs in clusters of 1,000 to 100,000. */
async function sizes(signal: AbortSignal): Promise<Row[]> {
  const found: Cost[] = [];
  for (const size of [
    { pods: 1000, nodes: 50 },
    { pods: 20_000, nodes: 1000 },
    { pods: 100_000, nodes: 3400 },
  ])
    found.push(await withFakes(size, signal, (on) => costOf(on, restMs, signal)));
  const [small, middle, large] = found;
  if (small === undefined || middle === undefined || large === undefined) throw new Error("a size is missing");
  const at = label(middle.size);
  const rows = [
    below(bench, `controller, ${at}: resident at rest`, middle.memory.resting, 350, 1, "MiB"),
    below(bench, `controller, ${at}: restart to ready`, middle.restartMs, 5000, 1, "ms"),
    against(
      bench,
      `controller, ${at}: lists of ports at start, to 1,000 pods`,
      middle.portLists,
      small.portLists,
      1,
      1,
      "count",
    ),
    against(
      bench,
      "CPU of a pod that comes and goes, 100,000 pods, to 1,000",
      large.perPod.cpuMs,
      small.perPod.cpuMs,
      clearance,
      churned,
    ),
    against(
      bench,
      "requests of a pod that comes and goes, 100,000 pods, to 1,000",
      large.perPod.requests,
      small.perPod.requests,
      1.05,
      churned,
      "count",
    ),
  ];
  for (const cost of found) {
    const of = (what: string): string => `controller, ${label(cost.size)}: ${what}`;
    rows.push(
      figure(bench, of("resident at rest"), cost.memory.resting, 1, "MiB"),
      figure(bench, of("resident at most"), cost.memory.peak, 1, "MiB"),
      figure(bench, of("restart to ready"), cost.restartMs, 1),
      figure(bench, of("lists of ports at start"), cost.portLists, 1, "count"),
      figure(bench, of("CPU of a pod that comes and goes"), cost.perPod.cpuMs, churned),
      figure(bench, of("requests of a pod that comes and goes"), cost.perPod.requests, churned, "count"),
      figure(bench, of("CPU of a minute at rest"), cost.restCpuMs, 1),
    );
  }
  return rows;
}

const watched = { perSecond: 500, seconds: 30 };

/** The greatest cluster: memory, and what events cost with a watch of every daemon. */
async function greatest(signal: AbortSignal): Promise<Row[]> {
  const size = { pods: 150_000, nodes: 5000 };
  return withFakes(size, signal, (on) =>
    withController(on, signal, async (controller) => {
      say(`${label(size)}: ready after ${(controller.readyMs / 1000).toFixed(1)} s`);
      const rested = await rest(controller.pid, restMs, signal);
      const { peak } = memoryMiB(controller.pid);
      say(`${label(size)}: ${rested.most.toFixed(0)} MiB at rest, ${peak.toFixed(0)} at most`);
      const watches = await openWatches(on);
      say(`${watches.open} watches are open`);
      const before = { api: cpuMs(on.apiPid), controller: cpuMs(controller.pid), events: watches.events };
      const changes = await changePorts(on, watched.perSecond, watched.seconds);
      await pause(1000, undefined, { signal });
      const seen = watches.events - before.events;
      watches.close();
      const of = (what: string): string => `${label(size)}: ${what}`;
      const share = (pid: number, earlier: number): number => (cpuMs(pid) - earlier) / (watched.seconds + 1) / 10;
      return [
        below(bench, `controller, ${of("resident at rest")}`, rested.most, 1024, 1, "MiB"),
        figure(bench, `controller, ${of("resident at most")}`, peak, 1, "MiB"),
        figure(bench, `controller, ${of("start to ready")}`, controller.readyMs, 1),
        beside(
          bench,
          `${watches.open} watches: events a second`,
          changes / watched.seconds,
          watched.perSecond,
          changes,
          "1/s",
        ),
        beside(bench, `${watches.open} watches: events that arrived`, seen, changes, changes, "count"),
        figure(
          bench,
          `${watches.open} watches: CPU of the API server (a fake), per cent of a processor`,
          share(on.apiPid, before.api),
          1,
          "count",
        ),
        figure(
          bench,
          `${watches.open} watches: CPU of the controller, per cent of a processor`,
          share(controller.pid, before.controller),
          1,
          "count",
        ),
      ];
    }),
  );
}

/** The controller's memory, time and requests by the size of the cluster, on fakes. */
export async function scale(signal: AbortSignal): Promise<Row[]> {
  return [...(await sizes(signal)), ...(await greatest(signal))];
}
