import { apiError, type ApiErrorContext, type Status } from "../api-errors.ts";
import { type Clock, sleep, systemClock } from "../clock.ts";
import type { ApiRequest, Connection, ConnectionOptions } from "./connection-options.ts";
import { ConfigError, KubernetesError, notJson, RequestTimeoutError } from "../errors.ts";
import { execToken } from "../credentials/exec-token.ts";
import type { KubernetesObject, ResourceDefinition } from "../objects.ts";
import { queryString } from "./paths.ts";
import { createResource } from "./resource.ts";
import { MAX_ATTEMPTS, parseRetryAfter, retryDelay } from "./retry.ts";
import { readStatus } from "./status.ts";
import { constantToken, fileToken, type TokenSource } from "../credentials/token.ts";
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
    shorten: (limitMs: number) => void,
    exchange: (
      headers: Record<string, string>,
      path: string,
      body: string | undefined,
      admit: (() => void) | undefined,
    ) => Promise<A>,
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
    let refused = false;
    const { admitWrite } = options;
    const admit = (): void => {
      refused = true;
      const { verb = "raw", resource } = request;
      const limitMs = admitWrite?.({ verb, resource, method, path }) ?? Number.POSITIVE_INFINITY;
      refused = false;
      if (limitMs < Number.POSITIVE_INFINITY) shorten(limitMs);
    };
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
      const asked = method === "GET" || admitWrite === undefined ? undefined : admit;
      const answer = await exchange(headers, path + queryString(request.query ?? {}), body, asked);
      status = answer.status;
      if (status >= 200 && status < 300) {
        report(undefined);
        return answer;
      }
      throw await failure(answer, { method, path, status });
    } catch (error) {
      // Nothing was exchanged that a report could tell of.
      if (refused) throw error;
      report(error instanceof KubernetesError ? error : undefined);
      if (status === 401 && token !== undefined && number === 1 && credentials?.refused(token) === true) {
        return attempt(request, number + 1, signal, shorten, exchange, failure);
      }
      throw error;
    }
  }

  /** Runs `work` with the caller's signal and the time limit joined into one signal. */
  async function limited<R>(
    request: ApiRequest,
    work: (signal: AbortSignal, deadline: number, shorten: (limitMs: number) => void) => Promise<R>,
  ): Promise<R> {
    const timeoutMs = request.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const controller = new AbortController();
    const onAbort = (): void => controller.abort(request.signal?.reason);
    if (request.signal?.aborted === true) throw request.signal.reason;
    request.signal?.addEventListener("abort", onAbort, { once: true });
    const endAfter = (limitMs: number): (() => void) =>
      clock.schedule(limitMs, () => {
        controller.abort(new RequestTimeoutError(`${request.method} ${request.path}`, limitMs));
      });
    const cancel = endAfter(timeoutMs);
    let cancelShorter = (): void => {};
    const shorten = (limitMs: number): void => {
      cancelShorter();
      cancelShorter = endAfter(limitMs);
    };
    try {
      return await work(controller.signal, clock.now() + timeoutMs, shorten);
    } finally {
      cancel();
      cancelShorter();
      request.signal?.removeEventListener("abort", onAbort);
    }
  }

  function send(request: ApiRequest): Promise<HttpAnswer> {
    return limited(request, async (signal, deadline, shorten) => {
      for (let number = 1; ; number++) {
        try {
          return await attempt(
            request,
            number,
            signal,
            shorten,
            (headers, path, body, admit) =>
              transport.send({ method: request.method, path, headers, body, signal, admit }),
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
      const opened = await limited(request, async (signal, _, shorten) => {
        const onLimit = (): void => lifetime.abort(signal.reason);
        signal.addEventListener("abort", onLimit, { once: true });
        try {
          return await attempt(
            request,
            1,
            signal,
            shorten,
            (headers, path, body, admit) =>
              transport.open({ method: request.method, path, headers, body, signal: lifetime.signal, admit }),
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
      const answer = await send(request);
      request.onHeaders?.(answer.headers);
      const text = answer.body.toString("utf8");
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
  if (options.exec !== undefined) sources.push(execToken(options.exec, clock));
  if (options.tokenSource !== undefined) sources.push(options.tokenSource);
  if (sources.length > 1) {
    throw new ConfigError("more than one source of tokens", "Give only one of token, tokenFile, exec and tokenSource.");
  }
  return sources[0];
}

function errorFrom(answer: HttpAnswer, context: ApiErrorContext, clock: Clock): KubernetesError {
  const text = answer.body.toString("utf8");
  const retryAfterMs = parseRetryAfter(answer.headers["retry-after"], clock.wallTime());
  let status: Status | undefined;
  try {
    const parsed = readStatus(JSON.parse(text));
    if (parsed?.kind === "Status") status = parsed;
  } catch {
    // Not a Status: a proxy, or the plain text of an unknown path.
  }
  return apiError({ ...context, retryAfterMs }, status, text);
}
