import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { connectOvsdb, type OvsdbClient } from "./client.ts";
import { InterfaceTable, OPEN_VSWITCH } from "./open-vswitch-schema.ts";
import { type OpenSwitch, openSwitch } from "./open-switch.ts";
import { deleteKeys, mutate, mutation, update, where } from "./operations.ts";
import { type DatabaseServer, noServer, startDatabaseServer } from "./testing/database-server.ts";
import { Signals } from "./testing/events.ts";
import { startProxy } from "./testing/proxy.ts";

const needsServer = { skip: noServer };
const soon = (): AbortSignal => AbortSignal.timeout(10_000);

interface Bench extends AsyncDisposable {
  readonly server: DatabaseServer;
  readonly client: OvsdbClient;
  readonly ovs: OpenSwitch;
}

async function bench(): Promise<Bench> {
  const server = await startDatabaseServer();
  server.vsctl("add-br", "br-int", "--", "set", "bridge", "br-int", "datapath_type=netdev");
  const client = connectOvsdb({ target: server.target, backoffMs: { first: 5, longest: 20 } });
  const ovs = openSwitch(client);
  await client.ready(soon());
  return {
    server,
    client,
    ovs,
    async [Symbol.asyncDispose]() {
      client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const tap = (port: string, id = port): { bridge: string; port: string; externalIds: { "iface-id": string } } => ({
  bridge: "br-int",
  port,
  externalIds: { "iface-id": id },
});

test("a port is added once, with its interface, and adding it again changes nothing", needsServer, async () => {
  await using at = await bench();
  const port = { ...tap("tap0"), type: "internal", mtuRequest: 1442, tag: 7 };
  assert.equal(await at.ovs.addPort(port, soon()), true);
  const first = at.ovs.interface("tap0");
  assert.equal(await at.ovs.addPort(port, soon()), false);
  assert.equal(at.ovs.interface("tap0")?.uuid, first?.uuid);
  assert.equal(
    at.server.vsctl("get", "interface", "tap0", "external_ids:iface-id", "mtu_request", "type"),
    "tap0\n1442\ninternal\n",
  );
  assert.equal(at.server.vsctl("get", "port", "tap0", "tag"), "7\n");
  assert.equal(at.server.vsctl("iface-to-br", "tap0"), "br-int\n");
  assert.equal(at.ovs.datapathType("br-int"), "netdev");
  assert.equal(at.ovs.datapathType("br-none"), undefined);
});

test("a stale port of the same name is replaced, on another bridge too", needsServer, async () => {
  await using at = await bench();
  at.server.vsctl(
    "add-br",
    "br-old",
    "--",
    "add-port",
    "br-old",
    "tap0",
    "--",
    "set",
    "interface",
    "tap0",
    "external_ids:iface-id=old",
    "external_ids:ovn-installed=true",
  );
  assert.equal(await at.ovs.addPort(tap("tap0", "new"), soon()), true);
  assert.equal(at.server.vsctl("iface-to-br", "tap0"), "br-int\n");
  assert.deepEqual(at.ovs.interface("tap0")?.external_ids, new Map([["iface-id", "new"]]));
  assert.equal(at.ovs.interfaces({ "iface-id": "old" }).length, 0);
});

test(
  "a bridge that was made a moment ago by another program is found; one that is missing is told",
  needsServer,
  async () => {
    await using at = await bench();
    at.server.vsctl("add-br", "br-new");
    assert.equal(await at.ovs.addPort({ ...tap("tap0"), bridge: "br-new" }, soon()), true);
    await assert.rejects(at.ovs.addPort({ ...tap("tap1"), bridge: "br-none" }, soon()), { code: "OVSDB_NO_BRIDGE" });
    assert.equal(at.ovs.interface("tap1"), undefined);
  },
);

test("two writers that add the same port at once leave exactly one", needsServer, async () => {
  await using at = await bench();
  using other = connectOvsdb({ target: at.server.target });
  const theirs = openSwitch(other);
  await other.ready(soon());
  await Promise.all(Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? at.ovs : theirs).addPort(tap("tap0"), soon())));
  assert.deepEqual(at.server.vsctl("list-ports", "br-int"), "tap0\n");
  await at.client.request("echo", []);
  assert.equal(at.ovs.interfaces({ "iface-id": "tap0" }).length, 1);
});

test(
  "many ports are added at once and deleted in one transaction; missing ones do not matter",
  needsServer,
  async () => {
    await using at = await bench();
    const names = Array.from({ length: 60 }, (_, n) => `tap${n}`);
    await Promise.all(names.map((name) => at.ovs.addPort(tap(name), soon())));
    assert.equal(at.server.vsctl("list-ports", "br-int").trim().split("\n").length, 60);
    await at.ovs.deletePorts([...names.slice(1), "tap-missing", "tap1"], soon());
    assert.equal(at.server.vsctl("list-ports", "br-int"), "tap0\n");
    await at.ovs.deletePort("tap0", soon());
    await at.ovs.deletePort("tap0", soon());
    assert.deepEqual(
      at.ovs.interfaces().map(({ name }) => name),
      ["br-int"],
    );
  },
);

test(
  "a copy is up to date only with a connection, and then shows what was changed meanwhile",
  needsServer,
  async () => {
    await using at = await bench();
    const lost = new Signals<unknown>();
    using client = connectOvsdb({ target: at.server.target, backoffMs: { first: 5, longest: 20 }, onError: lost.push });
    const ovs = openSwitch(client);
    await ovs.upToDate(soon());
    await ovs.addPort(tap("tap0"), soon());
    await at.server.kill();
    await lost.next(() => true);
    await assert.rejects(ovs.upToDate(undefined, { timeoutMs: 5 }), { code: "OVSDB_TIMEOUT" });
    const gone = new AbortController();
    const givenUp = assert.rejects(ovs.upToDate(gone.signal), { name: "AbortError" });
    gone.abort();
    await givenUp;
    at.server.transactOffline([
      { op: "update", table: "Interface", where: [["name", "==", "tap0"]], row: { type: "patch" } },
    ]);
    const upToDate = ovs.upToDate(soon());
    assert.equal(ovs.interface("tap0")?.type, "");
    await at.server.start();
    await upToDate;
    assert.equal(ovs.interface("tap0")?.type, "patch");
  },
);

test("a copy that is up to date shows what became of a transaction that was given up", needsServer, async () => {
  await using at = await bench();
  const stop = new AbortController();
  const added = assert.rejects(at.ovs.addPort(tap("tap0"), stop.signal), { name: "AbortError" });
  // One turn of the loop, after which the transaction is on its way.
  await new Promise(setImmediate);
  stop.abort();
  await added;
  await at.ovs.upToDate(soon());
  const there = at.server.vsctl("list-ports", "br-int") === "" ? 0 : 1;
  assert.equal(at.ovs.interfaces({ "iface-id": "tap0" }).length, there);
});

test("a port whose addition was given up is deleted all the same", needsServer, async () => {
  await using at = await bench();
  const stop = new AbortController();
  const added = assert.rejects(at.ovs.addPort(tap("tap0"), stop.signal), { name: "AbortError" });
  // One turn of the loop, after which the transaction is on its way.
  await new Promise(setImmediate);
  stop.abort();
  await added;
  await at.ovs.deletePorts(["tap0"], soon());
  assert.equal(at.server.vsctl("list-ports", "br-int"), "");
});

test(
  "a port is added once when the connection is lost before the answer, and again before the request",
  needsServer,
  async () => {
    await using at = await bench();
    await using proxy = await startProxy(join(at.server.directory, "db.sock"));
    using client = connectOvsdb({ target: proxy.target, backoffMs: { first: 5, longest: 20 } });
    const ovs = openSwitch(client);
    await client.ready(soon());
    for (const fault of ["muted", "silent"] as const) {
      proxy[fault] = true;
      const seen = new Signals<string>();
      at.ovs.onInterfaceChange((change) => seen.push(change.type === "insert" ? change.row.name : ""));
      const added = ovs.addPort(tap(fault), soon());
      if (fault === "muted") await seen.next((name) => name === fault);
      else await new Promise(setImmediate);
      const before = at.ovs.interface(fault)?.uuid;
      assert.equal(before !== undefined, fault === "muted", "whether it took effect");
      proxy[fault] = false;
      proxy.cut();
      assert.equal(await added, true);
      if (before !== undefined) assert.equal(ovs.interface(fault)?.uuid, before, "nothing is replaced");
    }
    assert.equal(at.server.vsctl("list-ports", "br-int"), "muted\nsilent\n");
  },
);

test("ports are added and deleted through a restart of the server", needsServer, async () => {
  await using at = await bench();
  const names = Array.from({ length: 40 }, (_, n) => `tap${n}`);
  const added = Promise.all(names.map((name) => at.ovs.addPort(tap(name), soon())));
  await at.server.kill();
  await at.server.start();
  await added;
  assert.equal(at.server.vsctl("list-ports", "br-int").trim().split("\n").length, 40);
  const deleted = Promise.all(names.map((name) => at.ovs.deletePort(name, soon())));
  await at.server.kill();
  await at.server.start();
  await deleted;
  assert.equal(at.server.vsctl("list-ports", "br-int"), "");
});

test("a port is deleted under a condition only where its interface carries these ids", needsServer, async () => {
  await using at = await bench();
  const port = { ...tap("tap0", "p"), externalIds: { "iface-id": "p", container: "c1" } };
  await at.ovs.addPort(port, soon());
  assert.equal(await at.ovs.deletePortIf("tap0", { "iface-id": "p", container: "c2" }, soon()), false);
  assert.equal(await at.ovs.deletePortIf("tap1", { "iface-id": "p" }, soon()), false);
  assert.equal(at.server.vsctl("list-ports", "br-int"), "tap0\n");

  // Another writer takes the row over: what this copy still shows must not decide.
  using other = connectOvsdb({ target: at.server.target });
  const taken = mutation(InterfaceTable, "external_ids", "insert", new Map([["container", "c2"]]));
  const takeOver = other.transact(OPEN_VSWITCH, [
    mutate(
      InterfaceTable,
      [where(InterfaceTable, "name", "==", "tap0")],
      [deleteKeys(InterfaceTable, "external_ids", ["container"]), taken],
    ),
  ]);
  const changed = new Promise((resolve) => at.ovs.onInterfaceChange(resolve));
  await takeOver;
  assert.equal(await at.ovs.deletePortIf("tap0", { container: "c1" }, soon()), false);
  await changed;
  assert.equal(await at.ovs.deletePortIf("tap0", { container: "c2" }, soon()), true);
  assert.equal(at.server.vsctl("list-ports", "br-int"), "");
});

test("interfaces are told of as they come, change and go, with the index up to date", needsServer, async () => {
  await using at = await bench();
  const told: string[] = [];
  const stop = at.ovs.onInterfaceChange((change) => {
    const { name } = change.type === "delete" ? change.old : change.row;
    told.push(`${change.type} ${name} ${at.ovs.interface(name)?.external_ids.get("iface-id") ?? "none"}`);
  });
  await at.ovs.addPort(tap("tap0", "a"), soon());
  await at.ovs.addPort(tap("tap0", "b"), soon());
  await setIds(at, "tap0", { "iface-id": "c" });
  await at.ovs.deletePort("tap0", soon());
  stop();
  await at.ovs.addPort(tap("tap1"), soon());
  assert.deepEqual(told, ["insert tap0 a", "insert tap0 b", "delete tap0 b", "modify tap0 c", "delete tap0 none"]);
  assert.equal(at.ovs.bridgeExists("br-int"), true);
  assert.equal(at.ovs.bridgeExists("tap1"), false);
});

const setIds = (at: Bench, name: string, ids: { readonly [key: string]: string }): Promise<unknown> =>
  at.client.transact(OPEN_VSWITCH, [
    mutate(
      InterfaceTable,
      [where(InterfaceTable, "name", "==", name)],
      [
        deleteKeys(InterfaceTable, "external_ids", Object.keys(ids)),
        mutation(InterfaceTable, "external_ids", "insert", new Map(Object.entries(ids))),
      ],
    ),
  ]);

/** Whether a wait is still pending once everything that was written has been told. */
async function pending(at: Bench, wait: Promise<unknown>): Promise<boolean> {
  await at.client.request("echo", []);
  return Promise.race([wait.then(() => false), new Promise<boolean>((resolve) => setImmediate(resolve, true))]);
}

test("waiting ends when OVN says that the port is installed, also when the row comes later", needsServer, async () => {
  await using at = await bench();
  const wait = at.ovs.waitInstalled("tap0", { signal: soon(), portId: "p" });
  await at.ovs.addPort(tap("tap0", "p"), soon());
  assert.equal(await pending(at, wait), true);
  await setIds(at, "tap0", { "ovn-installed": "true" });
  assert.equal((await wait).name, "tap0");
  assert.equal((await at.ovs.waitInstalled("tap0", { signal: soon() })).name, "tap0");
});

test("a sign that was left by the port before does not end a wait for the next one", needsServer, async () => {
  await using at = await bench();
  await at.ovs.addPort(tap("tap0", "old"), soon());
  await setIds(at, "tap0", { "ovn-installed": "true", "ovn-installed-ts": "1" });
  await setIds(at, "tap0", { "iface-id": "new" });
  const wait = at.ovs.waitInstalled("tap0", { signal: soon(), portId: "new" });
  assert.equal(await pending(at, wait), true, "the sign of the old port");
  await setIds(at, "tap0", { "ovn-installed": "true", "ovn-installed-ts": "2" });
  assert.equal((await wait).external_ids.get("iface-id"), "new");

  await setIds(at, "tap0", { "iface-id": "third" });
  const again = at.ovs.waitInstalled("tap0", { signal: soon() });
  assert.equal(await pending(at, again), true);
  const byName = [where(InterfaceTable, "name", "==", "tap0")];
  await at.client.transact(OPEN_VSWITCH, [
    mutate(InterfaceTable, byName, [deleteKeys(InterfaceTable, "external_ids", ["ovn-installed", "ovn-installed-ts"])]),
  ]);
  assert.equal(await pending(at, again), true);
  await at.client.transact(OPEN_VSWITCH, [
    update(InterfaceTable, byName, {
      external_ids: new Map([
        ["iface-id", "third"],
        ["ovn-installed", "true"],
      ]),
    }),
  ]);
  await again;
});

test("a wait goes on with the new row when the interface is replaced in one transaction", needsServer, async () => {
  await using at = await bench();
  // Which of the two rows the server tells first is chance: often enough that both ways come up.
  for (let n = 0; n < 10; n += 1) {
    await at.ovs.addPort(tap("tap0", "old"), soon());
    await setIds(at, "tap0", { "ovn-installed": "true" });
    const wait = at.ovs.waitInstalled("tap0", { signal: soon(), portId: "new" });
    await at.ovs.addPort(tap("tap0", "new"), soon());
    assert.equal(await pending(at, wait), true);
    await setIds(at, "tap0", { "ovn-installed": "true" });
    assert.equal((await wait).uuid, at.ovs.interface("tap0")?.uuid);
  }
});

test("a wait ends with an error when the interface is deleted or the caller gives up", needsServer, async () => {
  await using at = await bench();
  await at.ovs.addPort(tap("tap0"), soon());
  const gone = assert.rejects(at.ovs.waitInstalled("tap0", { signal: soon() }), { code: "OVSDB_INTERFACE_GONE" });
  await at.ovs.deletePort("tap0", soon());
  await gone;
  const stop = new AbortController();
  const given = assert.rejects(at.ovs.waitInstalled("tap0", { signal: stop.signal }), { name: "AbortError" });
  stop.abort();
  await given;
  await assert.rejects(at.ovs.waitInstalled("tap0", { signal: AbortSignal.abort() }), { name: "AbortError" });
});

test("a wait survives a restart of the server in which the port was installed", needsServer, async () => {
  await using at = await bench();
  await at.ovs.addPort(tap("tap0", "p"), soon());
  const wait = at.ovs.waitInstalled("tap0", { signal: soon(), portId: "p" });
  await at.server.kill();
  at.server.transactOffline([
    {
      op: "mutate",
      table: "Interface",
      where: [["name", "==", "tap0"]],
      mutations: [["external_ids", "insert", ["map", [["ovn-installed", "true"]]]]],
    },
  ]);
  await at.server.start();
  assert.equal((await wait).name, "tap0");
});
