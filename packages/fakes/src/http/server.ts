import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";

import type { ServerClock } from "./clock.ts";
import type { Fault, FaultProfile, Latency } from "./faults.ts";
import type { FakeRequest, FakeResponse, Handler } from "./message.ts";

export interface ServerOptions {
  readonly handler: Handler;
  readonly faults: FaultProfile;
  readonly clock: ServerClock;
  readonly latency?: (request: FakeRequest) => Latency | undefined;
  /** Bytes of `METHOD TARGET HTTP/1.1`; what is longer gets 414 without a body, and the connection ends. */
  readonly maxRequestLine?: number;
  /** Called with each request before anything happens to it. */
  readonly onRequest?: (request: FakeRequest) => void;
}

export interface RunningServer {
  readonly url: string;
  /** Breaks every open connection. */
  resetConnections(): void;
  stop(): Promise<void>;
}

const MAX_BODY_BYTES = 8 * 1024 * 1024;

async function read(incoming: IncomingMessage): Promise<FakeRequest> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY_BYTES) throw new Error("the body of a request is too long for a fake");
    parts.push(part);
  }
  const target = incoming.url ?? "/";
  const url = new URL(target, "http://fake");
  return {
    method: incoming.method ?? "GET",
    target,
    path: decodeURIComponent(url.pathname),
    query: [...url.searchParams],
    headers: incoming.headers,
    body: Buffer.concat(parts).toString("utf8"),
  };
}

interface Encoded {
  readonly status: number;
  readonly headers: Record<string, string | number>;
  readonly body: Buffer;
}

function encode(response: FakeResponse): Encoded {
  const { body } = response;
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  const bytes = Buffer.from(text, "utf8");
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  return {
    status: response.status,
    headers: {
      ...type,
      ...(response.status === 204 ? {} : { "Content-Length": bytes.length }),
      ...response.headers,
    },
    body: bytes,
  };
}

/** Sends an answer in pieces, or its first half only. */
function sendBroken(outgoing: ServerResponse, answer: Encoded, fault: Fault, clock: ServerClock): void {
  outgoing.writeHead(answer.status, answer.headers);
  if (fault.kind === "cut-body") {
    outgoing.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () => outgoing.destroy());
    return;
  }
  const { ms, pieces } = fault.kind === "slow-body" ? fault : { ms: 0, pieces: 1 };
  const length = Math.max(1, Math.ceil(answer.body.length / Math.max(1, pieces)));
  let sent = 0;
  const more = (): void => {
    if (outgoing.destroyed) return;
    outgoing.write(answer.body.subarray(sent, sent + length));
    sent += length;
    if (sent >= answer.body.length) outgoing.end();
    else clock.after(ms, more);
  };
  outgoing.flushHeaders();
  clock.after(ms, more);
}

/** Serves a fake on 127.0.0.1, on a port that the system chooses. */
export async function serve(options: ServerOptions): Promise<RunningServer> {
  const { handler, faults, clock } = options;
  const sockets = new Set<Socket>();

  const handled = async (request: FakeRequest): Promise<Encoded> => {
    try {
      return encode(await handler(request));
    } catch (error) {
      return encode({ status: 500, body: `a fake failed: ${error instanceof Error ? error.stack : String(error)}` });
    }
  };

  const receive = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const line = `${incoming.method} ${incoming.url} HTTP/1.1`;
    if (line.length > (options.maxRequestLine ?? Number.POSITIVE_INFINITY)) {
      outgoing.writeHead(414, { "Content-Length": 0, Connection: "close" });
      outgoing.end();
      return;
    }
    const request = await read(incoming);
    options.onRequest?.(request);
    const wait = faults.wait(options.latency?.(request));
    if (wait > 0) await new Promise<void>((resolve) => void clock.after(wait, resolve));
    const fault = faults.decide(request);
    if (fault?.kind === "hang") return;
    if (fault?.kind === "reset") return void incoming.socket.resetAndDestroy();
    if (fault?.kind === "duplicate" || fault?.kind === "other-answer") await handled(request);
    const isOther = fault?.kind === "answer" || fault?.kind === "other-answer";
    const answer = isOther ? encode(fault.response) : await handled(request);
    if (fault?.kind === "lost-answer") return void incoming.socket.resetAndDestroy();
    if (fault?.kind === "cut-body" || fault?.kind === "slow-body") return sendBroken(outgoing, answer, fault, clock);
    outgoing.writeHead(answer.status, answer.headers);
    outgoing.end(answer.body);
  };

  const server = createServer({ maxHeaderSize: 256 * 1024 }, (incoming, outgoing) => {
    // A client that goes away in the middle is its own affair.
    receive(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("clientError", (_error: Error, socket: Duplex) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const resetConnections = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${port}`,
    resetConnections,
    async stop() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      resetConnections();
      await closed;
    },
  };
}
