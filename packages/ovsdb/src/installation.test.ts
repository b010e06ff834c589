import assert from "node:assert/strict";
import { test } from "node:test";
import { Installation } from "./installation.ts";
import type { InterfaceRow } from "./open-vswitch-schema.ts";

/** An interface that follows `external_ids` through changes, and whether it counts as installed. */
function follow(): { readonly become: (ids: string) => boolean } {
  const installation = new Installation();
  let old: InterfaceRow | undefined;
  return {
    become(ids) {
      const [port = "", sign, time] = ids.split(" ");
      const row: InterfaceRow = {
        uuid: "00000000-0000-0000-0000-000000000001",
        name: "tap0",
        type: "",
        external_ids: new Map([
          ["iface-id", port],
          ...(sign === "installed" ? [["ovn-installed", "true"] as const] : []),
          ...(time === undefined ? [] : [["ovn-installed-ts", time] as const]),
        ]),
        ofport: 1,
        mtu_request: undefined,
        error: undefined,
      };
      installation.observe(old === undefined ? { type: "insert", row } : { type: "modify", row, old });
      old = row;
      return installation.isInstalled(row, port);
    },
  };
}

test("a sign counts from when it comes until it goes; its time survives it and means nothing alone", () => {
  const { become } = follow();
  assert.equal(become("a none"), false);
  assert.equal(become("a installed 1"), true);
  assert.equal(become("a none 1"), false);
  assert.equal(become("a installed 2"), true);
});

test("another port on the interface does not inherit the sign of the one before", () => {
  const { become } = follow();
  assert.equal(become("a installed 1"), true);
  assert.equal(become("b installed 1"), false);
  assert.equal(become("c installed 1"), false);
  assert.equal(become("c none 1"), false);
  assert.equal(become("c installed 2"), true);
});

test("the server may tell of the sign's going and coming as one change: its time has moved", () => {
  const { become } = follow();
  assert.equal(become("a installed 1"), true);
  assert.equal(become("b installed 1"), false);
  assert.equal(become("b installed 2"), true);
});

test("a port that comes back before OVN noticed its leave still has its sign", () => {
  const { become } = follow();
  assert.equal(become("a installed 1"), true);
  assert.equal(become("b installed 1"), false);
  assert.equal(become("a installed 1"), true);
});

test("a sign without a time, as older releases write it, is known by its going and coming", () => {
  const { become } = follow();
  assert.equal(become("a installed"), true);
  assert.equal(become("b installed"), false);
  assert.equal(become("b none"), false);
  assert.equal(become("b installed"), true);
});
