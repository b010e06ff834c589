import { X509Certificate } from "node:crypto";
import type * as Http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import * as tls from "node:tls";
import { ConfigError, ConnectionError, ProtocolError } from "../errors.ts";

/** Not by `import`, which reads every export, and that of `WebSocket` loads all of undici: up to 10 MiB for nothing. */
const http = process.getBuiltinModule("node:http");

/** TLS settings of a connection; PEM texts. */
export interface TlsSettings {
  readonly ca: string | Buffer | undefined;
  readonly clientCert: string | Buffer | undefined;
  readonly clientKey: string | Buffer | undefined;
  /** Name to verify and to send as SNI instead of the URL's host. */
  readonly serverName: string | undefined;
  readonly insecure: boolean;
}

/** One HTTP exchange to make. `signal` ends it at any stage, with its reason as the error. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
  /** Asked when the request is about to go into a connection that stands; a throw sends nothing and is the error. */
  readonly admit?: (() => void) | undefined;
}

/** A complete answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An answer whose body is still arriving, on a connection of its own. */
export interface HttpStream {
  readonly status: number;
  readonly headers: Http.IncomingHttpHeaders;
  readonly chunks: AsyncIterable<Buffer>;
  close(): void;
}

/** The HTTP edge. */
export interface Transport {
  /** Sends over a kept-alive connection and reads the whole answer. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Sends over a new connection and resolves when the headers are there. */
  open(request: HttpRequest): Promise<HttpStream>;
  /** Closes every kept-alive connection. */
  close(): void;
}

/** More than any list page; Node cannot make a longer string anyway. */
const MAX_BODY_BYTES = 256 * 1024 * 1024;
/** The API server closes idle connections after 90 s; being first avoids sending into a closing one. */
const IDLE_SOCKET_MS = 60_000;
/** With libuv's 10 probes at 1 s, a peer that vanished is noticed about 40 s after its last packet. */
const TCP_KEEPALIVE_MS = 30_000;

/** A transport to `server` (`http://` or `https://`, path prefix allowed) with at most `maxConnections` for `send`. */
export function createTransport(server: URL, tlsSettings: TlsSettings, maxConnections: number): Transport {
  const secure = server.protocol === "https:";
  const prefix = server.pathname.replace(/\/+$/, "");
  const tlsPart = secure ? tlsOptions(tlsSettings) : {};
  const agentOptions: https.AgentOptions = {
    ...tlsPart,
    keepAlive: true,
    keepAliveMsecs: TCP_KEEPALIVE_MS,
    maxSockets: maxConnections,
    timeout: IDLE_SOCKET_MS,
    scheduling: "lifo",
  };
  const pool = secure ? new https.Agent(agentOptions) : new http.Agent(agentOptions);
  // Without keep-alive an agent makes a connection for every request.
  const single = secure ? new https.Agent(tlsPart) : new http.Agent();
  // All connections of an agent are alike: the usual name of their kind, composed for each request, costs a tenth of it.
  // Not empty, for TLS sessions are kept under it.
  for (const agent of [pool, single]) agent.getName = () => "all";
  const common: Http.RequestOptions = {
    // URL keeps the brackets of an IPv6 address, the socket layer wants none.
    host: server.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: server.port === "" ? (secure ? 443 : 80) : Number(server.port),
  };

  function start(request: HttpRequest, agent: Http.Agent): Http.ClientRequest {
    // As a list they are written down at once, which saves an eighth of a request; then Host is not added.
    const headers = ["Host", server.host];
    for (const [name, value] of Object.entries(request.headers)) headers.push(name, value);
    if (request.body !== undefined) headers.push("Content-Length", String(Buffer.byteLength(request.body)));
    const options: Http.RequestOptions = {
      ...common,
      method: request.method,
      path: prefix + request.path,
      headers,
      agent,
    };
    return secure ? https.request(options) : http.request(options);
  }

  /** Sockets that have shown that their connection stands. */
  const standing = new WeakSet<Socket>();

  /** Sends the request: at once, or as soon as its connection stands when somebody has to be asked then. */
  function dispatch(request: HttpRequest, outgoing: Http.ClientRequest, refuse: (error: unknown) => void): void {
    const { admit, body } = request;
    const send = (): void => {
      if (outgoing.destroyed) return;
      try {
        admit?.();
      } catch (error) {
        refuse(error);
        return;
      }
      outgoing.end(body);
    };
    outgoing.on("socket", (socket) => {
      if (standing.has(socket) || outgoing.reusedSocket) {
        if (admit !== undefined) send();
        return;
      }
      socket.once(secure ? "secureConnect" : "connect", () => {
        standing.add(socket);
        if (admit !== undefined) send();
      });
    });
    if (admit === undefined) send();
  }

  function exchange<R>(
    request: HttpRequest,
    agent: Http.Agent,
    onResponse: (incoming: Http.IncomingMessage, done: (result: R) => void, fail: (error: unknown) => void) => void,
    keepSignal: boolean,
  ): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const { signal } = request;
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const outgoing = start(request, agent);
      // Errors are not even made for a request that is over: their stack costs more than the parsing of an answer.
      let over = false;
      const release = (): void => signal.removeEventListener("abort", onAbort);
      const fail = (error: unknown): void => {
        if (over) return;
        over = true;
        reject(signal.aborted ? signal.reason : connectionError(error, outgoing.reusedSocket, server));
      };
      const onAbort = (): void => {
        outgoing.destroy();
        fail(signal.reason);
      };
      signal.addEventListener("abort", onAbort);
      const refuse = (error: unknown): void => {
        over = true;
        release();
        outgoing.destroy();
        reject(error);
      };
      outgoing.on("error", fail);
      outgoing.on("close", () => {
        release();
        if (!over) fail(new Error("the connection closed before the answer was complete"));
      });
      outgoing.on("response", (incoming) => {
        onResponse(
          incoming,
          (result) => {
            over = true;
            if (!keepSignal) release();
            resolve(result);
          },
          fail,
        );
      });
      if (agent === single) {
        outgoing.on("socket", (socket) => socket.setKeepAlive(true, TCP_KEEPALIVE_MS));
      }
      dispatch(request, outgoing, refuse);
    });
  }

  return {
    send: (request) =>
      exchange<HttpAnswer>(request, pool, (incoming, done, fail) => collect(incoming, done, fail), false),
    open: (request) =>
      exchange<HttpStream>(
        request,
        single,
        (incoming, done) => {
          done({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            chunks: chunksOf(incoming, request.signal, server),
            close: () => incoming.destroy(),
          });
        },
        true,
      ),
    close: () => pool.destroy(),
  };
}

/** Reads a stream to its end; used for the failures that a watch is answered with. */
export async function readAll(stream: HttpStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream.chunks) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new ProtocolError(`an answer is longer than ${MAX_BODY_BYTES} bytes`);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

function collect(
  incoming: Http.IncomingMessage,
  done: (answer: HttpAnswer) => void,
  fail: (error: unknown) => void,
): void {
  const parts: Buffer[] = [];
  let size = 0;
  incoming.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      fail(new ProtocolError(`an answer is longer than ${MAX_BODY_BYTES} bytes`));
      incoming.destroy();
      return;
    }
    parts.push(chunk);
  });
  incoming.on("error", fail);
  incoming.on("end", () => {
    const [only] = parts;
    const body = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
    done({ status: incoming.statusCode ?? 0, headers: incoming.headers, body });
  });
}

async function* chunksOf(
  incoming: Http.IncomingMessage,
  signal: AbortSignal,
  server: URL,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    const source: AsyncIterable<Buffer> = incoming;
    for await (const chunk of source) yield chunk;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw connectionError(error, false, server);
  }
  if (signal.aborted) throw signal.reason;
}

function connectionError(error: unknown, reusedSocket: boolean, server: URL): Error {
  if (error instanceof ProtocolError) return error;
  const systemCode =
    error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
  const text = error instanceof Error ? error.message : String(error);
  return new ConnectionError(`${server.origin}: ${text === "" ? (systemCode ?? "connection failed") : text}`, {
    cause: error,
    systemCode,
    reusedSocket,
  });
}

/** The context is built once: certificates are not parsed again, nor put into the agent's key, for every request. */
function tlsOptions(settings: TlsSettings): https.AgentOptions {
  let secureContext: tls.SecureContext;
  try {
    // Node takes text without a certificate for an authority without a word, and then trusts nobody.
    if (settings.ca !== undefined) void new X509Certificate(settings.ca);
    secureContext = tls.createSecureContext({
      ...(settings.ca === undefined ? {} : { ca: settings.ca }),
      ...(settings.clientCert === undefined ? {} : { cert: settings.clientCert }),
      ...(settings.clientKey === undefined ? {} : { key: settings.clientKey }),
    });
  } catch (error) {
    throw new ConfigError(
      `the TLS material cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      "Check that ca, clientCert and clientKey are PEM, and that the key belongs to the certificate.",
      { cause: error },
    );
  }
  return {
    secureContext,
    rejectUnauthorized: !settings.insecure,
    ...(settings.serverName === undefined ? {} : { servername: settings.serverName }),
  };
}
