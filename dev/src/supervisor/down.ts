import { logOf } from "../layout.ts";
import type { Progress } from "./progress.ts";
import { inOrder } from "./graph.ts";
import { isAlive, readRecord } from "./record.ts";
import { endService } from "./service.ts";
import type { Unit, Work } from "./unit.ts";

/**
 * Takes units down in the opposite order: each as soon as what needs it is gone.
 * A unit that cannot be taken down is reported at the end and does not keep the others.
 */
export async function takeDown(
  units: readonly Unit[],
  options: { progress: Progress; signal: AbortSignal },
): Promise<void> {
  const { progress, signal } = options;
  const gone = new Map<string, Promise<void>>();
  const reversed = inOrder(units).reverse();
  const failures: unknown[] = [];

  const take = async (unit: Unit): Promise<void> => {
    await Promise.all(
      reversed
        .filter((other) => other.needs.includes(unit.name))
        .map((other) => gone.get(other.name) ?? Promise.resolve()),
    );
    const work: Work = {
      signal,
      log: logOf(unit.name),
      say: (text) => progress.says(unit.name, text),
      note: progress.note,
    };
    try {
      if (unit.kind === "service") {
        const ran = isAlive(readRecord(unit.name));
        if (ran) progress.started(unit.name, work.log);
        await endService(unit, work);
        if (ran) progress.finished(unit.name, "ended");
      } else {
        await unit.undo?.(work);
      }
    } catch (error) {
      progress.finished(unit.name, "failed");
      failures.push(error);
    }
  };

  for (const unit of reversed) gone.set(unit.name, take(unit));
  await Promise.allSettled(gone.values());
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1)
    throw new AggregateError(failures, failures.map((f) => (f instanceof Error ? f.message : String(f))).join("\n"));
}
