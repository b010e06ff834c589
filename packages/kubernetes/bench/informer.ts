/**
 * An informer of pods with 6.7 kB each: processor time of the first list and of an event, heap per object; beside
 * `@kubernetes/client-node`, which is installed into a temporary directory for this run (or given), if it can be. Every
 * informer runs in a process of its own, the server in another.
 *
 *     node -C kuryr-source packages/kubernetes/bench/informer.ts [--pods 10000] [--events 20000] [--runs 3]
 *         [--client-node DIRECTORY] [--json FILE]
 */
import { type ChildProcess, execFile, fork } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import type { Measured } from "./informer-worker.ts";

const run = promisify(execFile);
const CLIENT_NODE = "@kubernetes/client-node@2.0.1";
const RUN_LIMIT_MS = 120_000;

interface Row {
  readonly bench: string;
  readonly metric: string;
  readonly unit: string;
  readonly value: number;
  readonly floor: number | null;
  readonly ratio: number | null;
  readonly goal: string | null;
  readonly ok: boolean;
  readonly n: number;
}

interface Size {
  readonly pods: number;
  readonly events: number;
  readonly runs: number;
}

type Message = Partial<{ port: number; listed: true; measured: Measured }>;

/** The first message of `child` that says `key`. */
function message<K extends keyof Message>(child: ChildProcess, key: K): Promise<NonNullable<Message[K]>> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`no ${key} in ${RUN_LIMIT_MS / 1000} s`)), RUN_LIMIT_MS);
    child.on("message", (received) => {
      const value = (received as Message)[key];
      if (value === undefined) return;
      clearTimeout(limit);
      resolve(value);
    });
    child.once("exit", (code) => {
      clearTimeout(limit);
      reject(new Error(`ended with ${code} before ${key}`));
    });
  });
}

/** One informer from nothing. */
async function once({ pods, events }: Size, modulePath: string | undefined): Promise<Measured> {
  const server = fork(new URL("./pods-server.ts", import.meta.url), [String(pods)]);
  let worker: ChildProcess | undefined;
  try {
    const port = await message(server, "port");
    const words = [`http://127.0.0.1:${port}`, String(events), ...(modulePath === undefined ? [] : [modulePath])];
    const execArgv = [...process.execArgv, "--expose-gc"];
    worker = fork(new URL("./informer-worker.ts", import.meta.url), words, { execArgv });
    const measured = message(worker, "measured");
    // Rejects with the other one when the worker ends early.
    await Promise.race([message(worker, "listed"), measured]);
    server.send({ events });
    const result = await measured;
    if (result.pods !== pods) throw new Error(`${result.pods} of ${pods} pods in the cache`);
    return result;
  } finally {
    worker?.kill();
    server.kill();
  }
}

/** Medians of several runs. */
async function measure(size: Size, modulePath: string | undefined): Promise<Measured> {
  const results: Measured[] = [];
  for (let index = 0; index < size.runs; index++) results.push(await once(size, modulePath));
  const median = (key: keyof Measured): number =>
    results.map((result) => result[key]).toSorted((a, b) => a - b)[Math.floor(results.length / 2)] ?? Number.NaN;
  return {
    pods: median("pods"),
    listCpuMs: median("listCpuMs"),
    heapBytes: median("heapBytes"),
    cpuPerEventUs: median("cpuPerEventUs"),
    rssMb: median("rssMb"),
  };
}

function rowsOf(size: Size, ours: Measured, peer: Measured | undefined): Row[] {
  const row = (metric: string, unit: string, n: number, of: (found: Measured) => number, goal?: number): Row => {
    const value = of(ours);
    const floor = peer === undefined ? null : of(peer);
    const ratio = floor === null ? null : value / floor;
    return {
      bench: "kubernetes",
      metric,
      unit,
      value,
      floor,
      ratio,
      goal: goal === undefined ? null : `<= ${goal} x client-node`,
      ok: goal === undefined || ratio === null || ratio <= goal,
      n,
    };
  };
  const { pods, events, runs } = size;
  return [
    row(`list of ${pods} pods`, "ms cpu", runs, ({ listCpuMs }) => listCpuMs, 0.5),
    row("event", "us cpu", events * runs, ({ cpuPerEventUs }) => cpuPerEventUs, 0.7),
    row("heap per pod", "bytes", pods * runs, ({ heapBytes }) => heapBytes / pods, 0.125),
    row("rss after the events", "MiB", runs, ({ rssMb }) => rssMb),
  ];
}

/** Runs `work` with the path of client-node's module, or undefined and the reason when it cannot be had. */
async function withClientNode(given: string | undefined, work: (path: string | undefined) => Promise<void>) {
  const moduleIn = (directory: string): string =>
    join(directory, "node_modules", "@kubernetes", "client-node", "dist", "index.js");
  if (given !== undefined) return work(moduleIn(given));
  const directory = await mkdtemp(join(tmpdir(), "bench-client-node-"));
  try {
    const words = ["install", "--prefix", directory, "--no-audit", "--no-fund", "--ignore-scripts", CLIENT_NODE];
    await run("npm", words, { timeout: RUN_LIMIT_MS }).catch((error: unknown) => {
      console.log(`${CLIENT_NODE} cannot be installed, ours is measured alone: ${String(error).split("\n")[0]}`);
    });
    const path = moduleIn(directory);
    await work(existsSync(path) ? path : undefined);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function main(size: Size, given: string | undefined, json: string | undefined): Promise<void> {
  await withClientNode(given, async (modulePath) => {
    const ours = await measure(size, undefined);
    const peer = modulePath === undefined ? undefined : await measure(size, modulePath);
    const rows = rowsOf(size, ours, peer);
    for (const { metric, unit, value, floor, ratio, ok, goal } of rows) {
      const beside =
        floor === null || ratio === null ? "" : `, client-node ${floor.toFixed(0)}, ratio ${ratio.toFixed(2)}`;
      console.log(`${metric}: ${value.toFixed(0)} ${unit}${beside}${ok ? "" : `, missed: ${goal}`}`);
    }
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, undefined, 2)}\n`);
    process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
  });
}

const { values } = parseArgs({
  options: {
    pods: { type: "string", default: "10000" },
    events: { type: "string", default: "20000" },
    runs: { type: "string", default: "3" },
    "client-node": { type: "string" },
    json: { type: "string" },
  },
});
const size = { pods: Number(values.pods), events: Number(values.events), runs: Number(values.runs) };
await main(size, values["client-node"], values.json);
