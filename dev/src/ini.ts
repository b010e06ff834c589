/** One section of an oslo.config file; a list of values repeats the key. */
export type IniSection = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Renders an oslo.config file. */
export function renderIni(sections: Readonly<Record<string, IniSection>>): string {
  const lines: string[] = [];
  for (const [section, options] of Object.entries(sections)) {
    lines.push(`[${section}]`);
    for (const [key, value] of Object.entries(options)) {
      for (const one of Array.isArray(value) ? (value as readonly string[]) : [value])
        lines.push(`${key} = ${String(one)}`);
    }
    lines.push("");
  }
  return lines.join("\n");
}
