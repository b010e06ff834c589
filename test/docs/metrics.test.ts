import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { metricTable } from "./metrics.ts";

const page = join(import.meta.dirname, "..", "..", "docs", "operate.md");

for (const process of ["controller", "daemon"] as const) {
  test(`the table of the ${process}'s metrics in docs/operate.md is what its code defines`, () => {
    const begin = `<!-- metrics of the ${process}: begin; test/docs/metrics.test.ts compares them with the code -->`;
    const text = readFileSync(page, "utf8");
    const from = text.indexOf(begin);
    const to = text.indexOf("<!-- metrics: end -->", from);
    assert.ok(from >= 0 && to > from, "the marks around the table are missing");
    const wanted = `\n\n${metricTable(process)}\n\n`;
    if (globalThis.process.env["KURYR_WRITE_DOCS"] === "1") {
      writeFileSync(page, text.slice(0, from + begin.length) + wanted + text.slice(to));
      return;
    }
    assert.equal(text.slice(from + begin.length, to), wanted, "KURYR_WRITE_DOCS=1 with this test writes it anew");
  });
}
