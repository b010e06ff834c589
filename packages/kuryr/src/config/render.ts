import type { Option } from "./option.ts";
import { allOptions } from "./options.ts";

const bySection = Map.groupBy(allOptions, ({ section }) => section);

const sentence = (text: string): string =>
  `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;

function limits({ min, max }: Option): string {
  if (min !== undefined && max !== undefined) return `From ${min} to ${max}.`;
  return min === undefined ? "" : `At least ${min}.`;
}

/** What an option does, or why nothing: a few sentences. */
export function describe(option: Option): string {
  const sentences = {
    implemented: [
      option.help,
      limits(option),
      option.choices === undefined ? "" : `One of ${option.choices.join(", ")}.`,
      option.secret === true ? "Never shown or logged." : "",
    ],
    ignored: ["No effect.", option.help],
    replaced: ["Gone. Instead:", sentence(option.help)],
    "not-yet": ["Not yet.", option.help],
  }[option.standing];
  const aliases = option.aliases === undefined ? "" : `Also \`${option.aliases.join("`, `")}\`.`;
  return [...sentences, aliases].filter((part) => part !== "").join(" ");
}

/** The options as Markdown tables, a heading for each section. */
export function optionTables(): string {
  return [...bySection]
    .map(([section, known]) => {
      const rows = known.map(({ name, option }) => {
        const standard = option.default === "" ? "" : `\`${option.default}\``;
        return `| \`${name}\` | ${option.type} | ${standard} | ${describe(option)} |`;
      });
      return [`### ${section}`, "", "| option | type | default | |", "|---|---|---|---|", ...rows].join("\n");
    })
    .join("\n\n");
}

/** Words to lines of at most 100 columns, each behind `# `. */
function comment(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.replaceAll("`", "").split(" ")) {
    if (line !== "" && line.length + word.length > 97) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line].map((one) => `# ${one}`).join("\n");
}

/** kuryr.conf with every option that has or will have an effect, each at its default behind a `#`. */
export function sampleFile(): string {
  const shown = allOptions.filter(({ option }) => option.standing === "implemented" || option.standing === "not-yet");
  const sections = [...Map.groupBy(shown, ({ section }) => section)].map(([section, known]) => {
    const blocks = known.map(({ name, option }) =>
      `${comment(`${describe(option)} (${option.type})`)}\n#${name} = ${option.default.replaceAll("$", "$$$$")}`.trimEnd(),
    );
    return [`[${section}]`, ...blocks].join("\n\n");
  });
  const head = comment(
    "Sample of /etc/kuryr/kuryr.conf, written from the options in the code. Remove the # before a name to set it. Give the daemon no credentials.",
  );
  return `${[head, ...sections].join("\n\n")}\n`;
}
