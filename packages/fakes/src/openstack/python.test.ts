import assert from "node:assert/strict";
import { test } from "node:test";

import { pythonPretty, pythonRepr } from "./python.ts";

test("values are printed as Python prints them", () => {
  assert.equal(pythonRepr({ a: [1, true, null], "it's": 'q"' }), `{'a': [1, True, None], "it's": 'q"'}`);
  assert.equal(pythonRepr(`both ' and "`), `'both \\' and "'`);
});

test("what is too long for a line has an entry on each", () => {
  assert.equal(pythonPretty({ a: 1 }, 72), "{'a': 1}");
  assert.equal(pythonPretty({ first: "x".repeat(8), second: [1, 2] }, 20), "{'first': 'xxxxxxxx',\n 'second': [1, 2]}");
});
