/** A process that does nothing until its input ends: prints for how many milliseconds it was held up, p99. */
import { monitorEventLoopDelay } from "node:perf_hooks";

/** As the daemon looks at itself. */
const resolution = 10;
const delay = monitorEventLoopDelay({ resolution });
delay.enable();
process.stdin.resume().on("end", () => {
  process.stdout.write(String(Math.max(0, delay.percentile(99) / 1e6 - resolution)));
});
