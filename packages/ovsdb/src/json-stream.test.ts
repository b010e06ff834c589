import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OvsdbProtocolError } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import { JsonStream } from "./json-stream.ts";

const objects = fc.array(
  fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonObject>, {
    maxKeys: 4,
  }),
  { maxLength: 4 },
);

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
}

test("objects come out the same wherever the stream is cut", () => {
  fc.assert(
    fc.property(
      objects,
      fc.array(fc.nat(5000), { maxLength: 12 }),
      fc.constantFrom("", " ", "\n", "\r\n\t "),
      (values, places, gap) => {
        const bytes = Buffer.from(values.map((value) => JSON.stringify(value)).join(gap));
        const stream = new JsonStream();
        const found = cut(bytes, places).flatMap((chunk) => stream.push(chunk));
        assert.deepEqual(found, JSON.parse(JSON.stringify(values)));
        assert.equal(stream.pending, 0);
      },
    ),
    { numRuns: 10_000 },
  );
});

test("braces, quotes and backslashes inside strings do not end an object", () => {
  const value = { 'a"}{': '}\\"{', b: ["]", "\\"], c: "é}" };
  const stream = new JsonStream();
  const found: unknown[] = [];
  for (const byte of Buffer.from(JSON.stringify(value))) found.push(...stream.push(Buffer.from([byte])));
  assert.deepEqual(found, [value]);
});

test("an object above the limit is refused before it is complete", () => {
  const stream = new JsonStream(64);
  stream.push(Buffer.from(`{"a":"${"x".repeat(50)}`));
  assert.throws(() => stream.push(Buffer.from("y".repeat(50))), OvsdbProtocolError);
});

test("anything but objects between messages is refused", () => {
  for (const text of ['{"a":1}x', "[1]", '"text"', "}", "]", "1", "{]"]) {
    assert.throws(() => new JsonStream().push(Buffer.from(text)), OvsdbProtocolError, text);
  }
});
