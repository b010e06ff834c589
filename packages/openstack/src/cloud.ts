import { findEndpoint, type Interface, type Service } from "./catalog.ts";
import { classify } from "./request/classify.ts";
import { type Clock, type Random, systemClock } from "./clock.ts";
import type { Auth } from "./identity/credentials.ts";
import { parseEndpoint } from "./http/endpoint.ts";
import { configError, OpenStackError } from "./errors.ts";
import { failureOf, type RequestName, requestIdOf } from "./request/failure.ts";
import type { HttpAnswer } from "./http/http-response.ts";
import { type ConcurrencyOptions, Limiter, type Load, type Outcome } from "./request/limiter.ts";
import { createLoadBalancer, type LoadBalancerService } from "./balancer/load-balancer.ts";
import { createNetwork, type NetworkService } from "./network/network.ts";
import { operationOf } from "./request/operation.ts";
import { type Query, queryString } from "./request/query.ts";
import {
  type CallOptions,
  parseBody,
  pathError,
  type Requester,
  type RequestReport,
  type WriteName,
} from "./request/request.ts";
import { limited, repeat, type Repeatable, repeatable, type RetryOptions } from "./request/retry.ts";
import { createSession, type Scope, type Token, TOKEN_PATH } from "./identity/session.ts";
import type { TlsOptions } from "./http/tls-context.ts";
import { createTransport, type Endpoint } from "./http/transport.ts";

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
  /**
   * Limit for one call with its repetitions and its authentication; default 60,000. One try of what may be repeated
   * (all but POST and PATCH) ends after half of it.
   */
  readonly timeoutMs?: number | undefined;
  /** Connections to each host and port, kept and new ones each; default 32. More requests wait their turn. */
  readonly maxConnections?: number | undefined;
  readonly retry?: RetryOptions | undefined;
  /** Requests at once to each service, a limit that follows how the service answers. */
  readonly concurrency?: ConcurrencyOptions | undefined;
  readonly userAgent?: string | undefined;
  /** Called after each HTTP exchange, repeated ones and those with Keystone included; must not throw. */
  readonly onRequest?: ((report: RequestReport) => void) | undefined;
  /**
   * Asked in the very moment when a write (anything but GET, HEAD and the requests for tokens) goes out, after every
   * wait for a token, a turn or a connection, and again for each repetition: milliseconds that its answer may take,
   * `Infinity` for no limit. A throw refuses it: nothing is sent, nothing repeated, and the call rejects with that error.
   * For whoever may write only while holding a lease.
   */
  readonly admitWrite?: ((write: WriteName) => number) | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** A connection to one cloud as one user; cheap, shared by everything in a process. */
export interface Cloud extends Requester {
  /** Neutron. */
  readonly network: NetworkService;
  /** Octavia. */
  readonly loadBalancer: LoadBalancerService;
  /** How many requests a service is given at once, has now, and how many wait. */
  load(service: Service): Load;
  /** Who we are and what the catalogue holds; authenticates when that has not happened. */
  scope(options?: CallOptions): Promise<Scope>;
  /** Closes the kept-alive connections. */
  close(): void;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_CONNECTIONS = 32;
const AUTH_TIMEOUT_MS = 30_000;
/** So much of a call's time may one try take where another may follow: the peer of a connection may be gone for long. */
const TRY_PART = 0.5;

/**
 * Makes a connection; nothing is sent yet.
 *
 * @throws config for unusable URLs, TLS material or incomplete credentials.
 */
export function connect(options: CloudOptions): Cloud {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const retry = options.retry ?? {};
  const transport = createTransport(options.tls ?? {}, options.maxConnections ?? DEFAULT_CONNECTIONS, clock);
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
      readonly operation: string;
      readonly repeatable: Repeatable;
      /** For the whole call. */
      readonly timeoutMs: number;
      readonly admitWrite?: CloudOptions["admitWrite"];
    },
    signal: AbortSignal,
    attempt: number,
  ): Promise<HttpAnswer> {
    const started = clock.now();
    const report = (answer: HttpAnswer | undefined, error: OpenStackError | undefined): void => {
      options.onRequest?.({
        service: name.service,
        operation: parts.operation,
        method: name.method,
        status: answer?.status,
        ms: clock.now() - started,
        requestId: answer === undefined ? undefined : requestIdOf(answer),
        attempt,
        error,
      });
    };
    let answer: HttpAnswer;
    let refused = false;
    const admit = (): number => {
      const { operation, admitWrite } = parts;
      refused = true;
      const ms = admitWrite?.({ ...name, operation }) ?? Number.POSITIVE_INFINITY;
      refused = false;
      return ms;
    };
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
        // After one failure kept connections are under suspicion: they may be half-open, all of them.
        fresh: parts.repeatable !== "always" || attempt > 1,
        limitMs: parts.repeatable === "always" ? parts.timeoutMs * TRY_PART : undefined,
        ...(parts.admitWrite === undefined ? {} : { admit }),
      });
    } catch (error) {
      // Nothing was exchanged that a report could tell of.
      if (refused) throw error;
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
        {
          query: undefined,
          headers,
          body,
          operation: `${method} auth/tokens`,
          repeatable: "always",
          timeoutMs: AUTH_TIMEOUT_MS,
        },
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
      ).with({ code: "OPENSTACK_SERVICE_MISSING" });
    }
    const endpoint = url === undefined ? keystone : parseEndpoint(url, service);
    found.set(service, endpoint);
    return endpoint;
  }

  const limiters: Readonly<Record<Service, Limiter>> = {
    identity: new Limiter(options.concurrency),
    network: new Limiter(options.concurrency),
    "load-balancer": new Limiter(options.concurrency),
  };

  /** {@link exchange} when the service's limit lets it; the limit learns from how it went. */
  async function admitted(
    what: Pick<Outcome, "operation" | "objects">,
    service: Service,
    signal: AbortSignal,
    send: () => Promise<HttpAnswer>,
  ) {
    const limiter = limiters[service];
    await limiter.acquire(signal);
    const startedAt = clock.now();
    let overloaded: boolean | undefined;
    try {
      const answer = await send();
      overloaded = answer.status === 429 || (answer.status >= 500 && (classify(answer).transient ?? true));
      return answer;
    } catch (error) {
      // The caller's own abort says nothing about the service.
      if (error instanceof OpenStackError) overloaded = true;
      throw error;
    } finally {
      limiter.release(overloaded === undefined ? undefined : { ...what, startedAt, endedAt: clock.now(), overloaded });
    }
  }

  const requester: Requester = {
    clock,
    random,
    async request(service, method, path, requestOptions = {}) {
      const name = { service, method, path };
      const unusable = pathError(name);
      if (unusable !== undefined) throw unusable;
      const { query } = requestOptions;
      const operation = requestOptions.operation ?? operationOf(method, path);
      const body = requestOptions.body === undefined ? undefined : JSON.stringify(requestOptions.body);
      const timeoutMs = requestOptions.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      const allowed = requestOptions.repeatable ?? repeatable(method);
      const admitWrite = method === "GET" || method === "HEAD" ? undefined : options.admitWrite;
      let renewed = false;
      return limited(name, timeoutMs, clock, requestOptions.signal, (signal, deadline) =>
        repeat(
          async (attempt) => {
            for (;;) {
              const token = await session.token(signal);
              const endpoint = endpointOf(service, token);
              const headers = { "X-Auth-Token": token.value, ...requestOptions.headers };
              const answer = await admitted({ operation, objects: requestOptions.objects }, service, signal, () =>
                exchange(
                  endpoint,
                  name,
                  { query, headers, body, operation, repeatable: allowed, timeoutMs, admitWrite },
                  signal,
                  attempt,
                ),
              );
              if (answer.status < 400) return { ...answer, body: parseBody(answer, name) };
              if (answer.status === 401 && !renewed && session.refused(token)) {
                renewed = true;
                continue;
              }
              throw failureOf(answer, name, clock.wallTime(), session.redact);
            }
          },
          {
            allowed,
            except: (error) => error instanceof OpenStackError && error.path === TOKEN_PATH,
            retry,
            clock,
            random,
            deadline,
            signal,
          },
        ),
      );
    },
  };

  return {
    ...requester,
    network: createNetwork(requester),
    loadBalancer: createLoadBalancer(requester),
    load: (service) => limiters[service].load,
    async scope(callOptions = {}) {
      const name = { service: "identity", method: "POST", path: TOKEN_PATH };
      const timeoutMs = callOptions.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      return limited(name, timeoutMs, clock, callOptions.signal, async (signal) => (await session.token(signal)).scope);
    },
    close: () => transport.close(),
  };
}

/** The transport does not know what it carries; the time limit of a call does. */
function located(error: OpenStackError, name: RequestName): OpenStackError {
  if (error.path !== undefined) return error;
  return error.with(name, `${name.service}: ${name.method} ${name.path}: ${error.message}`);
}
