import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { KuryrError } from "../api/errors.ts";
import { choose, chooseNow, type Registry } from "./registry.ts";

const registry: Registry<number, string> = {
  option: "[kubernetes]a_driver",
  exported: "createDriver",
  known: new Map([
    ["one", (context) => `one ${context}`],
    ["two", (context) => `two ${context}`],
  ]),
  notYet: new Map([["three", "there are two"]]),
};

test("a known name is found, and one of a later version says what is without it", async () => {
  const one = await choose(registry, "one");
  assert.ok("factory" in one);
  assert.equal(await one.factory(7), "one 7");
  assert.deepEqual(await choose(registry, "three"), { name: "three", notYet: "there are two" });
  await assert.rejects(chooseNow(registry, "three"), /does not exist in this version: there are two/);
});

test("an unknown name is an error that lists those that are known", async () => {
  await assert.rejects(choose(registry, "four"), (error) => {
    assert.ok(error instanceof KuryrError);
    assert.equal(error.code, "KURYR_CONFIG_NAME");
    assert.equal(error.message, '[kubernetes]a_driver: "four" is unknown; known are one, two');
    return true;
  });
});

test("a module of one's own is imported by its path, and refused when it lacks the export", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "kuryr-registry-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "own.mjs");
  writeFileSync(path, "export const createDriver = (context) => `own ${context}`;\n");
  assert.equal(await (await chooseNow(registry, `module:${path}`))(1), "own 1");
  const other = join(directory, "other.mjs");
  writeFileSync(other, "export const driver = 1;\n");
  await assert.rejects(choose(registry, `module:${other}`), /exports no function createDriver/);
  await assert.rejects(choose(registry, `module:${join(directory, "nowhere.mjs")}`), { code: "KURYR_CONFIG_MODULE" });
});
