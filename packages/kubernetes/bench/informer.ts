/**
 * An informer of pods with 6.7 kB each: processor time of the first list and of an event, heap per object; beside
 * `@kubernetes/client-node`, which is installed into a temporary directory for this run (or given), if it can be. Every
 * informer runs in a process of its own, the server in another.
 *
 *     node -C kuryr-source packages/kubernetes/bench/informer.ts [--pods 10000,50000] [--events 20000] [--runs 3]
 *         [--client-node DIRECTORY] [--json FILE]
 */
import { type ChildProcess, execFile, fork } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { against, beside, figure, type Row } from "../../../bench/row.ts";
import type { Measured } from "./informer-worker.ts";

const run = promisify(execFile);
const CLIENT_NODE = "@kubernetes/client-node@2.0.1";
const RUN_LIMIT_MS = 900_000;

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
    peakRssMiB: median("peakRssMiB"),
  };
}

function rowsOf(size: Size, ours: Measured, peer: Measured | undefined): Row[] {
  const { pods, events, runs } = size;
  const row = (what: string, unit: Row["unit"], n: number, of: (found: Measured) => number, goal?: number): Row => {
    const metric = `${what}, ${pods} pods`;
    const value = of(ours);
    if (peer === undefined) return figure("informer", metric, value, n, unit);
    if (goal === undefined) return beside("informer", `${metric}, beside client-node`, value, of(peer), n, unit);
    return against("informer", `${metric}, to client-node`, value, of(peer), goal, n, unit);
  };
  return [
    row("CPU of the list", "ms", runs, ({ listCpuMs }) => listCpuMs, 0.5),
    row("CPU of an event", "us", events * runs, ({ cpuPerEventUs }) => cpuPerEventUs, 0.7),
    row("heap of a pod", "bytes", pods * runs, ({ heapBytes }) => heapBytes / pods, 1 / 8),
    row("peak memory of the process", "MiB", runs, ({ peakRssMiB }) => peakRssMiB),
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

async function main(sizes: readonly Size[], given: string | undefined, json: string | undefined): Promise<void> {
  await withClientNode(given, async (modulePath) => {
    const rows: Row[] = [];
    for (const size of sizes) {
      const ours = await measure(size, undefined);
      rows.push(...rowsOf(size, ours, modulePath === undefined ? undefined : await measure(size, modulePath)));
    }
    if (json === undefined) console.table(rows);
    else writeFileSync(json, `${JSON.stringify(rows, undefined, 2)}\n`);
    process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
  });
}

const { values } = parseArgs({
  options: {
    pods: { type: "string", default: "10000,50000" },
    events: { type: "string", default: "20000" },
    runs: { type: "string", default: "3" },
    "client-node": { type: "string" },
    json: { type: "string" },
  },
});
const [events, runs] = [Number(values.events), Number(values.runs)];
const sizes = values.pods.split(",").map((pods) => ({ pods: Number(pods), events, runs }));
await main(sizes, values["client-node"], values.json);
