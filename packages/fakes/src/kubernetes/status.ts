import type { Json, JsonObject } from "./json.ts";

/** One cause in the details of a Status. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** What a Status says it is about: `kind` is the plural, or the kind for validation. */
export interface About {
  readonly group: string;
  readonly kind: string;
  readonly name?: string | undefined;
}

/** An answer that is not a success, as meta/v1 Status. */
export class Failure extends Error {
  readonly code: number;
  readonly body: JsonObject;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: number, body: JsonObject, headers: Readonly<Record<string, string>> = {}) {
    super(typeof body["message"] === "string" ? body["message"] : "");
    this.name = "Failure";
    this.code = code;
    this.body = body;
    this.headers = headers;
  }
}

function failure(code: number, reason: string | undefined, message: string, details?: JsonObject): Failure {
  return new Failure(code, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  });
}

function details(about: About): JsonObject {
  return {
    ...(about.name === undefined || about.name === "" ? {} : { name: about.name }),
    ...(about.group === "" ? {} : { group: about.group }),
    ...(about.kind === "" ? {} : { kind: about.kind }),
  };
}

/** `plural.group`, or `plural` in the core group. */
export function qualified(about: About): string {
  return about.group === "" ? about.kind : `${about.kind}.${about.group}`;
}

function named(about: About): string {
  return `${qualified(about)} "${about.name ?? ""}"`;
}

export const badRequest = (message: string): Failure => failure(400, "BadRequest", message);
export const unauthorized = (): Failure => failure(401, "Unauthorized", "Unauthorized");

export function notFound(about: About): Failure {
  return failure(404, "NotFound", `${named(about)} not found`, details(about));
}

/** The resource of a served group is not served. */
export function unknownResource(): Failure {
  return failure(404, "NotFound", "the server could not find the requested resource", {});
}

export function forbidden(about: About, why: string): Failure {
  const what = about.name === undefined || about.name === "" ? qualified(about) : named(about);
  return failure(403, "Forbidden", `${what} is forbidden: ${why}`, details(about));
}

export function alreadyExists(about: About): Failure {
  return failure(409, "AlreadyExists", `${named(about)} already exists`, details(about));
}

export function conflict(about: About, why: string): Failure {
  return failure(409, "Conflict", `Operation cannot be fulfilled on ${named(about)}: ${why}`, details(about));
}

/** What an apply is answered that other managers' fields are in the way of. */
export function applyConflict(causes: readonly Cause[]): Failure {
  const [only] = causes;
  const list = causes.length === 1 && only !== undefined ? `${only.message}: ${only.field}` : groupedConflicts(causes);
  const word = causes.length === 1 ? "conflict" : "conflicts";
  return failure(409, "Conflict", `Apply failed with ${causes.length} ${word}: ${list}`, {
    causes: causes.map((cause) => ({ ...cause })),
  });
}

function groupedConflicts(causes: readonly Cause[]): string {
  const byMessage = Map.groupBy(causes, (cause) => cause.message);
  return [...byMessage]
    .map(
      ([message, of]) =>
        `${message.replace("conflict with", "conflicts with")}:\n${of.map((c) => `- ${c.field}`).join("\n")}`,
    )
    .join("\n");
}

export function invalid(about: About, causes: readonly Cause[]): Failure {
  const told = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const list = told.length === 1 ? (told[0] ?? "") : `[${told.join(", ")}]`;
  return failure(422, "Invalid", `${named(about)} is invalid: ${list}`, {
    ...details(about),
    causes: causes.map((cause) => ({ ...cause })),
  });
}

/** What the server says of JSON patches that do not fit the object. */
export function rejected(): Failure {
  return failure(422, "Invalid", "the server rejected our request due to an error in our request", {});
}

export function methodNotAllowed(about: About, verb: string): Failure {
  return failure(
    405,
    "MethodNotAllowed",
    `${verb} is not supported on resources of kind "${qualified(about)}"`,
    details({ ...about, name: undefined }),
  );
}

/** The method is not one of the path's. */
export function methodUnknown(): Failure {
  return failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
}

export function unsupportedMediaType(accepted: readonly string[]): Failure {
  return failure(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );
}

/** What built-in kinds answer a patch of an unknown type. */
export function unsupportedPatch(): Failure {
  return failure(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}

export const expired = (message: string): Failure => failure(410, "Expired", message);
/** An error that the server did not expect; it gives no reason. */
export const unexpected = (message: string): Failure => failure(500, undefined, message);

export function tooLargeVersion(asked: string, current: number): Failure {
  return new Failure(
    504,
    {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: `Timeout: Too large resource version: ${asked}, current: ${current}`,
      reason: "Timeout",
      details: {
        causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
        retryAfterSeconds: 1,
      },
      code: 504,
    },
    { "Retry-After": "1" },
  );
}

/** The Status of a delete after which nothing is left. */
export function deleted(about: About, uid: Json): JsonObject {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { ...details(about), uid },
  };
}

/** Causes as `field.Error` words them. */
export const cause = {
  required: (field: string, detail = ""): Cause => ({
    reason: "FieldValueRequired",
    message: detail === "" ? "Required value" : `Required value: ${detail}`,
    field,
  }),
  invalid: (field: string, value: Json, detail: string): Cause => ({
    reason: "FieldValueInvalid",
    message: `Invalid value: ${JSON.stringify(value)}: ${detail}`,
    field,
  }),
  type: (field: string, found: string, detail: string): Cause => ({
    reason: "FieldValueTypeInvalid",
    message: `Invalid value: ${JSON.stringify(found)}: ${detail}`,
    field,
  }),
  unsupported: (field: string, value: Json, supported: readonly Json[]): Cause => ({
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map((one) => JSON.stringify(one)).join(", ")}`,
    field,
  }),
  forbidden: (field: string, detail: string): Cause => ({
    reason: "FieldValueForbidden",
    message: `Forbidden: ${detail}`,
    field,
  }),
  tooLong: (field: string, max: number): Cause => ({
    reason: "FieldValueTooLong",
    message: `Too long: may not be more than ${max} bytes`,
    field,
  }),
  tooMany: (field: string, count: number, max: number): Cause => ({
    reason: "FieldValueTooMany",
    message: `Too many: ${count}: must have at most ${max} items`,
    field,
  }),
  duplicate: (field: string, value: Json): Cause => ({
    reason: "FieldValueDuplicate",
    message: `Duplicate value: ${JSON.stringify(value)}`,
    field,
  }),
};
