import { X509Certificate } from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";
import * as tls from "node:tls";
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
}

/** A complete answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** The HTTP edge. */
export interface Transport {
  /** Sends over a kept-alive connection and reads the whole answer. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Closes every kept-alive connection. */
  close(): void;
}

const MAX_BODY_BYTES = 256 * 1024 * 1024;
/** Idle connections go before the usual limits of servers and balancers; a server's own Keep-Alive hint goes first. */
const IDLE_SOCKET_MS = 30_000;
const TCP_KEEPALIVE_MS = 30_000;

/** A transport to any number of servers, with at most `maxConnections` to each. @throws config for unusable PEM. */
export function createTransport(tlsOptions: TlsOptions, maxConnections: number): Transport {
  const common: http.AgentOptions = {
    keepAlive: true,
    keepAliveMsecs: TCP_KEEPALIVE_MS,
    maxSockets: maxConnections,
    timeout: IDLE_SOCKET_MS,
    scheduling: "lifo",
  };
  const plain = new http.Agent(common);
  const secure = new https.Agent({ ...common, ...secureContextOf(tlsOptions) });

  function start(request: HttpRequest): http.ClientRequest {
    const { endpoint, body } = request;
    const options: http.RequestOptions = {
      host: endpoint.host,
      port: endpoint.port,
      method: request.method,
      path: endpoint.prefix + request.target,
      headers: body === undefined ? request.headers : { ...request.headers, "Content-Length": Buffer.byteLength(body) },
      agent: endpoint.secure ? secure : plain,
    };
    const outgoing = endpoint.secure ? https.request(options) : http.request(options);
    outgoing.end(body);
    return outgoing;
  }

  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        const { signal, endpoint } = request;
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        const outgoing = start(request);
        // Errors are not even made for a request that is over: their stack costs more than the parsing of an answer.
        let over = false;
        const fail = (error: unknown): void => {
          if (over) return;
          over = true;
          reject(signal.aborted ? signal.reason : networkError(error, endpoint));
        };
        const onAbort = (): void => {
          outgoing.destroy();
          fail(signal.reason);
        };
        signal.addEventListener("abort", onAbort);
        outgoing.on("error", fail);
        outgoing.on("close", () => {
          signal.removeEventListener("abort", onAbort);
          if (!over) fail(new Error("the connection closed before the answer was complete"));
        });
        outgoing.on("response", (incoming) => {
          const done = (answer: HttpAnswer): void => {
            over = true;
            resolve(answer);
          };
          collect(incoming, done, fail);
        });
      }),
    close: () => {
      plain.destroy();
      secure.destroy();
    },
  };
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
