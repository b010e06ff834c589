import assert from "node:assert/strict";
import { test } from "node:test";

import { Metrics } from "./registry.ts";

test("counters, gauges and histograms are written in the text format", () => {
  const metrics = new Metrics();
  const calls = metrics.counter("calls_total", "Calls.", ["verb"]);
  calls.inc({ verb: "get" });
  calls.inc({ verb: "get" }, 2);
  calls.inc({ verb: 'a"b\\c\nd' });
  const free = metrics.gauge("free", "Free ports.", []);
  free.set({}, -1);
  const took = metrics.histogram("took_seconds", "Time.", ["ok"], [0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 7]) took.observe({ ok: "true" }, value);
  assert.equal(
    metrics.text(),
    `# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{verb="get"} 3
calls_total{verb="a\\"b\\\\c\\nd"} 1
# HELP free Free ports.
# TYPE free gauge
free -1
# HELP took_seconds Time.
# TYPE took_seconds histogram
took_seconds_bucket{ok="true",le="0.1"} 2
took_seconds_bucket{ok="true",le="1"} 3
took_seconds_bucket{ok="true",le="+Inf"} 4
took_seconds_sum{ok="true"} 7.65
took_seconds_count{ok="true"} 4
`,
  );
});

test("what is gone is forgotten, a counter never shrinks, a name is taken once", () => {
  const metrics = new Metrics();
  const pool = metrics.gauge("pool", "Ports.", ["pool"]);
  pool.set({ pool: "a" }, 3);
  pool.remove({ pool: "a" });
  assert.equal(metrics.text(), "# HELP pool Ports.\n# TYPE pool gauge\n");
  assert.throws(() => metrics.counter("pool", "", []), /twice/);
  assert.throws(() => metrics.counter("c", "", []).inc({}, -1), RangeError);
});

test("a label with endless values does not fill the memory", () => {
  const metrics = new Metrics();
  const calls = metrics.counter("calls_total", "Calls.", ["pod"]);
  for (let i = 0; i < 10_000; i += 1) calls.inc({ pod: String(i) });
  assert.equal(metrics.text().split("\n").length, 2000 + 3);
});
