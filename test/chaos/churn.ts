import { setTimeout as pause } from "node:timers/promises";

import { AlreadyExistsError, NotFoundError } from "@kuryr/kubernetes";

import { demoPod, podApi } from "../support/pods.ts";
import { eventually, nodes } from "../support/stack.ts";
import { watchAddresses } from "./addresses.ts";
import { evidence } from "./evidence.ts";
import { mendControlPlane, type Fault } from "./faults.ts";
import { grown, leftovers } from "./leftovers.ts";
import { seeded } from "./random.ts";

export interface ChurnOptions {
  readonly namespace: string;
  /** Pods made in all, at most `atOnce` at a time. */
  readonly pods: number;
  readonly atOnce: number;
  readonly seed: number;
  /** Struck once each, in an order and at moments that the seed decides. */
  readonly faults: readonly Fault[];
  readonly write: (line: string) => void;
  /** Milliseconds that pods may take to become Ready, or to leave, once all faults are mended. */
  readonly settleMs: number;
}

/** What a churn found. Everything but the figures must be empty. */
export interface ChurnReport {
  readonly made: number;
  readonly recreated: number;
  readonly forced: number;
  /** Pods that lived at the same time. */
  readonly mostAtOnce: number;
  readonly probes: number;
  readonly seconds: number;
  readonly stuck: readonly string[];
  readonly left: readonly string[];
  readonly addressesDoubled: readonly string[];
}

/** A line for so many pods. */
const progressEvery = 200;

const forever = <T>(work: () => Promise<T>): Promise<T> => retried(work, Date.now() + 120_000);

/** The test's own requests must survive the death of the API server; Kuryr's are Kuryr's business. */
async function retried<T>(work: () => Promise<T>, until: number): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof NotFoundError || error instanceof AlreadyExistsError || Date.now() > until) throw error;
      await pause(200);
    }
  }
}

/**
 * Makes and deletes pods on all nodes in random order, gracefully, by force, and with a namesake straight after, while
 * faults strike; then looks whether every pod came to life, and whether, with all gone, anything is left.
 */
export async function churn(options: ChurnOptions): Promise<ChurnReport> {
  const { namespace, write } = options;
  const random = seeded(options.seed);
  const start = performance.now();
  const before = await leftovers();
  const watching = new AbortController();
  const addresses = await watchAddresses(namespace, watching.signal);
  const living = new Set<string>();
  const figures = { made: 0, recreated: 0, forced: 0, mostAtOnce: 0 };

  const make = async (name: string): Promise<void> => {
    const object = demoPod(namespace, name, random.pick(nodes).name, {
      terminationGracePeriodSeconds: 1,
    }) as Parameters<typeof podApi.create>[0];
    await forever(async () => {
      try {
        await podApi.create(object);
      } catch (error) {
        // Made by a request whose answer was lost, or a namesake on its way out, which must leave first.
        if (!(error instanceof AlreadyExistsError)) throw error;
        const found = await podApi.find({ namespace, name });
        if (found === undefined || found.metadata.deletionTimestamp !== undefined)
          throw new Error("not gone yet", { cause: error });
      }
    });
    living.add(name);
    figures.made += 1;
    figures.mostAtOnce = Math.max(figures.mostAtOnce, living.size);
    if (figures.made % progressEvery === 0)
      write(
        `  ${elapsed(start)}  ${figures.made} of ${options.pods} pods made, ${living.size} live, ${addresses.violations.length} addresses on two pods`,
      );
  };
  const remove = async (name: string, force: boolean): Promise<void> => {
    living.delete(name);
    if (force) figures.forced += 1;
    await forever(() => podApi.delete({ namespace, name }, force ? { gracePeriodSeconds: 0 } : {})).catch(
      (error: unknown) => {
        if (!(error instanceof NotFoundError)) throw error;
      },
    );
  };

  // Struck one at a time, each after its share of the pods.
  const faults = shuffled(options.faults, (limit) => random.below(limit));
  const strikeAt = faults.map((_, i) => Math.floor(((i + random.next()) * options.pods) / Math.max(1, faults.length)));
  let striking: Promise<void> = Promise.resolve();
  const failures: string[] = [];
  const strikeDue = (): void => {
    while (strikeAt.length > 0 && (strikeAt[0] ?? Infinity) <= figures.made) {
      strikeAt.shift();
      const fault = faults.shift();
      if (fault === undefined) return;
      striking = striking.then(async () => {
        write(`  ${elapsed(start)}  ${fault.name} (${figures.made} pods made)`);
        await fault.strike().catch((error: unknown) => failures.push(`${fault.name}: ${String(error)}`));
      });
    }
  };

  const probing = new AbortController();
  const prober = (async (): Promise<void> => {
    while (!probing.signal.aborted) {
      await addresses.probe();
      await pause(500);
    }
  })();

  while (figures.made < options.pods) {
    strikeDue();
    if (living.size < options.atOnce && (living.size < 4 || random.next() < 0.6)) {
      await make(`c${figures.made}`);
    } else {
      const name = random.pick([...living]);
      const force = random.next() < 0.4;
      await remove(name, force);
      if (random.next() < 0.3) {
        await make(name);
        figures.recreated += 1;
      }
    }
    await pause(random.below(400));
  }
  strikeDue();
  await striking;
  await mendControlPlane();
  write(`  ${elapsed(start)}  all faults mended; ${living.size} pods must become Ready`);
  const stuck = await settled("the pods that are left to be Ready", options.settleMs, async () => {
    const { items } = await podApi.list({ namespace });
    return [
      ...items
        .filter((pod) => pod.metadata.deletionTimestamp !== undefined)
        .map((pod) => `${pod.metadata.name} does not leave`),
      ...[...living]
        .filter((name) => {
          const pod = items.find((one) => one.metadata.name === name);
          return pod?.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") !== true;
        })
        .map((name) => `${name} is not Ready`),
    ];
  });
  if (stuck.length === 0) write(`  ${elapsed(start)}  all are Ready`);
  for (const line of await evidence(namespace, stuck)) write(line);
  await addresses.probe();
  probing.abort();
  await prober;
  for (const name of living) await remove(name, random.next() < 0.3);
  const left = await settled("nothing to be left", options.settleMs, async () => grown(before, await leftovers()));
  if (left.length === 0) write(`  ${elapsed(start)}  all are gone, and nothing is left`);
  for (const line of await evidence(namespace, left)) write(line);
  watching.abort();
  await mendControlPlane();
  return {
    ...figures,
    probes: addresses.probes,
    seconds: (performance.now() - start) / 1000,
    stuck: [...failures, ...stuck],
    left,
    addressesDoubled: addresses.violations,
  };
}

/** Waits until a list is empty, and gives what it last held. */
async function settled(what: string, timeoutMs: number, look: () => Promise<readonly string[]>): Promise<string[]> {
  let last: readonly string[] = [];
  await eventually(
    what,
    async () => {
      last = await look();
      return last.length === 0 ? true : `${last.length}, first ${last[0] ?? ""}`;
    },
    timeoutMs,
  ).catch(() => undefined);
  return [...last];
}

function shuffled<T>(list: readonly T[], below: (limit: number) => number): T[] {
  const all = [...list];
  for (let i = all.length - 1; i > 0; i -= 1) {
    const j = below(i + 1);
    [all[i], all[j]] = [all[j] as T, all[i] as T];
  }
  return all;
}

const elapsed = (start: number): string => `${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s`;
