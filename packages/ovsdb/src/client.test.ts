import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { connectOvsdb, type OvsdbClient, type OvsdbOptions } from "./client.ts";
import { OvsdbConnectionError, OvsdbError, OvsdbTransactionError } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import { JsonStream } from "./json-stream.ts";
import { BridgeTable, OPEN_VSWITCH, OpenVSwitchTable } from "./open-vswitch-schema.ts";
import * as operations from "./operations.ts";
import { bridgeOf } from "./testing/bridge.ts";
import { noServer, startDatabaseServer } from "./testing/database-server.ts";
import { Signals } from "./testing/events.ts";
import { startProxy } from "./testing/proxy.ts";

const needsServer = { skip: noServer };
const soon = (): AbortSignal => AbortSignal.timeout(10_000);
const backoffMs = { first: 5, longest: 20 };

function open(target: string, options: Partial<OvsdbOptions> = {}): OvsdbClient {
  return connectOvsdb({ target, backoffMs, ...options });
}

/** Listens on a port of the kernel's choice. */
async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address !== "string");
  return address.port;
}

test("a transaction gives each operation's own result", needsServer, async () => {
  await using server = await startDatabaseServer();
  using client = open(server.target);
  await client.transact(OPEN_VSWITCH, bridgeOf("br0"));
  const byName = [operations.where(BridgeTable, "name", "==", "br0")];
  const [updated, mutated, rows, nothing] = await client.transact(OPEN_VSWITCH, [
    operations.update(BridgeTable, byName, { datapath_type: "netdev" }),
    operations.mutate(BridgeTable, byName, [
      operations.mutation(
        BridgeTable,
        "external_ids",
        "insert",
        new Map([
          ["a", "1"],
          ["b", "2"],
        ]),
      ),
      operations.deleteKeys(BridgeTable, "external_ids", ["b"]),
    ]),
    operations.select(BridgeTable, byName),
    operations.comment("test"),
  ]);
  assert.equal(updated, 1);
  assert.equal(mutated, 1);
  assert.equal(nothing, undefined);
  assert.equal(rows[0]?.datapath_type, "netdev");
  assert.deepEqual(rows[0]?.external_ids, new Map([["a", "1"]]));
});

test("a failed operation undoes the transaction and is named with a code", needsServer, async () => {
  await using server = await startDatabaseServer();
  using client = open(server.target);
  await client.transact(OPEN_VSWITCH, bridgeOf("br0"));
  const code = async (list: operations.Operation<unknown>[]): Promise<string> =>
    client.transact(OPEN_VSWITCH, list).then(
      () => "none",
      (error: unknown) => {
        assert.ok(error instanceof OvsdbTransactionError);
        return `${error.code} ${error.index} ${error.operation}`;
      },
    );
  const byName = [operations.where(BridgeTable, "name", "==", "br0")];
  assert.equal(await code([operations.comment("x"), operations.abort()]), "OVSDB_ABORTED 1 abort");
  assert.equal(
    await code([
      operations.wait(BridgeTable, { where: byName, until: "==", columns: ["name"], rows: [], timeoutMs: 0 }),
    ]),
    "OVSDB_TIMED_OUT 0 wait on Bridge",
  );
  assert.equal(await code(bridgeOf("br0")), "OVSDB_CONSTRAINT_VIOLATION 4 commit");
  assert.equal(
    await code([operations.update(BridgeTable, byName, { ports: ["00000000-0000-0000-0000-000000000001"] })]),
    "OVSDB_REFERENTIAL_INTEGRITY_VIOLATION 1 commit",
  );
  await assert.rejects(client.transact("Nothing", []), { code: "OVSDB_UNKNOWN_DATABASE" });
});

test("requests made while the server is away wait for it, within their limit", needsServer, async () => {
  await using server = await startDatabaseServer();
  const errors = new Signals<unknown>();
  using client = open(server.target, { onError: errors.push });
  await client.ready(soon());
  await server.kill();
  await errors.next((error) => error instanceof OvsdbConnectionError);
  await assert.rejects(client.request("list_dbs", [], { timeoutMs: 50 }), { code: "OVSDB_TIMEOUT" });
  const waiting = client.request("list_dbs", [], { timeoutMs: 10_000 });
  await server.start();
  assert.deepEqual(await waiting, ["Open_vSwitch", "_Server"]);
});

test(
  "a request whose connection is lost before its answer is not repeated and says that it was sent",
  needsServer,
  async () => {
    await using server = await startDatabaseServer();
    await using proxy = await startProxy(join(server.directory, "db.sock"));
    using client = open(proxy.target);
    await client.ready(soon());
    proxy.silent = true;
    const lost = client.transact(OPEN_VSWITCH, [operations.comment("x")]);
    const outcome = assert.rejects(lost, (error) => error instanceof OvsdbConnectionError && error.sent);
    await new Promise(setImmediate);
    proxy.cut();
    await outcome;
  },
);

test("an aborted wait is cancelled at the server, and the connection stays usable", needsServer, async () => {
  await using server = await startDatabaseServer();
  using client = open(server.target);
  await client.ready(soon());
  const stop = new AbortController();
  const blocked = client.transact(
    OPEN_VSWITCH,
    [operations.wait(BridgeTable, { where: [], until: "!=", columns: ["name"], rows: [], timeoutMs: 60_000 })],
    { signal: stop.signal, timeoutMs: 60_000 },
  );
  const outcome = assert.rejects(blocked, { name: "AbortError" });
  stop.abort();
  await outcome;
  assert.deepEqual(await client.request("echo", ["still here"]), ["still here"]);
});

test("a silent server is probed and given up, and the client connects again", needsServer, async () => {
  await using server = await startDatabaseServer();
  await using proxy = await startProxy(join(server.directory, "db.sock"));
  const errors = new Signals<unknown>();
  using client = open(proxy.target, { probeMs: 20, onError: errors.push });
  await client.ready(soon());
  proxy.silent = true;
  await errors.next((error) => error instanceof OvsdbConnectionError && error.message.includes("silent"));
  proxy.silent = false;
  await client.ready(soon());
  assert.ok(proxy.accepted >= 2);
});

test("1000 transactions at once are all answered, each with its own result", needsServer, async () => {
  await using server = await startDatabaseServer();
  using client = open(server.target);
  await client.transact(OPEN_VSWITCH, bridgeOf("br0"));
  const counted = await Promise.all(
    Array.from({ length: 1000 }, async (_, n) => {
      const ids = new Map([[`key${n}`, String(n)]]);
      const [changed, rows] = await client.transact(OPEN_VSWITCH, [
        operations.mutate(BridgeTable, [], [operations.mutation(BridgeTable, "external_ids", "insert", ids)]),
        operations.select(BridgeTable, [operations.where(BridgeTable, "external_ids", "includes", ids)]),
      ]);
      assert.equal(rows[0]?.external_ids.get(`key${n}`), String(n));
      return changed;
    }),
  );
  assert.equal(
    counted.reduce((sum, changed) => sum + changed, 0),
    1000,
  );
  const [rows] = await client.transact(OPEN_VSWITCH, [operations.select(BridgeTable, [])]);
  assert.equal(rows[0]?.external_ids.size, 1000);
});

test("more requests than the limit are refused at once, not queued without end", needsServer, async () => {
  await using server = await startDatabaseServer();
  using client = open(server.target);
  await client.ready(soon());
  const outcomes = await Promise.allSettled(Array.from({ length: 5000 }, () => client.request("echo", [])));
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.equal(refused.length, 5000 - 4096);
  for (const { reason } of refused) assert.ok(reason instanceof OvsdbError && reason.code === "OVSDB_BUSY");
});

test("what was aborted before it was asked for is never sent", needsServer, async () => {
  await using server = await startDatabaseServer();
  using client = open(server.target);
  await client.ready(soon());
  const change = [operations.update(OpenVSwitchTable, [], { other_config: new Map([["a", "1"]]) })];
  await assert.rejects(client.transact(OPEN_VSWITCH, change, { signal: AbortSignal.abort() }), { name: "AbortError" });
  const [rows] = await client.transact(OPEN_VSWITCH, [operations.select(OpenVSwitchTable, [])]);
  assert.equal(rows[0]?.other_config.size, 0);
});

test("an answer that does not come in time is a timeout, and the transaction is cancelled", needsServer, async () => {
  await using server = await startDatabaseServer();
  using client = open(server.target);
  await client.ready(soon());
  const bridgeComes = operations.wait(BridgeTable, {
    where: [],
    until: "!=",
    columns: ["name"],
    rows: [],
    timeoutMs: 60_000,
  });
  const change = operations.update(OpenVSwitchTable, [], { other_config: new Map([["a", "1"]]) });
  await assert.rejects(client.transact(OPEN_VSWITCH, [bridgeComes, change], { timeoutMs: 20 }), {
    code: "OVSDB_TIMEOUT",
  });
  await client.transact(OPEN_VSWITCH, bridgeOf("br0"));
  const [rows] = await client.transact(OPEN_VSWITCH, [operations.select(OpenVSwitchTable, [])]);
  assert.equal(rows[0]?.other_config.size, 0);
});

test("a server that probes the client gets its echo", async () => {
  const answers = new Signals<JsonObject>();
  const server = createServer((socket) => {
    const stream = new JsonStream();
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => stream.push(chunk).forEach(answers.push));
    socket.write('{"method":"echo","params":["x",1],"id":"probe"}');
  });
  const port = await listen(server);
  using client = open(`tcp:127.0.0.1:${port}`);
  assert.deepEqual(await answers.next(() => true), { id: "probe", result: ["x", 1], error: null });
  client.close();
  server.close();
});

test("what is no OVSDB ends the connection with a protocol error", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  const port = await listen(server);
  const errors = new Signals<unknown>();
  using client = open(`tcp:127.0.0.1:${port}`, { onError: errors.push });
  await errors.next((error) => error instanceof OvsdbError && error.code === "OVSDB_PROTOCOL");
  client.close();
  server.close();
  await once(server, "close");
});

test("close ends every wait and every later use", needsServer, async () => {
  await using server = await startDatabaseServer();
  const client = open(server.target);
  await client.ready(soon());
  const waiting = client.transact(OPEN_VSWITCH, [
    operations.wait(BridgeTable, { where: [], until: "!=", columns: ["name"], rows: [], timeoutMs: 60_000 }),
  ]);
  const outcome = assert.rejects(waiting, { code: "OVSDB_CONNECTION" });
  client.close();
  client.close();
  await outcome;
  await assert.rejects(client.ready(), { code: "OVSDB_CLOSED" });
  await assert.rejects(client.transact(OPEN_VSWITCH, []), { code: "OVSDB_CLOSED" });
});

test("TLS: the server's certificate is verified", needsServer, async () => {
  const probe = createServer();
  const port = await listen(probe);
  probe.close();
  await once(probe, "close");
  await using keys = await startDatabaseServer();
  const file = (name: string): string => join(keys.directory, name);
  execFileSync(
    "openssl",
    ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"].concat([
      "-subj",
      "/CN=ovsdb",
      "-addext",
      "subjectAltName=IP:127.0.0.1",
      "-keyout",
      file("key.pem"),
      "-out",
      file("cert.pem"),
    ]),
    { stdio: "ignore" },
  );
  await using server = await startDatabaseServer({
    remotes: [`pssl:${port}:127.0.0.1`],
    options: [`--private-key=${file("key.pem")}`, `--certificate=${file("cert.pem")}`, `--ca-cert=${file("cert.pem")}`],
  });
  const target = `ssl:127.0.0.1:${port}`;
  const tls = {
    ca: readFileSync(file("cert.pem")),
    cert: readFileSync(file("cert.pem")),
    key: readFileSync(file("key.pem")),
  };
  using client = open(target, { tls });
  await client.ready(soon());
  assert.ok(server.directory.length > 0);
  assert.deepEqual(await client.request("list_dbs", []), ["Open_vSwitch", "_Server"]);
  const errors = new Signals<unknown>();
  using stranger = open(target, { onError: errors.push });
  await errors.next((error) => error instanceof OvsdbConnectionError && /self.signed/.test(error.message));
  assert.equal(stranger.connected, false);
});
