import { KubernetesError } from "./errors.ts";

/** What went wrong, as the `Status` object of the API says it (meta/v1 Status). */
export interface Status {
  readonly kind?: string | undefined;
  readonly status?: string | undefined;
  readonly message?: string | undefined;
  readonly reason?: string | undefined;
  readonly code?: number | undefined;
  readonly details?: StatusDetails | undefined;
}

/** meta/v1 StatusDetails. */
export interface StatusDetails {
  readonly name?: string | undefined;
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly uid?: string | undefined;
  readonly causes?: readonly StatusCause[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/** meta/v1 StatusCause: one field, or one sign such as `NamespaceTerminating`. */
export interface StatusCause {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly field?: string | undefined;
}

/** Where an answer came from. */
export interface ApiErrorContext {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly retryAfterMs?: number | undefined;
}

/** The API server answered with a failure. Subclasses name the reasons that controllers tell apart. */
export class ApiError extends KubernetesError {
  /** HTTP status; for an ERROR event of a watch its `code`. */
  readonly status: number;
  /** `reason` of the Status object, or the one that belongs to the HTTP status. */
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  /** How long the server asks to wait, from `Retry-After` or the Status. */
  readonly retryAfterMs: number | undefined;

  constructor(code: string, reason: string, body: Status, context: ApiErrorContext, hint: string) {
    super(
      code,
      `${context.method} ${context.path}: ${context.status} ${reason}: ${body.message ?? "no message"}`,
      hint,
    );
    this.status = context.status;
    this.reason = reason;
    this.details = body.details;
    this.method = context.method;
    this.path = context.path;
    const seconds = body.details?.retryAfterSeconds;
    this.retryAfterMs = context.retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000);
  }

  /** True when one of the Status causes has this reason, such as `NamespaceTerminating`. */
  hasCause(reason: string): boolean {
    return this.details?.causes?.some((cause) => cause.reason === reason) ?? false;
  }
}

/** 400 BadRequest. */
export class BadRequestError extends ApiError {}
/** 401 Unauthorized: the credentials, after one fresh try. */
export class UnauthorizedError extends ApiError {}
/** 403 Forbidden: RBAC, quota, admission, or a namespace that terminates. */
export class ForbiddenError extends ApiError {}
/** 404 NotFound. */
export class NotFoundError extends ApiError {}
/**
 * 404 for the whole resource type: the CRD is not installed, or not served yet. No {@link NotFoundError}, for it says
 * nothing about any object: what belongs to "deleted" objects must not be cleaned up because of it.
 */
export class UnknownResourceError extends ApiError {}
/** 409 AlreadyExists. */
export class AlreadyExistsError extends ApiError {}
/** 409 Conflict: resourceVersion, uid precondition, or another field manager. */
export class ConflictError extends ApiError {}
/** 410 Gone or Expired: the resourceVersion or continue token is too old. */
export class GoneError extends ApiError {}
/** 422 Invalid: validation, or a JSON patch whose `test` failed. */
export class InvalidError extends ApiError {}
/** 429 TooManyRequests, after the retries that fitted into the time limit. */
export class TooManyRequestsError extends ApiError {}
/** 500 ServerTimeout or 504 Timeout: the effect is unknown. */
export class ServerTimeoutError extends ApiError {}
/** 503 ServiceUnavailable. */
export class ServiceUnavailableError extends ApiError {}
/** 500 InternalError and other 5xx. */
export class InternalServerError extends ApiError {}

type ApiErrorClass = new (
  code: string,
  reason: string,
  body: Status,
  context: ApiErrorContext,
  hint: string,
) => ApiError;

interface ReasonEntry {
  readonly type: ApiErrorClass;
  readonly code: string;
  readonly hint: string;
}

const READ_AGAIN = "Read the object again, apply the change to what is there now, and repeat.";
const TIMED_OUT = "The effect of a write is unknown: read the object again, then repeat with back-off.";
const TOO_OLD = "List again and watch from the list's resourceVersion.";

const REASONS: ReadonlyMap<string, ReasonEntry> = new Map([
  [
    "BadRequest",
    { type: BadRequestError, code: "BAD_REQUEST", hint: "Correct the request; repeating it cannot help." },
  ],
  [
    "Unauthorized",
    { type: UnauthorizedError, code: "UNAUTHORIZED", hint: "Check the token or client certificate and its expiry." },
  ],
  [
    "Forbidden",
    {
      type: ForbiddenError,
      code: "FORBIDDEN",
      hint: "Check RBAC of this identity, quotas and admission; the message names which.",
    },
  ],
  ["NotFound", { type: NotFoundError, code: "NOT_FOUND", hint: "The object is gone or was never there." }],
  [
    "AlreadyExists",
    {
      type: AlreadyExistsError,
      code: "ALREADY_EXISTS",
      hint: "Read the existing object and decide whether it is yours.",
    },
  ],
  ["Conflict", { type: ConflictError, code: "CONFLICT", hint: READ_AGAIN }],
  ["Gone", { type: GoneError, code: "GONE", hint: TOO_OLD }],
  ["Expired", { type: GoneError, code: "EXPIRED", hint: TOO_OLD }],
  [
    "Invalid",
    {
      type: InvalidError,
      code: "INVALID",
      hint: "Correct the fields that details.causes names; for a JSON patch a test failed: read again.",
    },
  ],
  [
    "TooManyRequests",
    {
      type: TooManyRequestsError,
      code: "TOO_MANY_REQUESTS",
      hint: "Wait retryAfterMs; ask less often or with fewer workers.",
    },
  ],
  ["ServerTimeout", { type: ServerTimeoutError, code: "SERVER_TIMEOUT", hint: TIMED_OUT }],
  ["Timeout", { type: ServerTimeoutError, code: "TIMEOUT", hint: TIMED_OUT }],
  [
    "ServiceUnavailable",
    {
      type: ServiceUnavailableError,
      code: "SERVICE_UNAVAILABLE",
      hint: "The API server is starting, stopping or overloaded: repeat with back-off.",
    },
  ],
  [
    "InternalError",
    {
      type: InternalServerError,
      code: "INTERNAL_ERROR",
      hint: "Look at the API server's log and at admission webhooks; repeat with back-off.",
    },
  ],
]);

const UNKNOWN_RESOURCE: ReasonEntry = {
  type: UnknownResourceError,
  code: "UNKNOWN_RESOURCE",
  hint: "Install the CustomResourceDefinition, or use a group and version that this server serves.",
};

/** Reasons that a server which answers without a Status object must have meant. */
const REASON_OF_STATUS: ReadonlyMap<number, string> = new Map([
  [400, "BadRequest"],
  [401, "Unauthorized"],
  [403, "Forbidden"],
  [404, "NotFound"],
  [405, "MethodNotAllowed"],
  [406, "NotAcceptable"],
  [409, "Conflict"],
  [410, "Gone"],
  [413, "RequestEntityTooLarge"],
  [415, "UnsupportedMediaType"],
  [422, "Invalid"],
  [429, "TooManyRequests"],
  [500, "InternalError"],
  [502, "ServiceUnavailable"],
  [503, "ServiceUnavailable"],
  [504, "Timeout"],
]);

/**
 * The error for a failed answer: by `reason` of the Status, else by the HTTP status.
 *
 * @param body the Status object, or undefined when the answer was something else; `text` is then its beginning.
 */
export function apiError(context: ApiErrorContext, body: Status | undefined, text = ""): ApiError {
  const reason =
    body?.reason === undefined || body.reason === ""
      ? (REASON_OF_STATUS.get(context.status) ?? "Unknown")
      : body.reason;
  const known = reason === "NotFound" && !namesAnObject(body) ? UNKNOWN_RESOURCE : REASONS.get(reason);
  const entry: ReasonEntry = known ?? {
    type: context.status >= 500 ? InternalServerError : ApiError,
    code: reason.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase(),
    hint: context.status >= 500 ? "Repeat with back-off." : "Correct the request; repeating it cannot help.",
  };
  const excerpt = text.trim().slice(0, 300);
  const status = body ?? { message: excerpt === "" ? undefined : excerpt };
  return new entry.type(`KUBERNETES_${entry.code}`, reason, status, context, entry.hint);
}

/** An unknown group is answered in plain text, an unknown resource of a known group with a Status without details. */
function namesAnObject(body: Status | undefined): boolean {
  return body?.details?.name !== undefined || body?.details?.kind !== undefined;
}
