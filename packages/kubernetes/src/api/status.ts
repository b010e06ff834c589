import type { Status, StatusCause, StatusDetails } from "../api-errors.ts";

/**
 * What of a Status object has the right type; undefined when it is no mapping. A failure may come from anything between
 * client and server, and must become an error all the same.
 */
export function readStatus(value: unknown): Status | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const details = fieldsOf(fields.get("details"));
  return {
    kind: text(fields.get("kind")),
    status: text(fields.get("status")),
    message: text(fields.get("message")),
    reason: text(fields.get("reason")),
    code: whole(fields.get("code")),
    details: details === undefined ? undefined : readDetails(details),
  };
}

function readDetails(details: ReadonlyMap<string, unknown>): StatusDetails {
  const causes = details.get("causes");
  return {
    name: text(details.get("name")),
    group: text(details.get("group")),
    kind: text(details.get("kind")),
    uid: text(details.get("uid")),
    causes: Array.isArray(causes) ? causes.map(readCause) : undefined,
    retryAfterSeconds: whole(details.get("retryAfterSeconds")),
  };
}

function readCause(value: unknown): StatusCause {
  const fields = fieldsOf(value);
  return {
    reason: text(fields?.get("reason")),
    message: text(fields?.get("message")),
    field: text(fields?.get("field")),
  };
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function whole(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) ? value : undefined;
}
