import { readdirSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

import type { Metrics } from "./registry.ts";

/** Milliseconds between two looks at the clock. */
const resolution = 10;

/** What a process says of itself. */
export interface ProcessMetrics {
  /** Takes the values that only have a present: memory, files, processor time, the loop's lag. */
  sample(): void;
  close(): void;
}

/** Defines the metrics of the process; the names that begin with `process_` are those of Prometheus's own libraries. */
export function processMetrics(metrics: Metrics): ProcessMetrics {
  const resident = metrics.gauge("process_resident_memory_bytes", "Resident memory size in bytes.", []);
  const files = metrics.gauge("process_open_fds", "Number of open file descriptors.", []);
  const cpu = metrics.counter("process_cpu_seconds_total", "Processor time spent, user and system, in seconds.", []);
  const lag = metrics.gauge(
    "kuryr_event_loop_lag_seconds",
    "How long the process was held up since the sample before.",
    ["percentile"],
  );
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  let counted = 0;
  return {
    sample: () => {
      resident.set({}, process.memoryUsage.rss());
      files.set({}, readdirSync("/proc/self/fd").length - 1);
      const { user, system } = process.cpuUsage();
      const spent = (user + system) / 1e6;
      cpu.inc({}, spent - counted);
      counted = spent;
      for (const [percentile, ns] of [
        ["50", delay.percentile(50)],
        ["99", delay.percentile(99)],
        ["100", delay.max],
      ] as const) {
        // What is recorded is the time between two looks. Before the first there is nothing to tell.
        lag.set({ percentile }, delay.count === 0 ? 0 : Math.max(0, ns / 1e9 - resolution / 1000));
      }
      delay.reset();
    },
    close: () => delay.disable(),
  };
}
