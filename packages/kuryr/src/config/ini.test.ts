import assert from "node:assert/strict";
import { test } from "node:test";

import { parseIni } from "./ini.ts";

const read = (text: string): unknown =>
  Object.fromEntries(
    [...parseIni(text)].map(([section, given]) => [
      section,
      Object.fromEntries([...given].map(([name, values]) => [name, values.map((value) => value.text)])),
    ]),
  );

test("sections, both separators, comments and what stands before the first section", () => {
  assert.deepEqual(read("debug = true\n# no\n; no\n[a]\nx=1\ny : two words ; not a comment\n"), {
    DEFAULT: { debug: ["true"] },
    a: { x: ["1"], y: ["two words ; not a comment"] },
  });
});

test("a repeated option keeps every value, also when its section comes again", () => {
  assert.deepEqual(read("[a]\nx=1\nx=2\n[b]\n[a]\nx=3\n"), { a: { x: ["1", "2", "3"] } });
});

test("a line that begins with white space continues the value before it", () => {
  assert.deepEqual(read("[a]\nx = 1,\n  2,\n\t3\n"), { a: { x: ["1,\n2,\n3"] } });
  assert.throws(() => parseIni("[a]\n  x = 1\n", "f"), { code: "KURYR_CONFIG_SYNTAX", message: /f, line 2/ });
});

test("one pair of quotes around a whole value goes, others stay", () => {
  assert.deepEqual(read(`[a]\nx = "a b"\ny = 'q'\nz = "a" b\n`), { a: { x: ["a b"], y: ["q"], z: ['"a" b'] } });
});

test("lines that are nothing are refused with their number", () => {
  for (const text of ["[a]\nnonsense\n", "[]\n", "[a\n", "= 1\n"])
    assert.throws(() => parseIni(text), { code: "KURYR_CONFIG_SYNTAX" });
});

test("a value knows its line; sections have no case, and dashes in names are underscores", () => {
  const file = parseIni("[Neutron]\n# x\nuser-name = a,\n b\n");
  assert.deepEqual(file.get("neutron")?.get("user_name"), [{ text: "a,\nb", line: 3 }]);
});
