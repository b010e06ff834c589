import { recordedOptions, defaultOptions } from "../options.ts";
import { describeStack } from "../stack.ts";
import { takeDown } from "../supervisor/down.ts";
import { lineProgress } from "../supervisor/progress.ts";

/** Stops everything and takes away all that is not data. */
export async function takeStackDown(signal: AbortSignal): Promise<void> {
  const stack = describeStack(recordedOptions() ?? defaultOptions);
  const progress = lineProgress((line) => process.stdout.write(`${line}\n`));
  try {
    await takeDown(stack.units, { progress, signal });
  } finally {
    progress.close();
  }
}

/** `down`. */
export async function downCommand(_args: string[], signal: AbortSignal): Promise<number> {
  const start = performance.now();
  await takeStackDown(signal);
  process.stdout.write(`down in ${((performance.now() - start) / 1000).toFixed(1)} s; the data are kept\n`);
  return 0;
}
