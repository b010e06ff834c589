/** An error a person can act on: a stable code, what happened, and what to do next. */
export class KuryrError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: `KURYR_${string}`, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KuryrError";
    this.code = code;
    this.hint = hint;
  }
}

/** The one-line text of any error, for logs, Events and CNI messages. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
