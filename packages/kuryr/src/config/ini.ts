import { KuryrError } from "../api/errors.ts";

/** One value of an option, and the line it begins in. */
export interface IniValue {
  readonly text: string;
  readonly line: number;
}

/**
 * A parsed file: section, then option, then its values in order (an option may be repeated). Sections other than
 * DEFAULT are in lower case, and dashes in names of options are underscores: oslo.config makes no difference either.
 */
export type IniFile = ReadonlyMap<string, ReadonlyMap<string, readonly IniValue[]>>;

/** A line that is no section, option, comment or continuation. */
export class IniSyntaxError extends KuryrError {
  constructor(file: string, line: number, what: string) {
    super(
      "KURYR_CONFIG_SYNTAX",
      `${file}, line ${line}: ${what}`,
      "kuryr.conf has [section] lines and option = value lines",
    );
    this.name = "IniSyntaxError";
  }
}

/**
 * Parses the INI dialect of oslo.config: `option = value` or `option: value`, comments at the start of a line with `#`
 * or `;`, continuation lines that begin with white space, repeated options. What stands before the first section is
 * in DEFAULT. Values are taken as they stand: `;` and `#` inside them are no comments.
 */
export function parseIni(text: string, file = "kuryr.conf"): IniFile {
  const sections = new Map<string, Map<string, IniValue[]>>();
  let section = "DEFAULT";
  let values: IniValue[] | undefined;
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") {
      values = undefined;
      continue;
    }
    if (/^[#;]/.test(line)) continue;
    if (/^\s/.test(line)) {
      const last = values?.pop();
      if (values === undefined || last === undefined)
        throw new IniSyntaxError(file, index + 1, "a continuation line that continues nothing");
      values.push({ ...last, text: `${last.text}\n${line.trim()}` });
      continue;
    }
    if (line.startsWith("[")) {
      const end = line.indexOf("]");
      if (end < 2 || line.slice(end + 1).trim() !== "")
        throw new IniSyntaxError(file, index + 1, "a section needs the form [name]");
      const name = line.slice(1, end).trim();
      section = name.toUpperCase() === "DEFAULT" ? "DEFAULT" : name.toLowerCase();
      values = undefined;
      continue;
    }
    const at = line.search(/[:=]/);
    if (at <= 0)
      throw new IniSyntaxError(file, index + 1, at < 0 ? "neither = nor : in the line" : "an option without a name");
    const options = sections.get(section) ?? new Map<string, IniValue[]>();
    sections.set(section, options);
    const name = line.slice(0, at).trim().replaceAll("-", "_");
    values = options.get(name) ?? [];
    options.set(name, values);
    values.push({ text: line.slice(at + 1).trim(), line: index + 1 });
  }
  for (const options of sections.values())
    for (const [name, given] of options)
      options.set(
        name,
        given.map((value) => ({ ...value, text: unquoted(value.text) })),
      );
  return sections;
}

/** oslo.config takes one pair of quotes around a whole value away. */
function unquoted(value: string): string {
  const first = value[0];
  return value.length > 1 && (first === '"' || first === "'") && value.endsWith(first) ? value.slice(1, -1) : value;
}
