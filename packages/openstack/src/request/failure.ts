import { classify } from "./classify.ts";
import { OpenStackError } from "../errors.ts";
import { parseRetryAfter } from "./retry.ts";
import type { HttpAnswer } from "../http/http-response.ts";

const EXCERPT_LENGTH = 500;

/** Which request an answer belongs to. */
export interface RequestName {
  readonly service: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
}

/** The error for an answer of 400 or more. `redact` takes secrets out of what the service said. */
export function failureOf(
  answer: HttpAnswer,
  request: RequestName,
  wallTime: number,
  redact: (text: string) => string,
): OpenStackError {
  const found = classify({ ...answer, path: request.path });
  const excerpt = redact(answer.body).slice(0, EXCERPT_LENGTH);
  const words = found.message === "" ? excerpt.slice(0, 200) : redact(found.message);
  const type = found.type === undefined ? "" : ` ${found.type}`;
  const message = `${request.service}: ${request.method} ${request.path}: ${answer.status}${type}`;
  return new OpenStackError(words === "" ? message : `${message}: ${words}`, {
    ...request,
    ...found,
    status: answer.status,
    requestId: requestIdOf(answer),
    excerpt,
    retryAfterMs: parseRetryAfter(answer.headers["retry-after"], wallTime),
  });
}

/** The id under which the service logged the request. */
export function requestIdOf(answer: HttpAnswer): string | undefined {
  const id = answer.headers["x-openstack-request-id"];
  return Array.isArray(id) ? id[0] : id;
}

/** A function that replaces each of the secrets, as it is and as JSON writes it, by `***`. */
export function redactor(secrets: readonly (string | undefined)[]): (text: string) => string {
  const known = secrets
    .filter((secret): secret is string => secret !== undefined && secret !== "")
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  return (text) => known.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}
