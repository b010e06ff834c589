import type { IncomingHttpHeaders } from "node:http";
import type { Service } from "../catalog.ts";
import type { Clock, Random } from "../clock.ts";
import { OpenStackError, protocolError } from "../errors.ts";
import type { RequestName } from "./failure.ts";
import type { Query } from "./query.ts";
import type { Repeatable } from "./retry.ts";
import type { HttpAnswer } from "../http/http-response.ts";

/** One HTTP exchange, for counters and histograms; holds no ids, so that it can label metrics. */
export interface RequestReport {
  readonly service: Service;
  /** Such as `GET ports`, `PUT ports/{}`; see `operationOf`. */
  readonly operation: string;
  readonly method: string;
  /** Undefined when there was no answer. */
  readonly status: number | undefined;
  /** To the end of the answer, without the wait for a token. */
  readonly ms: number;
  readonly requestId: string | undefined;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly error: OpenStackError | undefined;
}

/** A write that is about to be sent. */
export interface WriteName {
  readonly service: Service;
  /** Such as `POST ports`; see `operationOf`. */
  readonly operation: string;
  readonly method: string;
  readonly path: string;
}

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Overrides the cloud's limit for this call. */
  readonly timeoutMs?: number | undefined;
}

/** What any request takes. */
export interface RequestOptions extends CallOptions {
  readonly query?: Query | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Name for reports instead of the one made from method and path. */
  readonly operation?: string | undefined;
  /** How many objects it makes, where that decides how long it takes. */
  readonly objects?: number | undefined;
  /** Overrides what the method says about sending it again. */
  readonly repeatable?: Repeatable | undefined;
}

/** The verbs of HTTP that the services use. */
export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/** An answer below 400. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** From JSON; undefined when empty. */
  readonly body: unknown;
}

/** The calls that the typed parts are made of. */
export interface Requester {
  /** For what waits between requests. */
  readonly clock: Clock;
  readonly random: Random;
  /**
   * Any request. `path` begins with the version (`/v3/users`, `/v2.0/ports`, `/v2/lbaas/loadbalancers`) or is `/`, is
   * encoded, and has no query.
   *
   * @throws OpenStackError for every answer of 400 or more, and for none; the signal's reason when it aborts.
   */
  request(service: Service, method: Method, path: string, options?: RequestOptions): Promise<Answer>;
}

/** The error for a path that must not be sent, or undefined. */
export function pathError(name: RequestName): OpenStackError | undefined {
  if (!/[?#]/.test(name.path) && /^\/(v\d[!-~]*)?$/.test(name.path)) return undefined;
  const path = name.path.replace(/\?.*$/s, "?...");
  return new OpenStackError(`${name.service}: ${name.method} ${path}: not a path that can be sent`, {
    ...name,
    path,
    kind: "invalid",
    code: "OPENSTACK_PATH",
    hint: "Begin it with the version, encode it, and give the query as an option.",
    sent: false,
  });
}

/** What an answer holds. @throws a protocol error when it is not JSON. */
export function parseBody(answer: HttpAnswer, name: RequestName): unknown {
  if (answer.body === "") return undefined;
  try {
    const value: unknown = JSON.parse(answer.body);
    return value;
  } catch (error) {
    throw protocolError(
      `${name.service}: ${name.method} ${name.path}: the answer is not JSON`,
      { ...name, status: answer.status },
      { cause: error },
    );
  }
}
