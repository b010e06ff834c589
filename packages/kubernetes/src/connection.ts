import { apiError, type ApiErrorContext, type Status } from "./api-errors.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import type { ApiRequest, Connection, ConnectionOptions } from "./connection-options.ts";
import { ConfigError, KubernetesError, notJson, RequestTimeoutError } from "./errors.ts";
import type { KubernetesObject, ResourceDefinition } from "./objects.ts";
import { queryString } from "./paths.ts";
import { createResource } from "./resource.ts";
import { MAX_ATTEMPTS, parseRetryAfter, retryDelay } from "./retry.ts";
import { constantToken, fileToken, type TokenSource } from "./token.ts";
import { createTransport, type HttpAnswer, type HttpStream, readAll } from "./transport.ts";

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_CONNECTIONS = 32;
/**
 * Makes a connection; nothing is sent yet.
 *
 * @throws ConfigError for an unusable URL, TLS material or combination of options.
 */
export function connect(options: ConnectionOptions): Connection {
  const server = parseServer(options.server);
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const credentials = tokenSourceOf(options, clock);
  const transport = createTransport(
    server,
    {
      ca: options.ca,
      clientCert: options.clientCert,
      clientKey: options.clientKey,
      serverName: options.tlsServerName,
      insecure: options.insecure ?? false,
    },
    options.maxConnections ?? DEFAULT_CONNECTIONS,
  );

  /** One exchange: credentials, report, failure to error. */
  async function attempt<A extends { status: number }>(
    request: ApiRequest,
    number: number,
    signal: AbortSignal,
    exchange: (headers: Record<string, string>, path: string, body: string | undefined) => Promise<A>,
    failure: (answer: A, context: ApiErrorContext) => Promise<KubernetesError>,
  ): Promise<A> {
    const headers: Record<string, string> = {
      Accept: "application/json",
      "User-Agent": options.userAgent ?? "kubernetes-typescript/0.1.0",
    };
    let body: string | undefined;
    if (request.body !== undefined) {
      body = JSON.stringify(request.body);
      headers["Content-Type"] = request.contentType ?? "application/json";
    }
    const { method, path } = request;
    const started = clock.now();
    let status: number | undefined;
    let token: string | undefined;
    const report = (error: KubernetesError | undefined): void => {
      options.onRequest?.({
        verb: request.verb ?? "raw",
        resource: request.resource,
        method,
        path,
        status,
        durationMs: clock.now() - started,
        attempt: number,
        error,
      });
    };
    try {
      if (credentials !== undefined) {
        token = await credentials.token(signal);
        headers["Authorization"] = `Bearer ${token}`;
      }
      const answer = await exchange(headers, path + queryString(request.query ?? {}), body);
      status = answer.status;
      if (status >= 200 && status < 300) {
        report(undefined);
        return answer;
      }
      throw await failure(answer, { method, path, status });
    } catch (error) {
      report(error instanceof KubernetesError ? error : undefined);
      if (status === 401 && token !== undefined && number === 1 && credentials?.refused(token) === true) {
        return attempt(request, number + 1, signal, exchange, failure);
      }
      throw error;
    }
  }

  /** Runs `work` with the caller's signal and the time limit joined into one signal. */
  async function limited<R>(
    request: ApiRequest,
    work: (signal: AbortSignal, deadline: number) => Promise<R>,
  ): Promise<R> {
    const timeoutMs = request.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const controller = new AbortController();
    const onAbort = (): void => controller.abort(request.signal?.reason);
    if (request.signal?.aborted === true) throw request.signal.reason;
    request.signal?.addEventListener("abort", onAbort, { once: true });
    const cancel = clock.schedule(timeoutMs, () => {
      controller.abort(new RequestTimeoutError(`${request.method} ${request.path}`, timeoutMs));
    });
    try {
      return await work(controller.signal, clock.now() + timeoutMs);
    } finally {
      cancel();
      request.signal?.removeEventListener("abort", onAbort);
    }
  }

  function send(request: ApiRequest): Promise<HttpAnswer> {
    return limited(request, async (signal, deadline) => {
      for (let number = 1; ; number++) {
        try {
          return await attempt(
            request,
            number,
            signal,
            (headers, path, body) => transport.send({ method: request.method, path, headers, body, signal }),
            (answer, context) => Promise.resolve(errorFrom(answer, context, clock)),
          );
        } catch (error) {
          const delay = number < MAX_ATTEMPTS ? retryDelay(error, request.method, number, random) : undefined;
          // A wait that outlasts the limit is better spent by the caller, who sees retryAfterMs.
          if (delay === undefined || clock.now() + delay >= deadline) throw error;
          await sleep(clock, delay, signal);
        }
      }
    });
  }

  async function stream(request: ApiRequest): Promise<HttpStream> {
    const lifetime = new AbortController();
    const onAbort = (): void => lifetime.abort(request.signal?.reason);
    const release = (): void => request.signal?.removeEventListener("abort", onAbort);
    request.signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const opened = await limited(request, async (signal) => {
        const onLimit = (): void => lifetime.abort(signal.reason);
        signal.addEventListener("abort", onLimit, { once: true });
        try {
          return await attempt(
            request,
            1,
            signal,
            (headers, path, body) =>
              transport.open({ method: request.method, path, headers, body, signal: lifetime.signal }),
            async (answer, context) => errorFrom({ ...answer, body: await readAll(answer) }, context, clock),
          );
        } finally {
          signal.removeEventListener("abort", onLimit);
        }
      });
      return {
        ...opened,
        close: () => {
          release();
          opened.close();
        },
      };
    } catch (error) {
      release();
      throw error;
    }
  }

  const connection: Connection = {
    server: options.server,
    clock,
    random,
    resource: <T extends KubernetesObject>(definition: ResourceDefinition) => createResource<T>(connection, definition),
    async request<T>(request: ApiRequest): Promise<T> {
      const text = (await send(request)).body.toString("utf8");
      try {
        const value: T = JSON.parse(text);
        return value;
      } catch (error) {
        throw notJson(`${request.method} ${request.path}`, text, error);
      }
    },
    async text(request) {
      return (await send(request)).body.toString("utf8");
    },
    stream,
    async ready(callOptions = {}) {
      try {
        const detail = await connection.text({ method: "GET", path: "/readyz", ...callOptions });
        return { ready: true, detail };
      } catch (error) {
        if (callOptions.signal?.aborted === true) throw error;
        return { ready: false, detail: error instanceof Error ? error.message : String(error) };
      }
    },
    close: () => transport.close(),
  };
  return connection;
}

function parseServer(text: string): URL {
  const server = URL.parse(text);
  if (server === null || (server.protocol !== "https:" && server.protocol !== "http:")) {
    throw new ConfigError(`"${text}" is not the URL of an API server`, "Give https://host:port.");
  }
  return server;
}

function tokenSourceOf(options: ConnectionOptions, clock: Clock): TokenSource | undefined {
  const sources: TokenSource[] = [];
  if (options.token !== undefined) sources.push(constantToken(options.token));
  if (options.tokenFile !== undefined) sources.push(fileToken(options.tokenFile, clock));
  if (options.tokenSource !== undefined) sources.push(options.tokenSource);
  if (sources.length > 1) {
    throw new ConfigError("more than one source of tokens", "Give only one of token, tokenFile and tokenSource.");
  }
  return sources[0];
}

function errorFrom(answer: HttpAnswer, context: ApiErrorContext, clock: Clock): KubernetesError {
  const text = answer.body.toString("utf8");
  const retryAfterMs = parseRetryAfter(answer.headers["retry-after"], clock.wallTime());
  let status: Status | undefined;
  try {
    const parsed: Status | null = JSON.parse(text);
    if (parsed?.kind === "Status") status = parsed;
  } catch {
    // Not a Status: a proxy, or the plain text of an unknown path.
  }
  return apiError({ ...context, retryAfterMs }, status, text);
}
