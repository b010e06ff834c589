/**
 * Pod plumbing over netlink in its three ways (sends on the thread pool, on the main thread, in one worker) beside
 * `ip -batch`. Each way runs in a process of its own, so that its memory is its own. Wants root.
 *
 *     node -C kuryr-source packages/netlink/bench/plumbing.ts [--pods 160] [--json FILE]
 */
import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { against, beside, figure, type Row } from "../../../bench/row.ts";
import { deleteLinks, type Netns, openNetlink, openNetns, plumbPod, plumbPodSync, type PodSpec } from "../src/index.ts";
import type { WorkOrder } from "./plumbing-worker.ts";

const run = promisify(execFile);
const ways = ["async", "sync", "worker", "ip-batch"] as const;
type Way = (typeof ways)[number];
/** Pods before the measured ones, for the compiler. */
const WARM_UP = 32;

interface Result {
  readonly way: Way;
  readonly parallel: number;
  readonly n: number;
  /** Milliseconds of one pod. */
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds from first to last, divided by pods. */
  readonly wallPerPod: number;
  /** Milliseconds of processor per pod, children included. */
  readonly cpuPerPod: number;
  /** How late the main loop's timers ran, in milliseconds. */
  readonly lagP99: number;
  readonly lagMax: number;
  readonly rssMiB: number;
  /** Milliseconds to delete all pods with one call. */
  readonly deleteAll: number;
}

/** One pod's place and wishes, in plain data that goes to a worker as well. */
function podAt(
  prefix: string,
  at: number,
): Omit<PodSpec, "netns"> & { readonly hostName: string; readonly path: string } {
  return {
    hostName: `${prefix}h${at}`,
    path: `/run/netns/${prefix}n${at}`,
    ifName: "eth0",
    mac: `fa:16:3e:00:${hex(at >> 8)}:${hex(at)}`,
    mtu: 1442,
    addresses: [`10.0.${(at >> 8) + 1}.${at & 255}/16`],
    routes: [{ to: "default", via: "10.0.0.1" }],
  };
}

function hex(value: number): string {
  return (value & 255).toString(16).padStart(2, "0");
}

interface Plumber {
  readonly plumb: (pod: ReturnType<typeof podAt>) => Promise<void>;
  readonly close: () => Promise<void>;
}

function plumber(way: Way): Plumber {
  switch (way) {
    case "async": {
      const host = openNetlink();
      return {
        plumb: (pod) => withNetns(pod.path, async (netns) => void (await plumbPod({ ...pod, netns }, { host }))),
        close: async () => host.close(),
      };
    }
    case "sync": {
      const host = openNetlink();
      return {
        plumb: (pod) => withNetns(pod.path, async (netns) => void plumbPodSync({ ...pod, netns }, { host })),
        close: async () => host.close(),
      };
    }
    case "worker":
      return inWorker();
    case "ip-batch":
      return { plumb: byIpBatch, close: async () => {} };
    default:
      return way satisfies never;
  }
}

async function withNetns(path: string, work: (netns: Netns) => Promise<void>): Promise<void> {
  using netns = openNetns(path);
  await work(netns);
}

function inWorker(): Plumber {
  const worker = new Worker(new URL("./plumbing-worker.ts", import.meta.url));
  const waiting = new Map<number, PromiseWithResolvers<void>>();
  let next = 0;
  worker.on("message", ({ id, error }: { id: number; error?: string }) => {
    if (error === undefined) waiting.get(id)?.resolve();
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });
  return {
    plumb(pod) {
      const id = next++;
      const done = Promise.withResolvers<void>();
      waiting.set(id, done);
      worker.postMessage({ id, pod } satisfies WorkOrder, []);
      return done.promise;
    },
    close: async () => void (await worker.terminate()),
  };
}

async function byIpBatch(pod: ReturnType<typeof podAt>): Promise<void> {
  const ns = pod.path.slice("/run/netns/".length);
  const peer = `peer name ${pod.ifName} netns ${ns} address ${pod.mac} mtu ${pod.mtu}`;
  await batch([], [`link add ${pod.hostName} mtu ${pod.mtu} type veth ${peer}`, `link set ${pod.hostName} up`]);
  await batch(
    ["-n", ns],
    [
      "link set lo up",
      ...pod.addresses.map((address) => `address add ${address} dev ${pod.ifName}`),
      `link set ${pod.ifName} up`,
      ...pod.routes.map(({ to, via }) => `route add ${to} via ${via} dev ${pod.ifName}`),
    ],
  );
}

async function batch(options: readonly string[], lines: readonly string[]): Promise<void> {
  const running = run("ip", [...options, "-batch", "-"]);
  running.child.stdin?.end(`${lines.join("\n")}\n`);
  await running;
}

/** Microseconds of processor, of this process with all its threads and of its finished children. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ") ?? [];
  const ticks = Number(fields[13]) + Number(fields[14]);
  return user + system + ticks * 10_000;
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Goes on after a line that fails: what is not there need not be deleted. */
function netnsBatch(lines: readonly string[]): void {
  try {
    execFileSync("ip", ["-force", "-batch", "-"], {
      input: `${lines.join("\n")}\n`,
      stdio: ["pipe", "ignore", "pipe"],
    });
  } catch (error) {
    console.error(String(error));
  }
}

async function measure(way: Way, parallel: number, count: number): Promise<Result> {
  const prefix = `kb${randomBytes(2).toString("hex")}`;
  const pods = Array.from({ length: count + WARM_UP }, (_, at) => podAt(prefix, at));
  const names = pods.map(({ path }) => path.slice("/run/netns/".length));
  const clean = (): void => netnsBatch(names.map((name) => `netns delete ${name}`));
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      clean();
      process.exit(1);
    });
  }
  try {
    netnsBatch(names.map((name) => `netns add ${name}`));
    const { plumb, close } = plumber(way);
    const warmUp = pods.splice(0, WARM_UP);
    for (const pod of warmUp) await plumb(pod);
    const lag = monitorEventLoopDelay({ resolution: 1 });
    const times: number[] = [];
    const queue = [...pods];
    const worker = async (): Promise<void> => {
      for (let pod = queue.shift(); pod !== undefined; pod = queue.shift()) {
        const start = performance.now();
        await plumb(pod);
        times.push(performance.now() - start);
        // As in a daemon, other work gets its turn between pods.
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    lag.enable();
    const cpuBefore = cpu();
    const start = performance.now();
    await Promise.all(Array.from({ length: parallel }, worker));
    const wall = performance.now() - start;
    const cpuAfter = cpu();
    lag.disable();
    const rss = process.memoryUsage.rss();
    await close();
    const deleteStart = performance.now();
    await deleteLinks([...warmUp, ...pods].map(({ hostName }) => hostName));
    const deleteAll = performance.now() - deleteStart;
    times.sort((a, b) => a - b);
    return {
      way,
      parallel,
      n: count,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      wallPerPod: wall / count,
      cpuPerPod: (cpuAfter - cpuBefore) / 1000 / count,
      // The histogram counts from one tick of its timer to the next, and a tick is a millisecond.
      lagP99: Math.max(0, lag.percentile(99) / 1e6 - 1),
      lagMax: Math.max(0, lag.max / 1e6 - 1),
      rssMiB: rss / 2 ** 20,
      deleteAll,
    };
  } finally {
    clean();
  }
}

/** Rows of the report; the floor is what `ip -batch` takes in the same run. */
function rowsOf(results: readonly Result[]): Row[] {
  return results.flatMap((result) => {
    const { way, parallel, n } = result;
    const peer = results.find((other) => other.way === "ip-batch" && other.parallel === parallel);
    if (peer === undefined || peer === result) return [];
    const how = `${way}, ${parallel === 1 ? "one at a time" : `${parallel} at once`}`;
    const cpu = `CPU of a pod, ${how}, to ip -batch`;
    return [
      // Only the way that the daemon goes is held to the goal.
      way === "async"
        ? against("netlink", cpu, result.cpuPerPod, peer.cpuPerPod, 1 / 6, n)
        : beside("netlink", cpu, result.cpuPerPod, peer.cpuPerPod, n),
      beside("netlink", `p50, ${how}`, result.p50, peer.p50, n),
      beside("netlink", `p99, ${how}`, result.p99, peer.p99, n),
      beside("netlink", `from first to last, per pod, ${how}`, result.wallPerPod, peer.wallPerPod, n),
      beside("netlink", `lag of the main loop p99, ${how}`, result.lagP99, peer.lagP99, n),
      beside("netlink", `memory, ${how}`, result.rssMiB, peer.rssMiB, 1, "MiB"),
      figure("netlink", `all pods deleted at once, ${how}`, result.deleteAll, 1),
    ];
  });
}

function printed(results: readonly Result[]): string {
  const columns = ["p50", "p99", "wallPerPod", "cpuPerPod", "lagP99", "lagMax", "rssMiB", "deleteAll"] as const;
  const lines = results.map((result) =>
    [
      `${result.way} x${result.parallel}`.padEnd(14),
      ...columns.map((column) => result[column].toFixed(2).padStart(10)),
    ].join(" "),
  );
  return [["way".padEnd(14), ...columns.map((column) => column.padStart(10))].join(" "), ...lines].join("\n");
}

const { values } = parseArgs({
  options: { pods: { type: "string", default: "160" }, json: { type: "string" }, one: { type: "string" } },
});
if (process.getuid?.() !== 0) {
  console.log("skipped: needs root, makes network namespaces");
} else if (values.one !== undefined) {
  const [way, parallel] = values.one.split(":");
  const known = ways.find((candidate) => candidate === way);
  if (known === undefined) throw new RangeError(`no such way: ${values.one}`);
  console.log(JSON.stringify(await measure(known, Number(parallel), Number(values.pods))));
} else {
  const results: Result[] = [];
  // The measuring process cleans up after itself when it is told to end; this one waits for it.
  const interrupted = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => interrupted.abort(new Error(signal)));
  for (const parallel of [1, 8]) {
    for (const way of ways) {
      const self = [
        ...process.execArgv,
        fileURLToPath(import.meta.url),
        "--pods",
        values.pods,
        "--one",
        `${way}:${parallel}`,
      ];
      const { stdout } = await run(process.execPath, self, { signal: interrupted.signal });
      results.push(JSON.parse(stdout) as Result);
    }
  }
  console.log(printed(results));
  const rows = rowsOf(results);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
  process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
}
