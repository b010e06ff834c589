import assert from "node:assert/strict";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { connect, type Cloud } from "../cloud.ts";
import { parseEndpoint } from "./endpoint.ts";
import { isKind } from "../errors.ts";
import { CloudServer } from "../testing/cloud-server.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { passwordAuth, withCloud } from "../testing/setup.ts";
import { TLS_MATERIAL } from "../testing/tls-material.ts";
import { createTransport } from "./transport.ts";

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

test("a connection rests as long as the server says, at most 30 s, and half as long as one that was lost", async () => {
  const clock = new ManualClock();
  await withCloud({ clock, server: { wallTime: () => clock.wallTime() } }, async (server, cloud) => {
    server.tokenLifeMs = 100_000_000;
    await cloud.scope();
    /** Whether the next list, after so long a rest, comes over the connection of the last one. */
    const reused = async (restMs: number): Promise<boolean> => {
      // What comes after an outworn connection is not kept, the next one is.
      if (restMs > 0) await cloud.network.ports.list();
      const last = server.requests.at(-1)?.remotePort;
      clock.advance(restMs);
      await cloud.network.ports.list();
      return server.requests.at(-1)?.remotePort === last;
    };
    const keepAlive = (value: string | undefined): void => {
      const headers = value === undefined ? { "Keep-Alive": "" } : { "Keep-Alive": value };
      server.fault = () => ({ status: 200, body: { ports: [] }, headers });
    };
    keepAlive("timeout=5, max=100");
    assert.deepEqual([await reused(3999), await reused(4000)], [true, false]);
    keepAlive(undefined);
    assert.deepEqual([await reused(29_999), await reused(30_000)], [true, false]);

    let resets = 0;
    server.fault = () =>
      --resets === 0 ? "reset" : { status: 200, body: { ports: [] }, headers: { "Keep-Alive": "" } };
    await cloud.network.ports.list();
    resets = 1;
    await cloud.network.ports.list();
    assert.deepEqual([await reused(0), await reused(1), resets < 0], [false, false, true]);
    clock.advance(600_000);
    assert.deepEqual([await reused(20_000), await reused(10_000)], [true, true]);

    resets = 1;
    clock.advance(10_000);
    await cloud.network.ports.list();
    assert.deepEqual([await reused(4999), await reused(5000), resets < 0], [true, false, true]);
  });
});

test("the session of TLS is resumed on the next connection", async () => {
  const resumed: boolean[] = [];
  const server = createTlsServer({ cert: TLS_MATERIAL.serverCert, key: TLS_MATERIAL.serverKey }, (socket) => {
    resumed.push(socket.isSessionReused());
    socket.on("error", () => {});
    socket.on("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const transport = createTransport({ ca: TLS_MATERIAL.ca }, 4, new ManualClock());
  const { signal } = new AbortController();
  const endpoint = parseEndpoint(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, "the server");
  const common = { endpoint, target: "/v2.0/ports", headers: {}, body: undefined, signal, limitMs: undefined };
  try {
    for (let index = 0; index < 2; index++) await transport.send({ ...common, method: "GET", fresh: true });
    assert.deepEqual(resumed, [false, true]);
  } finally {
    transport.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
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

test("nothing is sent over TLS before the server has shown who it is", async () => {
  let received = 0;
  const server = createTlsServer({ cert: TLS_MATERIAL.serverCert, key: TLS_MATERIAL.serverKey }, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => {
      received += bytes.length;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cloud = connect({ auth: passwordAuth(url), retry: { attempts: 1 } });
  try {
    await assert.rejects(
      cloud.scope(),
      (error) => isKind(error, "network") && /self-signed|verify/.test(error.message),
    );
    assert.equal(received, 0);
  } finally {
    cloud.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});

test("who waits for a connection can be aborted, and the next one gets it", async () => {
  await withCloud({ maxConnections: 1 }, async (server, cloud) => {
    await cloud.scope();
    const held = Promise.withResolvers<() => void>();
    server.fault = ({ query }) =>
      query.get("name") === "held"
        ? (response) => held.resolve(() => response.end('{"ports": []}'))
        : { status: 200, body: { ports: [] } };
    const first = cloud.network.ports.list({ name: "held" });
    const release = await held.promise;
    const stop = new AbortController();
    const second = assert.rejects(cloud.network.ports.list({ name: "second" }, { signal: stop.signal }), /enough/);
    const third = cloud.network.ports.list({ name: "third" });
    stop.abort(new Error("enough"));
    await second;
    release();
    assert.deepEqual([await first, await third], [[], []]);
    assert.deepEqual(
      server.calls.map(({ query }) => query.get("name")),
      ["held", "third"],
    );
    assert.equal(new Set(server.calls.map(({ remotePort }) => remotePort)).size, 1);
  });
});

test("a header that would begin another one is not sent", async () => {
  await withCloud({}, async (server, cloud) => {
    for (const headers of [{ "X-Name": "a\r\nX-Other: b" }, { "X Name": "a" }, { "X-Name": "\u00e9" }]) {
      await assert.rejects(
        cloud.request("network", "GET", "/v2.0/ports", { headers }),
        (error) => isKind(error, "invalid") && error.code === "OPENSTACK_HEADER" && !error.sent,
      );
    }
    assert.equal(server.calls.length, 0);
  });
});

test("answers in chunks, or cut in odd places, are read whole", async () => {
  await withCloud({}, async (server, cloud) => {
    const name = "\u00e4\u00f6\u00fc \u{1f600}".repeat(5000);
    const bytes = Buffer.from(JSON.stringify({ ports: [{ id: "p", name }] }));
    await cloud.scope();
    for (const headers of [{}, { "Content-Length": bytes.length }, { Connection: "close" }]) {
      server.fault = () => (response) => {
        response.writeHead(200, headers);
        for (let at = 0; at < bytes.length; at += 9973) response.write(bytes.subarray(at, at + 9973));
        response.end();
      };
      const [port] = await cloud.network.ports.list();
      assert.equal(port?.name, name);
    }
  });
});
