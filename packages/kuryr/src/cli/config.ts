import { loadConfiguration, sourceText, type Loaded, type Setting } from "../config/load.ts";
import { namedSources } from "../config/sources.ts";
import { choice, exit, readWords, type Command, type Context } from "./command.ts";
import { table, type Cell } from "./terminal.ts";

/** A setting as it may be shown. */
export interface ShownSetting {
  readonly section: string;
  readonly option: string;
  /** `undefined` for a value that has no effect and cannot be read. */
  readonly value: unknown;
  readonly source: string;
  readonly standing: string;
}

const masked = "***";

function shownValue({ value, secret, secretFile }: Setting): unknown {
  if (value === "") return "";
  if (secret) return secretFile === undefined ? masked : `${masked} (content of ${secretFile})`;
  return value instanceof Map ? Object.fromEntries(value) : value;
}

/** The settings without their secrets; only those that somebody set, or all. */
export function shownSettings(settings: readonly Setting[], all: boolean): ShownSetting[] {
  return settings
    .filter((setting) => (all ? setting.option.standing !== "replaced" : setting.source.from !== "default"))
    .map((setting) => ({
      section: setting.section,
      option: setting.name,
      value: shownValue(setting),
      source: sourceText(setting.source),
      standing: setting.option.standing,
    }));
}

function valueText(value: unknown): string {
  if (value === undefined) return "(unreadable)";
  if (typeof value === "string") return value.replaceAll("\n", " ");
  if (Array.isArray(value)) return value.join(",");
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return Object.entries(value)
    .map(([key, one]) => `${key}:${String(one)}`)
    .join(",");
}

function print(loaded: Loaded, all: boolean, { terminal }: Context): void {
  const rows = shownSettings(loaded.settings, all).map((one): Cell[] => {
    const tone = one.standing === "implemented" ? "strong" : "faint";
    return [
      { text: `[${one.section}]${one.option}`, tone },
      valueText(one.value),
      one.standing === "implemented" ? "" : one.standing.replace("-", " "),
      { text: one.source, tone: "faint" },
    ];
  });
  for (const line of table(["OPTION", "VALUE", "EFFECT", "SOURCE"], rows, terminal.tone)) terminal.line(line);
  if (rows.length === 0) terminal.line("Every option has its default; --all shows them.");
  if (loaded.warnings.length + loaded.notices.length > 0) terminal.line();
  for (const warning of loaded.warnings) terminal.line(`${terminal.tone("warning", "warning:")} ${warning}`);
  for (const notice of loaded.notices) terminal.line(`${terminal.tone("faint", "note:")} ${notice}`);
}

/** `kuryrctl config`: what kuryr.conf and the environment come to. */
export const configCommand: Command = {
  name: "config",
  summary: "the effective configuration, where each value comes from, and what is wrong with it",
  help: `usage: kuryrctl config [--config-file FILE]... [--config-dir DIR]... [--all] [--format text|json]

  --config-file FILE  a kuryr.conf; later files go before earlier ones. /etc/kuryr/kuryr.conf unless told
  --config-dir DIR    its *.conf by name, after all files
  --all               also options that have their default
  --format FORMAT     text or json

Secrets are masked. Variables OS_<SECTION>__<OPTION> of the environment go before all files.
Status: 0 without warnings, 1 with warnings, 2 when the configuration cannot be used.`,
  run: async (words, context) => {
    const { values } = readWords("config", words, {
      "config-file": { type: "string", multiple: true },
      "config-dir": { type: "string", multiple: true },
      all: { type: "boolean", default: false },
      format: { type: "string", default: "text" },
    });
    const format = choice("config", "format", values.format, ["text", "json"]);
    const loaded = loadConfiguration(namedSources(values["config-file"], values["config-dir"]), context.environment);
    if (format === "text") print(loaded, values.all, context);
    else {
      const { warnings, notices } = loaded;
      const options = shownSettings(loaded.settings, values.all);
      context.terminal.line(JSON.stringify({ options, warnings, notices }, undefined, 2));
    }
    return loaded.warnings.length === 0 ? exit.healthy : exit.degraded;
  },
};
