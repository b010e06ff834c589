import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ProtocolError } from "../errors.ts";
import { LineSplitter } from "./lines.ts";

const line = fc.string({ unit: "binary", minLength: 1 }).map((text) => text.replaceAll("\n", " ").toWellFormed());

test("lines come out whole and in order wherever the bytes are cut, characters included", () => {
  fc.assert(
    fc.property(fc.array(line), line, fc.array(fc.nat(400)), (lines, rest, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join("") + rest);
      const splitter = new LineSplitter(1_000_000);
      const out: string[] = [];
      let start = 0;
      for (const end of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
        const stop = Math.min(end, bytes.length);
        out.push(...splitter.push(bytes.subarray(start, stop)));
        start = Math.max(start, stop);
      }
      assert.deepEqual(out, lines);
      assert.equal(splitter.pendingBytes, Buffer.byteLength(rest));
    }),
    { numRuns: 1000 },
  );
});

test("empty lines are left out", () => {
  assert.deepEqual(new LineSplitter(100).push(Buffer.from("\n\na\n\nb\n")), ["a", "b"]);
});

test("a line beyond the limit is an error, in one chunk or in many", () => {
  assert.throws(() => new LineSplitter(3).push(Buffer.from("abcd\n")), ProtocolError);
  assert.throws(() => new LineSplitter(3).push(Buffer.from("abcd")), ProtocolError);
  const splitter = new LineSplitter(3);
  assert.deepEqual(splitter.push(Buffer.from("abc")), []);
  assert.throws(() => splitter.push(Buffer.from("d")), ProtocolError);
});
