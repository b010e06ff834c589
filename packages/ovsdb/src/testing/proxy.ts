import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { isObject, type JsonObject } from "../json.ts";
import { JsonStream } from "../json-stream.ts";

/** Stands between a client and a server, for what a real server does not do when asked. */
export interface Proxy extends AsyncDisposable {
  /** For `connectOvsdb`. */
  readonly target: string;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Ends every connection. */
  cut(): void;
  /** Takes everything in and passes nothing on, as a server that hangs. */
  silent: boolean;
  /** Passes requests on and keeps the answers, so that they take effect unnoticed. */
  muted: boolean;
}

/**
 * Passes messages on to the server at `path`. `refuse` names methods that are answered with "unknown method", as by
 * a server that is older.
 */
export async function startProxy(path: string, refuse: readonly string[] = []): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server: Server = createServer((client) => {
    accepted += 1;
    const upstream = connect({ path });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    const stream = new JsonStream();
    client.on("data", (chunk: Buffer) => {
      for (const message of stream.push(chunk)) {
        if (!proxy.silent) pass(message, client, upstream, refuse);
      }
    });
    upstream.on("data", (chunk: Buffer) => {
      if (!proxy.silent && !proxy.muted) client.write(chunk);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  const proxy: Proxy = {
    target: `tcp:127.0.0.1:${address.port}`,
    silent: false,
    muted: false,
    get accepted() {
      return accepted;
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}

function pass(message: JsonObject, client: Socket, upstream: Socket, refuse: readonly string[]): void {
  const { method, id } = message;
  if (isObject(message) && typeof method === "string" && refuse.includes(method)) {
    client.write(JSON.stringify({ id: id ?? null, result: null, error: { error: "unknown method" } }));
  } else {
    upstream.write(JSON.stringify(message));
  }
}
