import { styleText } from "node:util";

/** How a piece of text is meant. */
export type Tone = "good" | "bad" | "warning" | "faint" | "strong";

/** Where a command writes. */
export interface Terminal {
  /** Writes a line. */
  readonly line: (text?: string) => void;
  /** Colours a text, where the output shows colours. */
  readonly tone: (tone: Tone, text: string) => string;
}

const formats = { good: "green", bad: "red", warning: "yellow", faint: "gray", strong: "bold" } as const;

/** A terminal on a stream; colours as the stream, NO_COLOR and FORCE_COLOR say. */
export function terminalOn(stream: NodeJS.WriteStream): Terminal {
  return {
    line: (text = "") => void stream.write(`${text}\n`),
    tone: (tone, text) => styleText(formats[tone], text, { stream }),
  };
}

/** A cell: its text, and how it is meant. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

const textOf = (cell: Cell): string => (typeof cell === "string" ? cell : cell.text);

/** Rows as aligned lines under their headings; the last column is not filled up. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  tone: Terminal["tone"],
): string[] {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => textOf(row[column] ?? "").length)),
  );
  const lineOf = (cells: readonly Cell[]): string =>
    cells
      .map((cell, column) => {
        const text = textOf(cell);
        const shown = typeof cell === "string" ? text : tone(cell.tone, text);
        const fill = column === cells.length - 1 ? 0 : (widths[column] ?? 0) - text.length;
        return shown + " ".repeat(fill);
      })
      .join("  ")
      .trimEnd();
  return [lineOf(headings.map((text) => ({ text, tone: "faint" as const }))), ...rows.map(lineOf)];
}

/** A time span as `kubectl` shows it: `45s`, `12m`, `3h5m`, `2d4h`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  return `${Math.floor(hours / 24)}d${hours % 24}h`;
}
