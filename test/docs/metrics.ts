import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");

/** One metric as the code defines it. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
}

const definition = /\bmetrics\s*\.(counter|gauge|histogram)\(\s*"([^"]+)",\s*"((?:[^"\\]|\\.)*)",\s*\[([^\]]*)\]/g;
const call = /\bmetrics\s*\.(?:counter|gauge|histogram)\(/g;

/** Metrics that every process has. */
const common = ["packages/kuryr/src/metrics/*.ts"];

/** Where the code of a process lies. */
const sources = {
  controller: [...common, "packages/kuryr/src/controller/**/*.ts"],
  daemon: [...common, "packages/kuryr/src/daemon/**/*.ts"],
} as const;

/**
 * The metrics of a process, sorted by name, from its sources.
 * @throws Error where a metric is defined by anything but literals: nobody could read its name off the code
 */
export function metricsOf(process: keyof typeof sources): MetricDefinition[] {
  const files = globSync([...sources[process]], { cwd: root }).filter((file) => !file.endsWith(".test.ts"));
  const found = files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    const made = [...text.matchAll(definition)].map(
      ([, type = "", name = "", help = "", labels = ""]): MetricDefinition => ({
        type: type as MetricDefinition["type"],
        name,
        help: help.replaceAll(/\\(.)/g, "$1"),
        labels: [...labels.matchAll(/"([^"]+)"/g)].map(([, label = ""]) => label),
      }),
    );
    if (made.length !== [...text.matchAll(call)].length)
      throw new Error(`${file}: a metric whose name, help or labels are no literals`);
    return made;
  });
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The table of them in docs/operate.md. */
export function metricTable(process: keyof typeof sources): string {
  const rows = metricsOf(process).map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`,
  );
  return ["| metric | type | labels | what |", "|---|---|---|---|", ...rows].join("\n");
}
