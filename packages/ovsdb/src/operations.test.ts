import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, map, named, optional, set, string, uuid } from "./datum.ts";
import { OvsdbDatumError, OvsdbSchemaError } from "./errors.ts";
import * as operations from "./operations.ts";
import { lookUpColumns } from "./schema.ts";
import { table } from "./table.ts";
import { parseTarget } from "./target.ts";

const Bridge = table("Bridge", { name: string, ports: set(uuid), ids: map(string, string), tag: optional(integer) });
const id = "6f9ccf1e-6e0a-4a3f-9d1c-5d4f0e2a7b11";

test("operations have the form that RFC 7047 section 5.2 gives them", () => {
  const byName = operations.where(Bridge, "name", "==", "br-int");
  assert.deepEqual(operations.insert(Bridge, { name: "b", tag: undefined }, named("x")).wire, {
    op: "insert",
    table: "Bridge",
    row: { name: "b" },
    "uuid-name": "x",
  });
  assert.deepEqual(operations.update(Bridge, [byName], { ids: new Map([["k", "v"]]) }).wire, {
    op: "update",
    table: "Bridge",
    where: [["name", "==", "br-int"]],
    row: { ids: ["map", [["k", "v"]]] },
  });
  assert.deepEqual(
    operations.mutate(
      Bridge,
      [operations.whereUuid(id)],
      [operations.mutation(Bridge, "ports", "insert", [named("x"), id]), operations.deleteKeys(Bridge, "ids", ["k"])],
    ).wire,
    {
      op: "mutate",
      table: "Bridge",
      where: [["_uuid", "==", ["uuid", id]]],
      mutations: [
        [
          "ports",
          "insert",
          [
            "set",
            [
              ["named-uuid", "x"],
              ["uuid", id],
            ],
          ],
        ],
        ["ids", "delete", ["set", ["k"]]],
      ],
    },
  );
  assert.deepEqual(
    operations.wait(Bridge, { where: [byName], until: "==", columns: ["name"], rows: [{ name: "b" }], timeoutMs: 5 })
      .wire,
    {
      op: "wait",
      table: "Bridge",
      where: [["name", "==", "br-int"]],
      until: "==",
      columns: ["name"],
      rows: [{ name: "b" }],
      timeout: 5,
    },
  );
  assert.deepEqual(operations.deleteRows(Bridge, []).wire, { op: "delete", table: "Bridge", where: [] });
  assert.deepEqual(operations.abort().wire, { op: "abort" });
  assert.deepEqual(operations.comment("why").wire, { op: "comment", comment: "why" });
  assert.deepEqual(operations.commit(true).wire, { op: "commit", durable: true });
});

test("a value that does not fit is refused with its table and column", () => {
  assert.throws(
    () => operations.where(Bridge, "tag", "==", 0.5),
    (error) => {
      assert.ok(error instanceof OvsdbDatumError);
      assert.match(error.message, /Bridge\.tag/);
      return true;
    },
  );
});

test("declared columns are held against the schema", () => {
  const schema = {
    tables: {
      Bridge: {
        columns: {
          name: { type: "string", mutable: false },
          ports: { type: { key: { type: "uuid", refTable: "Port" }, min: 0, max: "unlimited" } },
          ids: { type: { key: "string", value: "string", min: 0, max: "unlimited" } },
          tag: { type: { key: { type: "integer", minInteger: 0 }, min: 0, max: 1 } },
        },
      },
    },
  };
  const columns = lookUpColumns(schema, Bridge);
  assert.deepEqual(columns.get("ports"), { several: true, default: ["set", []] });
  assert.deepEqual(columns.get("tag"), { several: false, default: ["set", []] });
  assert.deepEqual(columns.get("name"), { several: false, default: "" });
  assert.throws(() => lookUpColumns(schema, table("Bridge", { tag: integer })), OvsdbSchemaError);
  assert.throws(() => lookUpColumns(schema, table("Bridge", { nothing: string })), OvsdbSchemaError);
  assert.throws(() => lookUpColumns(schema, table("Port", { name: string })), OvsdbSchemaError);
});

test("targets are read as the Open vSwitch tools write them", () => {
  assert.deepEqual(parseTarget("unix:/run/openvswitch/db.sock"), { type: "unix", path: "/run/openvswitch/db.sock" });
  assert.deepEqual(parseTarget("tcp:127.0.0.1:6641"), { type: "tcp", host: "127.0.0.1", port: 6641 });
  assert.deepEqual(parseTarget("ssl:[fd00::1]"), { type: "ssl", host: "fd00::1", port: 6640 });
  for (const bad of ["", "unix:", "tcp:", "tcp:host:0", "tcp:host:70000", "udp:host:1", "tcp:a b:1"]) {
    assert.throws(() => parseTarget(bad), { code: "OVSDB_TARGET" }, bad);
  }
});
