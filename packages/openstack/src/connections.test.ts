import assert from "node:assert/strict";
import * as http from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { connect, type Cloud } from "./cloud.ts";
import { Connections } from "./connections.ts";
import { CloudServer } from "./testing/cloud-server.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { withCloud } from "./testing/setup.ts";

/** A server that, as uwsgi does, closes each connection after its answer and does not say so. */
class ClosingServer {
  readonly requests: string[] = [];
  connections = 0;
  /** While false connections stay. */
  closing = true;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => {
    this.connections++;
    this.#sockets.add(socket);
    let received = "";
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", (bytes: Buffer) => {
      received += bytes.toString("latin1");
      const head = received.indexOf("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
      if (head < 0 || received.length < head + 4 + length) return;
      const [method = "", target = ""] = received.split(" ");
      received = "";
      this.requests.push(`${method} ${target}`);
      const body = JSON.stringify(method === "POST" ? { port: { id: "p" } } : { ports: [] });
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      if (this.closing) setImmediate(() => socket.destroy());
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** Runs `work` with a cloud whose Neutron is a {@link ClosingServer}. */
async function withClosing(
  clock: ManualClock,
  work: (server: ClosingServer, cloud: Cloud) => Promise<void>,
): Promise<void> {
  const keystone = await CloudServer.start();
  keystone.addToken("t");
  const server = new ClosingServer();
  const url = await server.start();
  const auth = { type: "token", authUrl: keystone.url, token: "t" } as const;
  const cloud = connect({ auth, clock, retry: { attempts: 1 }, endpoints: { network: url } });
  try {
    await work(server, cloud);
  } finally {
    cloud.close();
    await server.stop();
    await keystone.stop();
  }
}

test("a server that closes after each answer without saying so fails no request and gets none twice", async () => {
  await withClosing(new ManualClock(), async (server, cloud) => {
    for (let index = 0; index < 100; index++) {
      await cloud.network.ports.create({ network_id: "n" });
      await cloud.network.ports.list();
      await cloud.network.ports.list();
    }
    assert.equal(server.requests.filter((request) => request.startsWith("POST")).length, 100);
    assert.equal(server.requests.length, 300);
  });
});

test("many requests at once to such a server share its connections' limit and all succeed", async () => {
  await withClosing(new ManualClock(), async (server, cloud) => {
    const lists = Array.from({ length: 200 }, () => cloud.network.ports.list());
    const posts = Array.from({ length: 100 }, () => cloud.network.ports.create({ network_id: "n" }));
    await Promise.all([...lists, ...posts]);
    assert.equal(server.requests.filter((request) => request.startsWith("POST")).length, 100);
    assert.equal(server.requests.length, 300);
  });
});

test("a POST never takes a connection that was used, nor is its own used again", async () => {
  await withCloud({}, async (server, cloud) => {
    await cloud.network.ports.list();
    await cloud.network.ports.create({ network_id: "n" });
    await cloud.network.ports.create({ network_id: "n" });
    await cloud.network.ports.list();
    const [list, first, second, again] = server.calls.map(({ remotePort }) => remotePort);
    assert.equal(new Set([list, first, second]).size, 3);
    assert.equal(again, list);
  });
});

/** A kept connection, used at the clock's time, in the pool of `connections`. */
async function pooled(connections: Connections, port: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const agent = connections.agent(false);
  const outgoing = http.get({ port, host: "127.0.0.1", agent }, (incoming) => {
    const { socket } = incoming;
    socket.once("free", () => setImmediate(resolve, socket));
    incoming.on("end", () => connections.used(socket)).resume();
  });
  outgoing.on("error", reject);
  return promise;
}

test("a connection lost after a rest teaches how long others may rest, until that is forgotten", async () => {
  const clock = new ManualClock();
  const server = await CloudServer.start();
  const port = Number(new URL(server.url).port);
  const connections = new Connections(undefined, 4, clock);
  server.fault = () => ({ status: 200, body: {} });
  try {
    const first = await pooled(connections, port);
    // The server's hint says 5 s, of which one is left for the way.
    assert.equal(first.timeout, 4000);
    clock.advance(4000);
    assert.equal(connections.broke(first, clock.now()), true);
    assert.equal(first.destroyed, true);
    const second = await pooled(connections, port);
    assert.equal(second.timeout, 2000);
    clock.advance(1);
    assert.equal(connections.broke(second, clock.now()), true);
    assert.equal(connections.agent(false), connections.agent(true));
    clock.advance(600_000);
    assert.notEqual(connections.agent(false), connections.agent(true));
    assert.equal((await pooled(connections, port)).timeout, 4000);
    assert.equal(connections.broke(null, clock.now()), false);
  } finally {
    connections.destroy();
    await server.stop();
  }
});

test("a request whose kept connection broke takes a new one, once", async () => {
  await withCloud({ retry: { attempts: 1 } }, async (server, cloud) => {
    await cloud.network.ports.list();
    server.fault = () => "reset";
    const before = server.calls.length;
    await assert.rejects(cloud.network.ports.list());
    assert.equal(server.calls.length - before, 2);
    await assert.rejects(cloud.network.ports.list());
    assert.equal(server.calls.length - before, 3);
  });
});
