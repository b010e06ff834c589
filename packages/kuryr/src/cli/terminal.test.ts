import assert from "node:assert/strict";
import { test } from "node:test";

import { age, table } from "./terminal.ts";

const plain = (_: string, text: string): string => text;

test("columns are as wide as their widest cell, and colours do not count", () => {
  const coloured = (tone: string, text: string): string => `<${tone}>${text}</>`;
  const rows = [
    ["a", { text: "ready", tone: "good" as const }, "1"],
    ["a-long-name", { text: "x", tone: "bad" as const }, ""],
  ];
  assert.deepEqual(table(["NODE", "STATE", "N"], rows, plain), [
    "NODE         STATE  N",
    "a            ready  1",
    "a-long-name  x",
  ]);
  assert.equal(table(["NODE", "STATE", "N"], rows, coloured)[2], "a-long-name  <bad>x</>");
});

test("ages are short", () => {
  for (const [ms, text] of [
    [-5, "0s"],
    [45_400, "45s"],
    [119_000, "119s"],
    [12 * 60_000, "12m"],
    [185 * 60_000, "3h5m"],
    [3 * 3_600_000, "3h"],
    [52 * 3_600_000, "2d4h"],
  ] as const)
    assert.equal(age(ms), text);
});
