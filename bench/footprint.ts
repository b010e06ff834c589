import { apply, deleteNamespace, demoPod, makeNamespace, readyPods } from "../test/support/pods.ts";
import { nodes, pidOf, rssMiB } from "../test/support/stack.ts";
import { setTimeout as pause } from "node:timers/promises";
import { below, type Row } from "./row.ts";

const bench = "memory";
const namespace = "bench-footprint";
const pods = 100;
const lookedForMs = 20_000;

/** The most that processes have while pods run, in MiB. */
async function most(pids: readonly number[], signal: AbortSignal): Promise<number[]> {
  const found = pids.map(() => 0);
  const until = performance.now() + lookedForMs;
  while (performance.now() < until) {
    for (const [i, pid] of pids.entries()) found[i] = Math.max(found[i] ?? 0, rssMiB(pid));
    await pause(250, undefined, { signal });
  }
  return found;
}

/** Resident memory of the real daemons and of the real controller, with pods running on all nodes. */
export async function footprint(signal: AbortSignal): Promise<Row[]> {
  await makeNamespace(namespace);
  try {
    const items = Array.from({ length: pods }, (_, i) => demoPod(namespace, `p${i}`, nodes[i % nodes.length]?.name));
    await apply({ apiVersion: "v1", kind: "List", items });
    await readyPods(namespace, pods, 300_000);
    const daemons = nodes.map(({ name }) => pidOf(`${name}/kuryr-daemon`));
    const [controller = 0, ...ofDaemons] = await most([pidOf("kuryr-controller"), ...daemons], signal);
    return [
      below(bench, `daemon, ${pods} pods in the cluster`, Math.max(...ofDaemons), 90, daemons.length, "MiB"),
      below(bench, `controller, ${pods} pods in the cluster`, controller, 120, 1, "MiB"),
    ];
  } finally {
    await deleteNamespace(namespace);
  }
}
