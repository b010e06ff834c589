import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { parse } from "yaml";

import { metricsOf, type MetricDefinition } from "../../test/docs/metrics.ts";
import { dashboard } from "./dashboard.ts";
import { sections } from "./panels.ts";

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly labels: { readonly severity: string };
      readonly annotations: { readonly summary: string; readonly description: string };
    }[];
  }[];
}

const rules = (parse(readFileSync(join(import.meta.dirname, "alerts.yaml"), "utf8")) as Rules).groups.flatMap(
  (group) => group.rules,
);
const alerts = new Map(rules.map(({ alert, expr }) => [alert, expr]));
const targets = sections.flatMap(({ panels }) =>
  panels.flatMap((panel) => panel.targets.map(({ expr }) => [panel.title, expr] as const)),
);

/** Label names by series name, as a scrape has them. */
const series = new Map<string, ReadonlySet<string>>();
for (const { name, type, labels } of [...metricsOf("controller"), ...metricsOf("daemon")]) {
  const scraped = type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
  for (const one of scraped) {
    const own = [...labels, ...(one.endsWith("_bucket") ? ["le"] : [])];
    series.set(one, new Set([...(series.get(one) ?? []), ...own]));
  }
}

/** What an expression asks for that nothing exports. */
function unknown(expr: string): string[] {
  const used = [...expr.matchAll(/\b((?:kuryr|process)_\w+)(?:\{([^}]*)\})?/g)];
  assert.ok(used.length > 0, `${expr} asks for no metric of ours`);
  // `instance` is the scrape's own.
  const labels = new Set(["instance", ...used.flatMap(([, name = ""]) => [...(series.get(name) ?? [])])]);
  const grouped = [...expr.matchAll(/\b(?:by|on|ignoring)\s*\(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(","));
  return [
    ...used.filter(([, name = ""]) => !series.has(name)).map(([, name = ""]) => name),
    ...used.flatMap(([, name = "", matchers = ""]) =>
      [...matchers.matchAll(/(\w+)\s*[=!]/g)]
        .filter(([, label = ""]) => series.get(name)?.has(label) !== true)
        .map(([, label = ""]) => `${name}{${label}}`),
    ),
    ...grouped.map((label) => label.trim()).filter((label) => !labels.has(label)),
  ];
}

test("every metric and label that an alert or a panel names is one that the code exports", () => {
  for (const [what, expr] of [...alerts, ...targets]) assert.deepEqual(unknown(expr), [], `${what}: ${expr}`);
  assert.deepEqual(unknown('sum by (nme) (kuryr_portz) + kuryr_up{svc="x"}'), ["kuryr_portz", "kuryr_up{svc}", "nme"]);
});

test("the dashboard shows every metric, and its file is what the code says", () => {
  const shown = targets.map(([, expr]) => expr).join("\n");
  const missing = [...metricsOf("controller"), ...metricsOf("daemon")].filter(
    ({ name }: MetricDefinition) => !new RegExp(`\\b${name}(_bucket|_count|_sum)?\\b`).test(shown),
  );
  assert.deepEqual(missing, []);
  const file = join(import.meta.dirname, "kuryr-dashboard.json");
  if (process.env["KURYR_WRITE_DOCS"] === "1") writeFileSync(file, dashboard());
  else assert.equal(readFileSync(file, "utf8"), dashboard(), "KURYR_WRITE_DOCS=1 with this test writes it anew");
});

test("every alert has a severity, says what is wrong and what to do, and has a row in docs/operate.md", () => {
  for (const { alert, labels, annotations } of rules) {
    assert.match(labels.severity, /^(warning|critical)$/, alert);
    assert.ok(annotations.summary.length > 0 && annotations.description.length > 0, alert);
  }
  const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "operate.md"), "utf8");
  const rows = [...page.matchAll(/^\| `(Kuryr[A-Za-z]+)` \| (critical|warning) \|/gm)].map(
    ([, alert = "", severity = ""]) => `${alert} ${severity}`,
  );
  assert.deepEqual(
    rows,
    rules.map(({ alert, labels }) => `${alert} ${labels.severity}`),
  );
});
