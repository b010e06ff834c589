import type { IncomingHttpHeaders } from "node:http";
import { findEndpoint, type Interface, type Service } from "./catalog.ts";
import { type Clock, type Random, systemClock } from "./clock.ts";
import type { Auth } from "./credentials.ts";
import { parseEndpoint } from "./endpoint.ts";
import { configError, OpenStackError, protocolError } from "./errors.ts";
import { failureOf, requestIdOf } from "./failure.ts";
import { createNetwork, type Network } from "./network.ts";
import { operationOf } from "./operation.ts";
import { type Query, queryString } from "./query.ts";
import { limited, repeat, type Repeatable, repeatable, type RetryOptions } from "./retry.ts";
import { createSession, type Scope, type Token } from "./session.ts";
import { createTransport, type Endpoint, type HttpAnswer, type TlsOptions } from "./transport.ts";

/** How to reach a cloud, and as whom. */
export interface CloudOptions {
  readonly auth: Auth;
  /** Needed when the catalogue holds several. */
  readonly region?: string | undefined;
  /** Default `public`. */
  readonly interface?: Interface | undefined;
  /** URLs to use instead of the catalogue's, with or without their version. */
  readonly endpoints?: Readonly<Partial<Record<Service, string>>> | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Limit for one call with its repetitions and its authentication; default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Connections to each host and port; default 32. More requests wait their turn. */
  readonly maxConnections?: number | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly userAgent?: string | undefined;
  /** Called after each HTTP exchange, repeated ones and those with Keystone included; must not throw. */
  readonly onRequest?: ((report: RequestReport) => void) | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

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

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Overrides the cloud's limit for this call. */
  readonly timeoutMs?: number | undefined;
}

export interface RequestOptions extends CallOptions {
  readonly query?: Query | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Name for reports instead of the one made from method and path. */
  readonly operation?: string | undefined;
  /** Overrides what the method says about sending it again. */
  readonly repeatable?: Repeatable | undefined;
}

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
  /**
   * Any request. `path` begins with the version (`/v3/users`, `/v2.0/ports`, `/v2/lbaas/loadbalancers`), is encoded
   * and has no query.
   *
   * @throws OpenStackError for every answer of 400 or more, and for none; the signal's reason when it aborts.
   */
  request(service: Service, method: Method, path: string, options?: RequestOptions): Promise<Answer>;
}

/** A connection to one cloud as one user; cheap, shared by everything in a process. */
export interface Cloud extends Requester {
  readonly network: Network;
  /** Who we are and what the catalogue holds; authenticates when that has not happened. */
  scope(options?: CallOptions): Promise<Scope>;
  /** Closes the kept-alive connections. */
  close(): void;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_CONNECTIONS = 32;
const AUTH_TIMEOUT_MS = 30_000;

/**
 * Makes a connection; nothing is sent yet.
 *
 * @throws config for unusable URLs, TLS material or incomplete credentials.
 */
export function connect(options: CloudOptions): Cloud {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const retry = options.retry ?? {};
  const transport = createTransport(options.tls ?? {}, options.maxConnections ?? DEFAULT_CONNECTIONS);
  const common = { Accept: "application/json", "User-Agent": options.userAgent ?? "openstack-typescript/0.1.0" };
  const keystone = parseEndpoint(options.auth.authUrl, "authUrl");
  const given = new Map<Service, Endpoint>();
  for (const service of ["identity", "network", "load-balancer"] as const) {
    const url = options.endpoints?.[service];
    if (url !== undefined) given.set(service, parseEndpoint(url, service));
  }
  /** Endpoints of the catalogue, which may be another one with the next token. */
  let found = new Map<Service, Endpoint>();
  let foundFor: unknown;

  /** One exchange and its report; an answer of 400 or more is returned, not thrown. */
  async function exchange(
    endpoint: Endpoint,
    name: { readonly service: Service; readonly method: string; readonly path: string },
    parts: {
      readonly query: Query | undefined;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string | undefined;
      readonly operation: string | undefined;
    },
    signal: AbortSignal,
    attempt: number,
  ): Promise<HttpAnswer> {
    const started = clock.now();
    const report = (answer: HttpAnswer | undefined, error: OpenStackError | undefined): void => {
      options.onRequest?.({
        service: name.service,
        operation: parts.operation ?? operationOf(name.method, name.path),
        method: name.method,
        status: answer?.status,
        ms: clock.now() - started,
        requestId: answer === undefined ? undefined : requestIdOf(answer),
        attempt,
        error,
      });
    };
    let answer: HttpAnswer;
    try {
      answer = await transport.send({
        endpoint,
        method: name.method,
        target: parts.query === undefined ? name.path : name.path + queryString(parts.query),
        headers: {
          ...common,
          ...(parts.body === undefined ? {} : { "Content-Type": "application/json" }),
          ...parts.headers,
        },
        body: parts.body,
        signal,
      });
    } catch (error) {
      const failure = error instanceof OpenStackError ? located(error, name) : undefined;
      report(undefined, failure);
      throw failure ?? error;
    }
    report(answer, answer.status >= 400 ? failureOf(answer, name, clock.wallTime(), session.redact) : undefined);
    return answer;
  }

  const session = createSession({
    auth: options.auth,
    clock,
    random,
    retry,
    timeoutMs: AUTH_TIMEOUT_MS,
    exchange: (method, path, headers, body, signal, attempt) =>
      exchange(
        keystone,
        { service: "identity", method, path },
        { query: undefined, headers, body, operation: `${method} auth/tokens` },
        signal,
        attempt,
      ),
  });

  function endpointOf(service: Service, token: Token): Endpoint {
    const fixed = given.get(service);
    if (fixed !== undefined) return fixed;
    if (foundFor !== token.scope.catalog) {
      found = new Map();
      foundFor = token.scope.catalog;
    }
    const known = found.get(service);
    if (known !== undefined) return known;
    const url = findEndpoint(token.scope.catalog, service, {
      region: options.region,
      interface: options.interface ?? "public",
    });
    if (url === undefined && service !== "identity") {
      throw configError(
        `the catalogue has no service of type ${service}`,
        "Give its URL in endpoints, or ask the operator whether it is installed.",
      );
    }
    const endpoint = url === undefined ? keystone : parseEndpoint(url, service);
    found.set(service, endpoint);
    return endpoint;
  }

  const requester: Requester = {
    async request(service, method, path, requestOptions = {}) {
      const name = { service, method, path };
      if (!/^\/v\d[^?#\s]*$/.test(path)) throw pathError(name);
      const { query, operation } = requestOptions;
      const body = requestOptions.body === undefined ? undefined : JSON.stringify(requestOptions.body);
      const timeoutMs = requestOptions.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      let renewed = false;
      return limited(name, timeoutMs, clock, requestOptions.signal, (signal, deadline) =>
        repeat(
          async (attempt) => {
            for (;;) {
              const token = await session.token(signal);
              const endpoint = endpointOf(service, token);
              const headers = { "X-Auth-Token": token.value, ...requestOptions.headers };
              const answer = await exchange(endpoint, name, { query, headers, body, operation }, signal, attempt);
              if (answer.status < 400) return { ...answer, body: parseBody(answer, name) };
              if (answer.status === 401 && !renewed && session.refused(token)) {
                renewed = true;
                continue;
              }
              throw failureOf(answer, name, clock.wallTime(), session.redact);
            }
          },
          { allowed: requestOptions.repeatable ?? repeatable(method), retry, clock, random, deadline, signal },
        ),
      );
    },
  };

  return {
    ...requester,
    network: createNetwork(requester),
    async scope(callOptions = {}) {
      const name = { service: "identity", method: "POST", path: "/v3/auth/tokens" };
      const timeoutMs = callOptions.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      return limited(name, timeoutMs, clock, callOptions.signal, async (signal) => (await session.token(signal)).scope);
    },
    close: () => transport.close(),
  };
}

function pathError(name: { service: string; method: string; path: string }): OpenStackError {
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

function parseBody(answer: HttpAnswer, name: { service: string; method: string; path: string }): unknown {
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

/** The transport does not know what it carries. */
function located(error: OpenStackError, name: { service: string; method: string; path: string }): OpenStackError {
  return error.with(name, `${name.service}: ${name.method} ${name.path}: ${error.message}`);
}
