import { StackError, describeError } from "../errors.ts";
import { logOf } from "../layout.ts";
import type { Progress } from "./progress.ts";
import { inOrder } from "./graph.ts";
import { inspect, isCurrent, startService, tail } from "./service.ts";
import type { Step, Unit, Work } from "./unit.ts";

/** How one unit came up. */
export interface UnitOutcome {
  readonly name: string;
  readonly did: "nothing" | "made";
  readonly ms: number;
}

/** A unit that did not come up, with its log's last lines and the likely cause. */
export class UnitFailed extends StackError {
  readonly unit: string;

  constructor(unit: Unit, error: unknown) {
    const log = logOf(unit.name);
    const text = tail(log, 20);
    const cause = (unit.causes ?? []).find(
      ([pattern]) => pattern.test(text) || pattern.test(describeError(error)),
    )?.[1];
    const detail = error instanceof Error ? error.message : String(error);
    super(
      "KURYR_DEV_UNIT",
      `${unit.name} did not come up: ${detail}\n  last lines of ${log}:\n${text.replaceAll(/^/gm, "    ")}`,
      cause ?? "read the log named above; the same command again takes up where it stopped",
      { cause: error },
    );
    this.name = "UnitFailed";
    this.unit = unit.name;
  }
}

async function bringUpStep(step: Step, work: Work): Promise<"nothing" | "made"> {
  if (await step.isDone(work)) return "nothing";
  const changed = await step.run({
    ...work,
    signal: AbortSignal.any([work.signal, AbortSignal.timeout(step.timeoutMs)]),
  });
  return changed === false ? "nothing" : "made";
}

/**
 * Brings units up, each as soon as what it needs is up; what is up already is left alone.
 * The first failure stops new starts, lets running ones end, and is thrown.
 */
export async function bringUp(
  units: readonly Unit[],
  options: { progress: Progress; signal: AbortSignal },
): Promise<UnitOutcome[]> {
  const { progress } = options;
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const outcomes: UnitOutcome[] = [];
  const finished = new Map<string, Promise<void>>();
  let failure: unknown;

  const bring = async (unit: Unit): Promise<void> => {
    await Promise.all(unit.needs.map((need) => finished.get(need) ?? Promise.resolve()));
    signal.throwIfAborted();
    const log = logOf(unit.name);
    const work: Work = { signal, log, say: (text) => progress.says(unit.name, text), note: progress.note };
    const start = performance.now();
    progress.started(unit.name, log);
    try {
      let did: UnitOutcome["did"];
      if (unit.kind === "step") {
        did = await bringUpStep(unit, work);
      } else if (isCurrent(unit) && (await inspect(unit, work)) === true) {
        did = "nothing";
      } else {
        await startService(unit, work);
        did = "made";
      }
      outcomes.push({ name: unit.name, did, ms: performance.now() - start });
      if (did === "made") progress.finished(unit.name, "up");
    } catch (error) {
      progress.finished(unit.name, signal.aborted ? "ended" : "failed");
      if (failure === undefined) {
        failure = signal.aborted ? error : new UnitFailed(unit, error);
        failed.abort(failure);
      }
      throw error;
    } finally {
      progress.settled(unit.name);
    }
  };

  for (const unit of inOrder(units)) finished.set(unit.name, bring(unit));
  await Promise.allSettled(finished.values());
  options.signal.throwIfAborted();
  if (failure !== undefined) throw failure;
  return outcomes;
}
