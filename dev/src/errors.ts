/** An error a person can act on: a stable code, what happened, and what to do next. */
export class StackError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: `KURYR_DEV_${string}`, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StackError";
    this.code = code;
    this.hint = hint;
  }
}

/** The text shown to a person for any error, `StackError` or not. */
export function describeError(error: unknown): string {
  if (error instanceof StackError) {
    const hint = error.hint === undefined ? "" : `\n  what to do: ${error.hint.replaceAll("\n", "\n  ")}`;
    return `${error.message} [${error.code}]${hint}`;
  }
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}
