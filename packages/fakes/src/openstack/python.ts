import type { Json } from "../http/message.ts";

/** The same value with the keys of its objects in their order, as older printers have them. */
export function sortedKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sortedKeys(one)]));
}

/** A value as Python prints it: the services put such text into their messages. */
export function pythonRepr(value: Json | undefined): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
    const escaped = value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
  }
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([key, one]) => `${pythonRepr(key)}: ${pythonRepr(one)}`)
    .join(", ")}}`;
}

/** A value as Python prints it within quotes of a message: text without quotes of its own. */
export function pythonText(value: Json | undefined): string {
  return typeof value === "string" ? value : pythonRepr(value);
}

/** Python's `pprint`: one entry a line where a line is too short. @param indent column where the value begins */
export function pythonPretty(value: Json, width: number, indent = 0, trailing = 0): string {
  const line = pythonRepr(value);
  if (line.length <= width - indent - trailing || typeof value !== "object" || value === null) return line;
  const items = Array.isArray(value) ? value.map((one) => ["", one] as const) : Object.entries(value);
  const lines = items.map(([key, one], at) => {
    const head = Array.isArray(value) ? "" : `${pythonRepr(key)}: `;
    const last = at === items.length - 1;
    return head + pythonPretty(one, width, indent + 1 + head.length, last ? trailing + 1 : 1);
  });
  const joined = lines.join(`,\n${" ".repeat(indent + 1)}`);
  return Array.isArray(value) ? `[${joined}]` : `{${joined}}`;
}
