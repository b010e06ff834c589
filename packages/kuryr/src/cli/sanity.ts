import { loadConfiguration, type Setting } from "../config/load.ts";
import { namedSources } from "../config/sources.ts";
import { exit, readWords, type Command } from "./command.ts";
import { table, type Cell } from "./terminal.ts";

/** Sizes of the pools of ports, as `[vif_pool]` has them; a `max` of 0 is no limit. */
export interface PoolSizes {
  readonly min: number;
  readonly max: number;
  readonly batch: number;
}

/** One comparison of options that must fit each other. */
export interface SanityCheck {
  /** The flag that chooses it; the name of `kuryr-k8s-sanity`. */
  readonly name: "vif_pool_min_max" | "vif_pool_min_batch" | "vif_pool_max_batch";
  readonly passed: boolean;
  /** What to change. */
  readonly details: string;
}

/** Whether the sizes of pools fit each other: those that do not make and delete ports in turn. Pure. */
export function sanityChecks({ min, max, batch }: PoolSizes): SanityCheck[] {
  const limited = max !== 0;
  return [
    {
      name: "vif_pool_min_max",
      passed: !limited || min <= max,
      details: `ports_pool_min (${min}) must not be larger than ports_pool_max (${max})`,
    },
    {
      name: "vif_pool_min_batch",
      passed: min < batch,
      details: `ports_pool_min (${min}) should be smaller than ports_pool_batch (${batch})`,
    },
    {
      name: "vif_pool_max_batch",
      passed: !limited || max > batch,
      details: `ports_pool_max (${max}) should be larger than ports_pool_batch (${batch}), or 0`,
    },
  ];
}

function sizesOf(settings: readonly Setting[]): PoolSizes {
  const size = (name: string): number =>
    Number(settings.find((one) => one.section === "vif_pool" && one.name === name)?.value);
  return { min: size("ports_pool_min"), max: size("ports_pool_max"), batch: size("ports_pool_batch") };
}

/** `kuryrctl sanity`: what `kuryr-k8s-sanity` was. */
export const sanityCommand: Command = {
  name: "sanity",
  summary: "whether options fit each other",
  help: `usage: kuryrctl sanity [--vif_pool_min_max] [--vif_pool_min_batch] [--vif_pool_max_batch]
                       [--sanity_check_error] [--config-file FILE]... [--config-dir DIR]...

  --vif_pool_...        only the checks that are named; all unless told
  --sanity_check_error  end with status 1 when a check fails; 0 otherwise
  --config-file FILE    a kuryr.conf; /etc/kuryr/kuryr.conf unless told`,
  statusOfErrors: 1,
  run: async (words, { terminal, environment }) => {
    const flag = { type: "boolean", default: false } as const;
    const { values } = readWords("sanity", words, {
      "config-file": { type: "string", multiple: true },
      "config-dir": { type: "string", multiple: true },
      vif_pool_min_max: flag,
      vif_pool_min_batch: flag,
      vif_pool_max_batch: flag,
      sanity_check_error: flag,
    });
    const { settings } = loadConfiguration(namedSources(values["config-file"], values["config-dir"]), environment);
    const all = sanityChecks(sizesOf(settings));
    const chosen = all.filter(({ name }) => values[name]);
    const checks = chosen.length === 0 ? all : chosen;
    const rows = checks.map(({ name, passed, details }): Cell[] => [
      name,
      passed ? { text: "passed", tone: "good" } : { text: "failed", tone: "bad" },
      passed ? "" : details,
    ]);
    for (const line of table(["CHECK", "RESULT", "DETAILS"], rows, terminal.tone)) terminal.line(line);
    return values.sanity_check_error && checks.some(({ passed }) => !passed) ? exit.degraded : exit.healthy;
  },
};
