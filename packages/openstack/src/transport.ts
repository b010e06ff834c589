import { X509Certificate } from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";
import * as tls from "node:tls";
import type { Clock } from "./clock.ts";
import { Connections } from "./connections.ts";
import { configError, OpenStackError, protocolError } from "./errors.ts";

/** How the certificates of the services are verified; PEM texts. */
export interface TlsOptions {
  /** Instead of the system's roots. */
  readonly ca?: string | Buffer | undefined;
  readonly clientCert?: string | Buffer | undefined;
  readonly clientKey?: string | Buffer | undefined;
  /** Accept any certificate. For experiments only. */
  readonly insecure?: boolean | undefined;
}

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
}

/** A complete answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
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

const MAX_BODY_BYTES = 256 * 1024 * 1024;

/** A transport to any number of servers; `maxConnections` to each, see {@link Connections}. @throws config for unusable PEM. */
export function createTransport(tlsOptions: TlsOptions, maxConnections: number, clock: Clock): Transport {
  const secure = secureContextOf(tlsOptions);
  const known = new Map<string, Connections>();

  function connectionsTo({ origin, secure: isSecure }: Endpoint): Connections {
    let connections = known.get(origin);
    if (connections === undefined) {
      connections = new Connections(isSecure ? secure : undefined, maxConnections, clock);
      known.set(origin, connections);
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
    const sentAt = clock.now();
    const outgoing = start(request, connections.agent(fresh));
    // Errors are not even made for a request that is over: their stack costs more than the parsing of an answer.
    let over = false;
    let answered = false;
    const end = (): void => {
      over = true;
      signal.removeEventListener("abort", onAbort);
      cancel?.();
    };
    const fail = (error: unknown): void => {
      if (over) return;
      end();
      if (signal.aborted) reject(signal.reason);
      else if (!fresh && !answered && isReset(error) && connections.broke(outgoing.socket, sentAt)) {
        exchange(request, connections, true, resolve, reject);
      } else reject(networkError(error, endpoint));
    };
    const onAbort = (): void => {
      fail(signal.reason);
      outgoing.destroy();
    };
    const cancel =
      limitMs === undefined
        ? undefined
        : clock.schedule(limitMs, () => {
            fail(timeoutError(limitMs));
            outgoing.destroy();
          });
    signal.addEventListener("abort", onAbort);
    outgoing.on("error", fail);
    outgoing.on("close", () => {
      if (!over) fail(new Error(INCOMPLETE));
    });
    outgoing.on("response", (incoming) => {
      answered = true;
      const { socket } = incoming;
      const done = (answer: HttpAnswer): void => {
        if (over) return;
        end();
        connections.used(socket, incoming.headers);
        resolve(answer);
      };
      collect(incoming, done, fail);
    });
  }

  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        if (request.signal.aborted) reject(request.signal.reason);
        else exchange(request, connectionsTo(request.endpoint), request.fresh, resolve, reject);
      }),
    close: () => {
      for (const connections of known.values()) connections.destroy();
    },
  };
}

function start(request: HttpRequest, agent: http.Agent): http.ClientRequest {
  const { endpoint, body } = request;
  // As a list they are written down at once, which saves an eighth of a request; then Host is not added.
  const headers = ["Host", endpoint.authority];
  for (const name of Object.keys(request.headers)) headers.push(name, request.headers[name] ?? "");
  if (body !== undefined) headers.push("Content-Length", String(Buffer.byteLength(body)));
  const options: http.RequestOptions = {
    host: endpoint.host,
    port: endpoint.port,
    method: request.method,
    path: endpoint.prefix + request.target,
    headers,
    agent,
  };
  const outgoing = endpoint.secure ? https.request(options) : http.request(options);
  outgoing.end(body);
  return outgoing;
}

function collect(
  incoming: http.IncomingMessage,
  done: (answer: HttpAnswer) => void,
  fail: (error: unknown) => void,
): void {
  const parts: Buffer[] = [];
  let size = 0;
  incoming.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      fail(protocolError(`an answer is longer than ${MAX_BODY_BYTES} bytes`));
      incoming.destroy();
      return;
    }
    parts.push(chunk);
  });
  incoming.on("error", fail);
  incoming.on("end", () => {
    const [only] = parts;
    const body = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
    done({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: body.toString("utf8") });
  });
}

const INCOMPLETE = "the connection closed before the answer was complete";

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

/** The context is built once: certificates are not parsed again, nor put into the agent's key, for every request. */
function secureContextOf(options: TlsOptions): https.AgentOptions {
  try {
    // Node takes text without a certificate for an authority without a word, and then trusts nobody.
    if (options.ca !== undefined) void new X509Certificate(options.ca);
    const secureContext = tls.createSecureContext({
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      ...(options.clientCert === undefined ? {} : { cert: options.clientCert }),
      ...(options.clientKey === undefined ? {} : { key: options.clientKey }),
    });
    return { secureContext, rejectUnauthorized: options.insecure !== true };
  } catch (error) {
    throw configError(
      `the TLS material cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      "Check that ca, clientCert and clientKey are PEM, and that the key belongs to the certificate.",
      { cause: error },
    );
  }
}
