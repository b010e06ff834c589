import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { processMetrics } from "./process.ts";
import { Metrics } from "./registry.ts";

function value(text: string, sample: string): number {
  const line = text.split("\n").find((one) => one.startsWith(`${sample} `));
  assert.ok(line !== undefined, `no sample ${sample}`);
  return Number(line.slice(sample.length + 1));
}

test("a process tells its memory, files and processor time, and how long it was held up", async (t) => {
  const metrics = new Metrics();
  const own = processMetrics(metrics);
  t.after(() => own.close());
  await pause(50);
  own.sample();
  const earlier = metrics.text();
  assert.ok(value(earlier, "process_resident_memory_bytes") > 1e7);
  assert.ok(value(earlier, "process_open_fds") > 0);
  // The first look after a sample begins the next one.
  await pause(50);
  // By both clocks: on a busy machine a process that never rests has little of its processor.
  const [until, began] = [performance.now() + 300, process.cpuUsage()];
  while (performance.now() < until || process.cpuUsage(began).user < 150_000);
  await pause(50);
  own.sample();
  const later = metrics.text();
  const spent = (text: string): number => value(text, "process_cpu_seconds_total");
  assert.ok(spent(later) - spent(earlier) > 0.1, "the busy loop is not in the processor time");
  const held = value(later, 'kuryr_event_loop_lag_seconds{percentile="100"}');
  assert.ok(held > 0.25, `held up for ${held} s`);
});

test("the time between two looks at the clock is no lag", async (t) => {
  const metrics = new Metrics();
  const own = processMetrics(metrics);
  t.after(() => own.close());
  await pause(300);
  own.sample();
  const lag = value(metrics.text(), 'kuryr_event_loop_lag_seconds{percentile="50"}');
  assert.ok(lag < 0.008, `${lag} s in an idle process`);
});
