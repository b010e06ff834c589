/** Base of every error of this package (an abort throws the signal's own reason instead). */
export class OvsdbError extends Error {
  /** Stable, for programs: `OVSDB_...`. */
  readonly code: string;
  /** What to do next, for people. */
  readonly hint: string;

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.hint = hint;
  }
}

/** What arrived is not JSON-RPC, or larger than the limit; the connection is dropped. Code `OVSDB_PROTOCOL`. */
export class OvsdbProtocolError extends OvsdbError {
  constructor(message: string, options?: ErrorOptions) {
    super("OVSDB_PROTOCOL", message, "Check that an OVSDB server listens at that address.", options);
  }
}

/** A value that does not fit its column. Code `OVSDB_DATUM`. */
export class OvsdbDatumError extends OvsdbError {
  constructor(message: string) {
    super("OVSDB_DATUM", message, "Compare the column's type in the schema with the one declared.");
  }
}

/** The server's schema lacks a declared table or column, or its type differs. Code `OVSDB_SCHEMA`. */
export class OvsdbSchemaError extends OvsdbError {
  constructor(message: string) {
    super("OVSDB_SCHEMA", message, "Check the database's name and the version of its schema.");
  }
}

/** Not connected, or the connection was lost. Code `OVSDB_CONNECTION`. */
export class OvsdbConnectionError extends OvsdbError {
  /** The request was sent: whether it took effect is unknown. */
  readonly sent: boolean;

  constructor(message: string, options: ErrorOptions & { readonly sent?: boolean } = {}) {
    super(
      "OVSDB_CONNECTION",
      message,
      options.sent === true
        ? "The request may have taken effect: read the rows before repeating it."
        : "Check that the server runs and that its socket is reachable.",
      options,
    );
    this.sent = options.sent ?? false;
  }
}

/** Use after `close()`. Code `OVSDB_CLOSED`. */
export class OvsdbClosedError extends OvsdbError {
  constructor() {
    super("OVSDB_CLOSED", "the client is closed", "Make a new one.");
  }
}

/** No answer within the limit. Code `OVSDB_TIMEOUT`. */
export class OvsdbTimeoutError extends OvsdbError {
  readonly timeoutMs: number;

  constructor(what: string, timeoutMs: number) {
    super("OVSDB_TIMEOUT", `${what} took longer than ${timeoutMs} ms`, "Check that the server runs and is not busy.");
    this.timeoutMs = timeoutMs;
  }
}

/** Too many requests wait. Code `OVSDB_BUSY`. */
export class OvsdbBusyError extends OvsdbError {
  constructor(limit: number) {
    super("OVSDB_BUSY", `${limit} requests wait for an answer`, "The server does not keep up: ask less at once.");
  }
}

/** The server answered a request with an error instead of a result. Code `OVSDB_<ERROR>`. */
export class OvsdbResponseError extends OvsdbError {
  /** The server's own short name of the error, such as `unknown database`. */
  readonly error: string;

  constructor(method: string, error: string, details: string | undefined) {
    super(errorCode(error), `${method}: ${error}${details === undefined ? "" : `: ${details}`}`, hintFor(error));
    this.error = error;
  }
}

/**
 * One operation of a transaction failed, or the commit did (`index` then is the number of operations); nothing was
 * changed. Code from the server's error, such as `OVSDB_CONSTRAINT_VIOLATION`; `OVSDB_TIMED_OUT` is a failed `wait`.
 */
export class OvsdbTransactionError extends OvsdbError {
  /** The server's own short name of the error (RFC 7047 section 3.1). */
  readonly error: string;
  readonly details: string | undefined;
  readonly index: number;
  /** The failed operation in words; `commit` for the commit. */
  readonly operation: string;

  constructor(failure: { error: string; details: string | undefined; index: number; operation: string }) {
    const details = failure.details === undefined ? "" : `: ${failure.details}`;
    super(errorCode(failure.error), `${failure.operation}: ${failure.error}${details}`, hintFor(failure.error));
    this.error = failure.error;
    this.details = failure.details;
    this.index = failure.index;
    this.operation = failure.operation;
  }
}

function errorCode(error: string): string {
  return `OVSDB_${error.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")}`;
}

function hintFor(error: string): string {
  switch (error) {
    case "timed out":
      return "The rows are not what the operation waited for: read them and decide again.";
    case "constraint violation":
      return "Another row has that unique value, or the value is outside the column's range.";
    case "referential integrity violation":
      return "A row that is referred to does not exist, or one that is still referred to was deleted.";
    case "not owner":
      return "Another client holds the lock.";
    case "unknown database":
      return "Check the database's name; the server lists them with `ovsdb-client list-dbs`.";
    default:
      return "See RFC 7047 section 5.2 for the operation.";
  }
}
