import {
  choice,
  connectionHelp,
  connectionOptions,
  exit,
  readWords,
  UsageError,
  type Command,
  type Context,
} from "../command.ts";
import { connections } from "../connect.ts";
import { age, table, type Cell, type Tone } from "../terminal.ts";
import { explain, type Explanation } from "./explain.ts";
import { eventTime, type Observed } from "./observed.ts";
import { observePod } from "./observe.ts";
import type { Outcome } from "./steps.ts";

const tones: Readonly<Record<Outcome, Tone>> = {
  done: "good",
  waiting: "warning",
  failed: "bad",
  "not-looked": "faint",
  later: "faint",
};

const shownEvents = 8;

function print({ steps, summary, next, verdict }: Explanation, observed: Observed, { terminal }: Context): void {
  const { line, tone } = terminal;
  const started = Date.parse(observed.pod.metadata.creationTimestamp ?? "");
  const since = (at: string | undefined): string => {
    if (at === undefined) return "";
    return `+${((Date.parse(at) - started) / 1000).toFixed(1).replace(/\.0$/, "")}s`;
  };
  if (steps.length > 0) {
    const rows = steps.map((step): Cell[] => [
      step.name,
      { text: step.outcome.replace("-", " "), tone: tones[step.outcome] },
      since(step.at),
      step.text,
    ]);
    for (const text of table(["STEP", "OUTCOME", "TIME", ""], rows, tone)) line(text);
    line(tone("faint", `TIME is since the pod was created, ${age(observed.now - started)} ago`));
    line();
  }
  if (observed.events.length > 0 && verdict === "missing") {
    const rows = observed.events
      .slice(-shownEvents)
      .map((event): Cell[] => [
        age(observed.now - Date.parse(eventTime(event))),
        { text: event.reason ?? "", tone: event.type === "Warning" ? "warning" : "faint" },
        (event.message ?? "").replaceAll("\n", " "),
      ]);
    for (const text of table(["AGE", "EVENT", "MESSAGE"], rows, tone)) line(text);
    line();
  }
  line(tone(verdict === "missing" ? "bad" : "good", summary));
  if (next !== undefined) line(`${tone("faint", "next:")} ${next}`);
}

/** `kuryrctl why pod`: where a pod is on its way to its network. */
export const whyCommand: Command = {
  name: "why",
  summary: "why a pod has no network: each step of its way, and what is missing",
  help: `usage: kuryrctl why pod NAMESPACE/NAME [--output text|json]

${connectionHelp}
  --output FORMAT     text or json

Status: 0 the pod has its network, 1 something is missing, 2 cannot tell.`,
  run: async (words, context) => {
    const { values, positionals } = readWords(
      "why",
      words,
      { ...connectionOptions, output: { type: "string", default: "text" } },
      2,
    );
    const [what, which = ""] = positionals;
    if (what !== "pod") throw new UsageError(`${what ?? ""}: only pods can be explained`, "why");
    const match = /^([^/]+)\/([^/]+)$/.exec(which);
    const [, namespace, name] = match ?? [];
    if (namespace === undefined || name === undefined)
      throw new UsageError(`${which} has not the form NAMESPACE/NAME`, "why");
    const output = choice("why", "output", values.output, ["text", "json"]);
    const connected = connections({
      kubeconfig: values.kubeconfig,
      context: values.context,
      configFiles: values["config-file"],
      configDirectories: values["config-dir"],
      environment: context.environment,
    });
    try {
      const observed = await observePod(connected, namespace, name, { signal: context.signal });
      const explanation = explain(observed);
      if (output === "json") context.terminal.line(JSON.stringify(explanation, undefined, 2));
      else print(explanation, observed, context);
      return explanation.verdict === "missing" ? exit.degraded : exit.healthy;
    } finally {
      connected.close();
    }
  },
};
