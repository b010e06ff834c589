import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { connectOvsdb, type OvsdbClient, type OvsdbOptions } from "./client.ts";
import { string } from "./datum.ts";
import { OvsdbConnectionError, OvsdbSchemaError } from "./errors.ts";
import { BridgeTable, OPEN_VSWITCH, OpenVSwitchTable } from "./open-vswitch-schema.ts";
import * as operations from "./operations.ts";
import { table } from "./table.ts";
import type { RowChange } from "./table-cache.ts";
import { bridgeOf } from "./testing/bridge.ts";
import { noServer, startDatabaseServer } from "./testing/database-server.ts";
import { Signals } from "./testing/events.ts";
import { startProxy } from "./testing/proxy.ts";

type BridgeChange = RowChange<(typeof BridgeTable)["columns"]>;
const needsServer = { skip: noServer };
const soon = (): AbortSignal => AbortSignal.timeout(10_000);

function open(target: string, options: Partial<OvsdbOptions> = {}): OvsdbClient {
  return connectOvsdb({ target, backoffMs: { first: 5, longest: 20 }, ...options });
}

test(
  "a monitored table shows a transaction by the time it resolves, with the old values of changed rows",
  needsServer,
  async () => {
    await using server = await startDatabaseServer();
    using client = open(server.target);
    const bridges = client.monitor(OPEN_VSWITCH, [{ table: BridgeTable }]).cache(BridgeTable);
    const changes: BridgeChange[] = [];
    bridges.onChange((change) => changes.push(change));
    await client.ready(soon());
    await client.transact(OPEN_VSWITCH, bridgeOf("br0"));
    const row = bridges.find(({ name }) => name === "br0");
    assert.equal(row?.ports.length, 1);
    const byName = [operations.where(BridgeTable, "name", "==", "br0")];
    const set = (ids: readonly (readonly [string, string])[]): Promise<unknown> =>
      client.transact(OPEN_VSWITCH, [operations.update(BridgeTable, byName, { external_ids: new Map(ids) })]);
    await set([
      ["a", "1"],
      ["b", "1"],
    ]);
    await set([
      ["a", "2"],
      ["c", "1"],
    ]);
    assert.deepEqual(
      bridges.find(({ name }) => name === "br0")?.external_ids,
      new Map([
        ["a", "2"],
        ["c", "1"],
      ]),
    );
    await client.transact(OPEN_VSWITCH, [operations.update(BridgeTable, byName, { datapath_type: "netdev" })]);
    await client.transact(OPEN_VSWITCH, [operations.update(OpenVSwitchTable, [], { bridges: [] })]);
    assert.equal(bridges.size, 0);
    assert.deepEqual(
      changes.map((change) => change.type),
      ["insert", "modify", "modify", "modify", "delete"],
    );
    const third = changes[2];
    assert.ok(third?.type === "modify");
    assert.deepEqual(
      third.old.external_ids,
      new Map([
        ["a", "1"],
        ["b", "1"],
      ]),
    );
  },
);

test(
  "after kill -9 and restart the copy is brought up to date and only the difference is told",
  needsServer,
  async () => {
    await using server = await startDatabaseServer();
    const errors = new Signals<unknown>();
    using client = open(server.target, { onError: errors.push });
    const bridges = client.monitor(OPEN_VSWITCH, [{ table: BridgeTable }]).cache(BridgeTable);
    await client.ready(soon());
    for (const name of ["stays", "changes", "goes"]) await client.transact(OPEN_VSWITCH, bridgeOf(name));
    const changes: BridgeChange[] = [];
    bridges.onChange((change) => changes.push(change));

    await server.kill();
    await errors.next((error) => error instanceof OvsdbConnectionError);
    assert.equal(client.connected, false);
    assert.equal(bridges.size, 3, "the copy stays readable while the server is away");
    const uuidOf = (name: string): string => bridges.find((row) => row.name === name)?.uuid ?? "";
    server.transactOffline([
      { op: "mutate", table: "Open_vSwitch", where: [], mutations: [["bridges", "delete", ["uuid", uuidOf("goes")]]] },
      { op: "update", table: "Bridge", where: [["name", "==", "changes"]], row: { datapath_type: "netdev" } },
      { op: "insert", table: "Bridge", row: { name: "comes" }, "uuid-name": "n" },
      { op: "mutate", table: "Open_vSwitch", where: [], mutations: [["bridges", "insert", ["named-uuid", "n"]]] },
    ]);
    await server.start();
    await client.ready(soon());

    assert.deepEqual([...bridges.rows()].map(({ name }) => name).sort(), ["changes", "comes", "stays"]);
    assert.deepEqual(
      changes.map((change) => `${change.type} ${change.type === "delete" ? change.old.name : change.row.name}`).sort(),
      ["delete goes", "insert comes", "modify changes"],
    );
  },
);

test("a server without monitor_cond is asked for a plain monitor", needsServer, async () => {
  await using server = await startDatabaseServer();
  await using proxy = await startProxy(join(server.directory, "db.sock"), ["monitor_cond"]);
  using client = open(proxy.target);
  const bridges = client.monitor(OPEN_VSWITCH, [{ table: BridgeTable }]).cache(BridgeTable);
  const changes: BridgeChange[] = [];
  bridges.onChange((change) => changes.push(change));
  await client.ready(soon());
  await client.transact(OPEN_VSWITCH, bridgeOf("br0"));
  const byName = [operations.where(BridgeTable, "name", "==", "br0")];
  await client.transact(OPEN_VSWITCH, [
    operations.update(BridgeTable, byName, { external_ids: new Map([["a", "1"]]) }),
  ]);
  server.vsctl("del-br", "br0");
  await client.request("echo", []);
  assert.deepEqual(
    changes.map((change) => change.type),
    ["insert", "modify", "delete"],
  );
});

test("a monitor can be narrowed to rows that meet a condition", needsServer, async () => {
  await using server = await startDatabaseServer();
  using client = open(server.target);
  const conditions = [operations.where(BridgeTable, "datapath_type", "==", "netdev")];
  const bridges = client.monitor(OPEN_VSWITCH, [{ table: BridgeTable, conditions }]).cache(BridgeTable);
  await client.ready(soon());
  await client.transact(OPEN_VSWITCH, bridgeOf("br0"));
  assert.equal(bridges.size, 0);
  await client.transact(OPEN_VSWITCH, [operations.update(BridgeTable, [], { datapath_type: "netdev" })]);
  assert.equal(bridges.size, 1);
});

test(
  "a declared column that the schema lacks is a clear error, not an endless wait in silence",
  needsServer,
  async () => {
    await using server = await startDatabaseServer();
    const errors = new Signals<unknown>();
    using client = open(server.target, { onError: errors.push });
    client.monitor(OPEN_VSWITCH, [{ table: table("Bridge", { colour: string }) }]);
    await errors.next((error) => error instanceof OvsdbSchemaError && error.message.includes("colour"));
    await assert.rejects(client.ready(undefined, 20), { code: "OVSDB_TIMEOUT" });
  },
);

test("an exception in a listener is reported and keeps nobody else from hearing", needsServer, async () => {
  await using server = await startDatabaseServer();
  const errors = new Signals<unknown>();
  using client = open(server.target, { onError: errors.push });
  const bridges = client.monitor(OPEN_VSWITCH, [{ table: BridgeTable }]).cache(BridgeTable);
  let heard = 0;
  bridges.onChange(() => {
    throw new Error("listener");
  });
  const stop = bridges.onChange(() => {
    heard += 1;
  });
  await client.ready(soon());
  await client.transact(OPEN_VSWITCH, bridgeOf("br0"));
  await errors.next((error) => error instanceof Error && error.message === "listener");
  assert.equal(heard, 1);
  stop();
  await client.transact(OPEN_VSWITCH, bridgeOf("br1"));
  assert.equal(heard, 1);
  assert.equal(client.connected, true);
});

test(
  "whenever the connection is cut while rows change, the copy and its listeners end equal to the server",
  needsServer,
  async () => {
    await using server = await startDatabaseServer();
    await using proxy = await startProxy(join(server.directory, "db.sock"));
    using writer = open(server.target);
    using client = open(proxy.target);
    const bridges = client.monitor(OPEN_VSWITCH, [{ table: BridgeTable }]).cache(BridgeTable);
    const told = new Map<string, string | undefined>();
    bridges.onChange((change) => {
      if (change.type === "insert") assert.ok(!told.has(change.row.uuid));
      else
        assert.equal(told.get(change.old.uuid), change.old.external_ids.get("n"), "the old row is the one told before");
      if (change.type === "delete") told.delete(change.old.uuid);
      else told.set(change.row.uuid, change.row.external_ids.get("n"));
    });
    await Promise.all([writer.ready(soon()), client.ready(soon())]);
    // The same faults in every run: a linear congruential generator.
    let state = 7;
    const below = (limit: number): number => {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      return Math.floor((state / 2 ** 31) * limit);
    };
    let cuts = 0;
    for (let n = 0; n < 600; n += 1) {
      const name = `br${below(12)}`;
      const byName = [operations.where(BridgeTable, "name", "==", name)];
      const [rows] = await writer.transact(OPEN_VSWITCH, [operations.select(BridgeTable, byName)]);
      const [row] = rows;
      if (row === undefined) {
        await writer.transact(OPEN_VSWITCH, bridgeOf(name));
      } else if (below(3) === 0) {
        const gone = operations.mutation(OpenVSwitchTable, "bridges", "delete", [row.uuid]);
        await writer.transact(OPEN_VSWITCH, [operations.mutate(OpenVSwitchTable, [], [gone])]);
      } else {
        const ids = new Map([["n", String(n)]]);
        await writer.transact(OPEN_VSWITCH, [operations.update(BridgeTable, byName, { external_ids: ids })]);
      }
      if (below(8) === 0) {
        proxy.cut();
        cuts += 1;
      }
    }
    assert.ok(cuts > 40);
    // What the copy shows of the last transaction, it shows of all before.
    const last = new Signals<BridgeChange>();
    bridges.onChange(last.push);
    await writer.transact(OPEN_VSWITCH, bridgeOf("last"));
    await last.next((change) => change.type === "insert" && change.row.name === "last");
    const [rows] = await writer.transact(OPEN_VSWITCH, [operations.select(BridgeTable, [])]);
    const expected = new Map(rows.map((row) => [row.uuid, row.external_ids.get("n")]));
    assert.deepEqual(new Map(Array.from(bridges.rows(), (row) => [row.uuid, row.external_ids.get("n")])), expected);
    assert.deepEqual(told, expected);
  },
);
