import type { Clock } from "../clock.ts";
import { type Connection, INCOMPLETE } from "./connection.ts";
import { Connections } from "./connections.ts";
import { OpenStackError } from "../errors.ts";
import type { HttpAnswer } from "./http-response.ts";
import { secureOptionsOf, type TlsOptions } from "./tls-context.ts";

/** Root of a service, taken apart once. */
export interface Endpoint {
  readonly secure: boolean;
  /** As the socket layer wants it: IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Host and port as in the URL, for the header. */
  readonly authority: string;
  /** Path before the version, without trailing slash; mostly empty. */
  readonly prefix: string;
  /** `http://host:port`, for messages. */
  readonly origin: string;
}

/** One HTTP exchange to make. `signal` ends it at any stage, with its reason as the error. */
export interface HttpRequest {
  readonly endpoint: Endpoint;
  readonly method: string;
  /** Path and query, after the endpoint's prefix. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  /** Only over a connection that was never used: for what must not be sent twice. */
  readonly fresh: boolean;
  /** Milliseconds for this exchange alone; undefined leaves it to `signal`. */
  readonly limitMs: number | undefined;
  /**
   * Asked whenever the request is about to go into a connection that stands: milliseconds that the answer may take from
   * there. A throw sends nothing and is the exchange's error, as it is.
   */
  readonly admit?: (() => number) | undefined;
}

/** The HTTP edge. */
export interface Transport {
  /**
   * Sends and reads the whole answer. What met a kept connection that the server had closed is sent once more over a
   * new one; see {@link Connections}.
   *
   * @throws OpenStackError of kind network, timeout (`limitMs`) or server (too long); the signal's reason.
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Closes every kept-alive connection. */
  close(): void;
}

/** A transport to any number of servers; `maxConnections` to each, see {@link Connections}. @throws config for unusable PEM. */
export function createTransport(tlsOptions: TlsOptions, maxConnections: number, clock: Clock): Transport {
  const secureOptions = secureOptionsOf(tlsOptions);
  const known = new Map<string, Connections>();

  function connectionsTo(endpoint: Endpoint): Connections {
    let connections = known.get(endpoint.origin);
    if (connections === undefined) {
      connections = new Connections(endpoint, endpoint.secure ? secureOptions : undefined, maxConnections, clock);
      known.set(endpoint.origin, connections);
    }
    return connections;
  }

  function exchange(
    request: HttpRequest,
    connections: Connections,
    fresh: boolean,
    resolve: (answer: HttpAnswer) => void,
    reject: (error: unknown) => void,
  ): void {
    const { signal, endpoint, limitMs } = request;
    let connection: Connection | undefined;
    let sentAt = 0;
    let over = false;
    let withdraw = (): void => {};
    let cancelAdmitted = (): void => {};
    const end = (): void => {
      over = true;
      signal.removeEventListener("abort", onAbort);
      cancel?.();
      cancelAdmitted();
    };
    const stop = (error: unknown): void => {
      if (over) return;
      end();
      withdraw();
      connection?.destroy();
      reject(error);
    };
    const onAbort = (): void => stop(signal.reason);
    const cancel = limitMs === undefined ? undefined : clock.schedule(limitMs, () => stop(timeoutError(limitMs)));
    signal.addEventListener("abort", onAbort);
    const fail = (error: unknown): void => {
      if (over) return;
      end();
      const broken = connection !== undefined && !fresh && connection.unanswered && isReset(error);
      if (broken && connection !== undefined && connections.broke(connection, sentAt)) {
        exchange(request, connections, true, resolve, reject);
      } else reject(networkError(error, endpoint));
    };
    const done = (answer: HttpAnswer): void => {
      if (over) return;
      end();
      resolve(answer);
    };
    const admit = (): boolean => {
      if (request.admit === undefined) return true;
      try {
        const admittedMs = request.admit();
        if (admittedMs < Number.POSITIVE_INFINITY)
          cancelAdmitted = clock.schedule(admittedMs, () => stop(timeoutError(admittedMs)));
        return true;
      } catch (error) {
        stop(error);
        return false;
      }
    };
    withdraw = connections.take(fresh, (taken) => {
      connection = taken;
      sentAt = clock.now();
      taken.send(requestText(request, taken.single), request.method === "HEAD", { done, fail }, admit);
    });
  }

  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        const unusable = headerError(request.headers);
        if (request.signal.aborted) reject(request.signal.reason);
        else if (unusable !== undefined) reject(unusable);
        else exchange(request, connectionsTo(request.endpoint), request.fresh, resolve, reject);
      }),
    close: () => {
      for (const connections of known.values()) connections.destroy();
    },
  };
}

/** The request as it goes over the wire; its parts have been looked at. */
function requestText({ endpoint, method, target, headers, body }: HttpRequest, single: boolean): string {
  let text = `${method} ${endpoint.prefix}${target} HTTP/1.1\r\nHost: ${endpoint.authority}\r\n`;
  for (const name of Object.keys(headers)) text += `${name}: ${headers[name] ?? ""}\r\n`;
  text += single ? "Connection: close\r\n" : "Connection: keep-alive\r\n";
  if (body !== undefined) return `${text}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  // Servers wait for a body, or refuse the request, when its length is not said.
  return method === "GET" || method === "HEAD" || method === "DELETE"
    ? `${text}\r\n`
    : `${text}Content-Length: 0\r\n\r\n`;
}

/** A line break in a value would begin another header, or another request. */
function headerError(headers: Readonly<Record<string, string>>): OpenStackError | undefined {
  for (const name of Object.keys(headers)) {
    if (/^[!#$%&'*+.^_`|~\w-]+$/.test(name) && /^[\t\x20-\x7e]*$/.test(headers[name] ?? "")) continue;
    return new OpenStackError("a header cannot be sent as it is", {
      kind: "invalid",
      code: "OPENSTACK_HEADER",
      hint: "Use printable ASCII.",
      sent: false,
    });
  }
  return undefined;
}

/** The peer closed, or had closed, the connection. */
function isReset(error: unknown): boolean {
  const code = stringProperty(error, "code");
  return code === "ECONNRESET" || code === "EPIPE" || (error instanceof Error && error.message === INCOMPLETE);
}

function timeoutError(limitMs: number): OpenStackError {
  const message = `no complete answer to one of several tries in ${limitMs} ms`;
  return new OpenStackError(message, { kind: "timeout", code: "OPENSTACK_TIMEOUT" });
}

/** Codes that can only come from before the connection stood; the others need their syscall to tell. */
const BEFORE_CONNECTING: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"]);

function networkError(error: unknown, endpoint: Endpoint): OpenStackError {
  if (error instanceof OpenStackError) return error;
  const systemCode = stringProperty(error, "code");
  const refused =
    (systemCode !== undefined && BEFORE_CONNECTING.has(systemCode)) || stringProperty(error, "syscall") === "connect";
  const text = error instanceof Error ? error.message : String(error);
  return new OpenStackError(
    `${endpoint.origin}: ${text === "" ? (systemCode ?? "the connection failed") : text}`,
    {
      kind: "network",
      code: refused ? "OPENSTACK_CONNECTION_REFUSED" : "OPENSTACK_CONNECTION",
      sent: !refused,
      systemCode,
    },
    { cause: error },
  );
}

function stringProperty(value: unknown, name: string): string | undefined {
  if (typeof value !== "object" || value === null || !(name in value)) return undefined;
  const property: unknown = Reflect.get(value, name);
  return typeof property === "string" ? property : undefined;
}
