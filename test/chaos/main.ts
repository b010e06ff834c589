import { parseArgs } from "node:util";

import { goOnUnread } from "../../dev/src/machine/output.ts";
import { deleteNamespace, makeNamespace } from "../support/pods.ts";
import { churn, type ChurnReport } from "./churn.ts";
import { otherDeaths, ownDeaths, type Fault } from "./faults.ts";

const usage = `usage: npm run chaos [-- --pods N --minutes M --seed S --at-once N --faults N]
  Makes and deletes pods on the running stack (npm run stack -- up kuryr) while its components are killed one after the
  other, and says what it found; ends with 1 when a pod got stuck, an address was on two pods, or anything is left.
  --pods     pods made in all (300)
  --minutes  rounds of so many pods follow each other until so many minutes have passed (0: one round)
  --seed     repeats the order of an earlier run (printed)
  --at-once  pods at a time (a tenth of them, but 40 at least; 200 at most)
  --faults   kills in each round (30)
`;

interface Asked {
  readonly pods: number;
  readonly minutes: number;
  readonly seed: number;
  readonly atOnce: number;
  readonly faults: number;
}

function parse(): Asked | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { pods: text, minutes: text, seed: text, "at-once": text, faults: text, help: { type: "boolean" } },
  });
  if (values.help === true) return undefined;
  const whole = (name: string, given: string | undefined, standard: number, most: number): number => {
    const value = given === undefined ? standard : Number(given);
    if (!Number.isInteger(value) || value < 0 || value > most)
      throw new RangeError(`--${name}: ${given ?? ""} is no whole number from 0 to ${most}`);
    return value;
  };
  const pods = whole("pods", values.pods, 300, 100_000);
  return {
    pods,
    minutes: whole("minutes", values.minutes, 0, 10_000),
    seed: whole("seed", values.seed, Date.now() % 1_000_000, 2 ** 31),
    atOnce: whole("at-once", values["at-once"], Math.min(200, Math.max(40, Math.floor(pods / 10))), 200),
    faults: whole("faults", values.faults, 30, 10_000),
  };
}

const namespace = "chaos";
const write = (line: string): void => void process.stdout.write(`${line}\n`);

/** As many faults as wanted, each kind as often as the others. */
function faultsOf(count: number): Fault[] {
  const kinds = [...ownDeaths, ...otherDeaths];
  return Array.from({ length: count }, (_, i) => kinds[i % kinds.length]).filter((one) => one !== undefined);
}

async function round(asked: Asked, seed: number): Promise<ChurnReport> {
  write(`seed ${seed}: ${asked.pods} pods, ${asked.atOnce} at once, ${asked.faults} faults`);
  const faults = faultsOf(asked.faults);
  const report = await churn({
    namespace,
    pods: asked.pods,
    atOnce: asked.atOnce,
    seed,
    faults,
    write,
    // A port takes Neutron a third of a second, and more while it does something else.
    settleMs: 240_000 + asked.atOnce * 1500,
  });
  write(
    `${report.made} pods made (${report.recreated} namesakes, ${report.forced} by force) in ${report.seconds.toFixed(0)} s, ` +
      `${report.probes} probes: ${report.stuck.length} stuck, ${report.left.length} left behind, ` +
      `${report.addressesDoubled.length} addresses on two pods; most at once ${report.mostAtOnce}, ` +
      `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB here`,
  );
  for (const line of [...report.stuck, ...report.left, ...report.addressesDoubled]) write(`  !!  ${line}`);
  return report;
}

async function main(): Promise<number> {
  const asked = parse();
  if (asked === undefined) {
    write(usage);
    return 0;
  }
  await deleteNamespace(namespace);
  await makeNamespace(namespace);
  const end = Date.now() + asked.minutes * 60_000;
  let bad = 0;
  let seed = asked.seed;
  try {
    do {
      const report = await round(asked, seed);
      bad += report.stuck.length + report.left.length + report.addressesDoubled.length;
      seed += 1;
    } while (Date.now() < end);
  } finally {
    await deleteNamespace(namespace);
  }
  return bad === 0 ? 0 : 1;
}

goOnUnread();
try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
