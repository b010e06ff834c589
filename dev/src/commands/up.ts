import { mkdirSync } from "node:fs";

import { StackError } from "../errors.ts";
import { layout } from "../layout.ts";
import { requireMachine } from "../machine/requirements.ts";
import { recordedOptions, recordOptions, resolveOptions, wantAreas, type StackOptions } from "../options.ts";
import { describeStack } from "../stack.ts";
import { withNeeds } from "../supervisor/graph.ts";
import { lineProgress } from "../supervisor/progress.ts";
import { bringUp, type UnitOutcome } from "../supervisor/up.ts";
import type { Area } from "../supervisor/unit.ts";
import { parseWords } from "./words.ts";

/** What `up WHAT` brings up. */
const areasOf: Readonly<Record<string, readonly Area[]>> = {
  cloud: ["cloud"],
  kube: ["kube"],
  all: ["cloud", "kube"],
  kuryr: ["cloud", "kube", "kuryr"],
};

function parseUp(args: string[]): { areas: readonly Area[]; asked: Partial<StackOptions> } {
  const { values, positionals } = parseWords({
    args,
    allowPositionals: true,
    options: {
      nodes: { type: "string" },
      "kubernetes-version": { type: "string" },
      openstack: { type: "string" },
      containerd: { type: "string" },
    },
  });
  const what = positionals[0] ?? "all";
  const areas = areasOf[what];
  if (areas === undefined || positionals.length > 1) {
    throw new StackError("KURYR_DEV_USAGE", `up takes cloud, kube or kuryr, not "${positionals.join(" ")}"`);
  }
  const asked: { -readonly [K in keyof StackOptions]?: StackOptions[K] } = {};
  if (values.nodes !== undefined) {
    const nodes = Number(values.nodes);
    if (!Number.isInteger(nodes) || nodes < 1 || nodes > 9)
      throw new StackError("KURYR_DEV_USAGE", "--nodes takes 1 to 9");
    asked.nodes = nodes;
  }
  if (values["kubernetes-version"] !== undefined) asked.kubernetes = values["kubernetes-version"].replace(/^v/, "");
  if (values.openstack !== undefined) {
    if (values.openstack !== "2026.2" && values.openstack !== "zed") {
      throw new StackError("KURYR_DEV_USAGE", "--openstack takes 2026.2 or zed");
    }
    asked.openstack = values.openstack;
  }
  if (values.containerd !== undefined) {
    if (values.containerd !== "2" && values.containerd !== "1.6")
      throw new StackError("KURYR_DEV_USAGE", "--containerd takes 2 or 1.6");
    asked.containerd = values.containerd;
  }
  return { areas, asked };
}

/** Brings the stack, or a part of it, up, and tells how long that took. */
export async function bringStackUp(
  areas: readonly Area[],
  asked: Partial<StackOptions>,
  signal: AbortSignal,
): Promise<{ options: StackOptions; outcomes: readonly UnitOutcome[]; ms: number }> {
  const start = performance.now();
  await requireMachine();
  const options = resolveOptions(asked, recordedOptions());
  recordOptions(options);
  mkdirSync(layout.logs, { recursive: true });
  const stack = describeStack(options);
  const units = withNeeds(stack.units, (unit) => areas.includes(unit.area));
  const progress = lineProgress((line) => process.stdout.write(`${line}\n`));
  try {
    // The run directory is a mount of the stack's own; what is remembered there must come after it.
    const directory = withNeeds(stack.units, (unit) => unit.name === "run-directory");
    await bringUp(directory, { progress, signal });
    wantAreas(areas);
    const outcomes = await bringUp(units, { progress, signal });
    return { options, outcomes, ms: performance.now() - start };
  } finally {
    progress.close();
  }
}

/** Units that cost what the machine's registry and processor make of it: installed, built and packed once. */
const preparations = ["packages", "openstack-python", "kube-packages", "binaries", "images"];

/** Installs, builds and packs what a stack needs, and starts nothing: the part of `up` whose time is the machine's. */
export async function prepareStack(
  asked: Partial<StackOptions>,
  signal: AbortSignal,
  write: (line: string) => void,
): Promise<readonly UnitOutcome[]> {
  await requireMachine();
  const options = resolveOptions(asked, recordedOptions());
  mkdirSync(layout.logs, { recursive: true });
  const progress = lineProgress(write);
  try {
    const units = withNeeds(describeStack(options).units, (unit) => preparations.includes(unit.name));
    return await bringUp(units, { progress, signal });
  } finally {
    progress.close();
  }
}

/** `up [cloud|kube|kuryr]`. */
export async function upCommand(args: string[], signal: AbortSignal): Promise<number> {
  const { areas, asked } = parseUp(args);
  const { options, outcomes, ms } = await bringStackUp(areas, asked, signal);
  const made = outcomes.filter((o) => o.did === "made").length;
  const what = `OpenStack ${options.openstack}, Kubernetes ${options.kubernetes}, ${options.nodes} nodes`;
  process.stdout.write(
    made === 0
      ? `up already: ${what} (${(ms / 1000).toFixed(1)} s)\n`
      : `up: ${what}; ${made} of ${outcomes.length} units made in ${(ms / 1000).toFixed(1)} s\n`,
  );
  return 0;
}
