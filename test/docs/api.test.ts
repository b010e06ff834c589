import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";

import { apiPages, libraries, pageOf, writeApiPages } from "../../tools/api-docs.ts";
import { readDeclarations } from "../../tools/declarations.ts";

const root = join(import.meta.dirname, "..", "..");

let pages: Map<string, string>;
before(async () => {
  pages = await apiPages();
  if (process.env["KURYR_WRITE_DOCS"] === "1") await writeApiPages(pages);
});

for (const library of libraries) {
  test(`${pageOf(library)} is what the docstrings of the package say`, async () => {
    const written = await readFile(join(root, pageOf(library)), "utf8").catch(() => "");
    // The whole pages would hide the difference.
    const wanted = (pages.get(library) ?? "").split("\n");
    const found = written.split("\n");
    const line = wanted.findIndex((text, index) => text !== found[index]);
    assert.ok(
      line < 0 && wanted.length === found.length,
      `line ${line + 1} should be ${JSON.stringify(wanted[line])}; KURYR_WRITE_DOCS=1 with this test writes the page anew`,
    );
  });
}

test("declarations are found with their docstrings, overloads together, and what is not exported is left out", () => {
  const { declarations, reExports } = readDeclarations(`import { A } from "./a.ts";
export { b, type C as D } from "./b.ts";
export type * from "./e.ts";
/** Of no interest. */
interface Hidden {
    x: number;
}
/**
 * Two lines
 *   with a diagram. */
export declare class Shown {
    #private;
    /** Inner. */
    y: A;
}
/** First. */
export declare function over(a: string): void;
export declare function over(a: number): void;
export type Union = {
    a: 1;
} | {
    b: 2;
};
`);
  assert.deepEqual(
    [...declarations.values()].map(({ name, doc }) => [name, doc]),
    [
      ["Shown", "Two lines\n  with a diagram."],
      ["over", "First."],
      ["Union", ""],
    ],
  );
  assert.equal(declarations.get("Shown")?.signature, "class Shown {\n    /** Inner. */\n    y: A;\n}");
  assert.equal(declarations.get("over")?.signature.split("\n").length, 2);
  assert.equal(declarations.get("Union")?.signature.split("\n").length, 5);
  assert.deepEqual(
    reExports.map(({ from, names }) => [from, names === undefined ? "all" : [...names]]),
    [
      [
        "./b.ts",
        [
          ["b", "b"],
          ["D", "C"],
        ],
      ],
      ["./e.ts", "all"],
    ],
  );
});
