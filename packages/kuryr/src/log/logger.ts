/** Values that a log line may carry. */
export type Fields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Structured logging: one JSON object per line. Quiet when all is well; a warning is something a person can act on. */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A logger whose lines all carry some more fields. */
  with(fields: Fields): Logger;
}

const levels = ["debug", "info", "warn", "error"] as const;
type Level = (typeof levels)[number];

/** A logger that writes lines of at least `level`. */
export function jsonLogger(options: {
  level: Level;
  write: (line: string) => void;
  now?: () => Date;
  fields?: Fields;
}): Logger {
  const now = options.now ?? (() => new Date());
  const from = levels.indexOf(options.level);
  const at =
    (level: Level) =>
    (message: string, fields: Fields = {}): void => {
      if (levels.indexOf(level) < from) return;
      options.write(`${JSON.stringify({ time: now().toISOString(), level, message, ...options.fields, ...fields })}\n`);
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => jsonLogger({ ...options, fields: { ...options.fields, ...fields } }),
  };
}

/** How an error looks in a log line: its code, message and hint. */
export function errorFields(error: unknown): Fields {
  if (!(error instanceof Error)) return { error: String(error) };
  const { code, hint } = error as Error & { code?: unknown; hint?: unknown };
  return {
    error: error.message,
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof hint === "string" ? { hint } : {}),
  };
}
