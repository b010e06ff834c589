import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  applyDifference,
  type Atom,
  boolean,
  integer,
  map,
  named,
  optional,
  real,
  sameDatum,
  set,
  string,
  uuid,
} from "./datum.ts";
import { OvsdbDatumError } from "./errors.ts";
import type { Json } from "./json.ts";

const runs = { numRuns: 10_000 };
const uuids = fc.uuid();
const text = fc.string({ unit: "grapheme", maxLength: 8 });
const safe = fc.maxSafeInteger();
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value));

/** What the value looks like after a trip through text, as the socket makes it. */
function wire(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

test("atoms of every type survive the wire", () => {
  const trip = <T>(atom: Atom<T>, value: T): void => assert.deepEqual(atom.decode(wire(atom.encode(value))), value);
  fc.assert(
    fc.property(text, safe, finite, fc.boolean(), uuids, (s, i, r, b, u) => {
      trip(string, s);
      trip(integer, i);
      trip(real, r);
      trip(boolean, b);
      assert.equal(uuid.decode(wire(uuid.encode(u))), u);
    }),
    runs,
  );
});

test("sets, maps and optional values of every size survive the wire", () => {
  const strings = set(string);
  const references = set(uuid);
  const pairs = map(string, integer);
  const maybe = optional(integer);
  fc.assert(
    fc.property(
      fc.uniqueArray(text),
      fc.uniqueArray(uuids),
      fc.array(fc.tuple(text, safe)),
      fc.option(safe, { nil: undefined }),
      (a, b, c, d) => {
        assert.deepEqual(strings.decode(wire(strings.encode(a))), a);
        assert.deepEqual(references.decode(wire(references.encode(b))), b);
        assert.deepEqual(pairs.decode(wire(pairs.encode(new Map(c)))), new Map(c));
        assert.equal(maybe.decode(wire(maybe.encode(d))), d);
      },
    ),
    runs,
  );
});

test("a set of one may come as the bare value", () => {
  assert.deepEqual(set(string).decode("a"), ["a"]);
  assert.deepEqual(set(uuid).decode(["uuid", "00000000-0000-0000-0000-000000000001"]), [
    "00000000-0000-0000-0000-000000000001",
  ]);
  assert.equal(optional(integer).decode(7), 7);
  assert.equal(optional(integer).decode(["set", []]), undefined);
});

test("rows of the same transaction are referred to by name", () => {
  assert.deepEqual(set(uuid).encode([named("row1")]), ["set", [["named-uuid", "row1"]]]);
  assert.throws(() => named("1row"), OvsdbDatumError);
});

test("values that do not fit are refused, not bent", () => {
  assert.throws(() => integer.encode(1.5), OvsdbDatumError);
  assert.throws(() => integer.encode(2 ** 53), OvsdbDatumError);
  assert.throws(() => integer.decode("1"), OvsdbDatumError);
  assert.throws(() => real.encode(Number.NaN), OvsdbDatumError);
  assert.throws(() => uuid.encode("not-a-uuid"), OvsdbDatumError);
  assert.throws(() => string.decode(["set", []]), OvsdbDatumError);
  assert.throws(() => map(string, string).decode(["set", []]), OvsdbDatumError);
  assert.throws(() => map(string, string).decode(["map", [["a"]]]), OvsdbDatumError);
  assert.throws(() => optional(string).decode(["set", ["a", "b"]]), OvsdbDatumError);
  assert.throws(() => set(string).decode({}), OvsdbDatumError);
});

test("a difference applied to the old value gives the new one", () => {
  const small = fc.constantFrom("a", "b", "c", "d");
  fc.assert(
    fc.property(
      fc.uniqueArray(small),
      fc.uniqueArray(small),
      fc.dictionary(small, small),
      fc.dictionary(small, small),
      (oldSet, newSet, oldMap, newMap) => {
        const inOne = [...oldSet.filter((x) => !newSet.includes(x)), ...newSet.filter((x) => !oldSet.includes(x))];
        assert.ok(sameDatum(applyDifference(["set", oldSet], ["set", inOne], true), ["set", newSet]));
        const changed = [
          ...Object.entries(oldMap).filter(([key]) => newMap[key] === undefined),
          ...Object.entries(newMap).filter(([key, value]) => oldMap[key] !== value),
        ];
        const applied = applyDifference(["map", Object.entries(oldMap)], ["map", changed], true);
        assert.ok(sameDatum(applied, ["map", Object.entries(newMap)]));
      },
    ),
    runs,
  );
});

test("a difference of references is applied, and what it does not name is not looked into", (t) => {
  const reference = (n: number): Json => ["uuid", `00000000-0000-0000-0000-${String(n).padStart(12, "0")}`];
  const old = Array.from({ length: 200 }, (_, n) => reference(n));
  const text = t.mock.method(JSON, "stringify");
  const applied = applyDifference(["set", old], ["set", [reference(7), reference(200)]], true);
  assert.equal(text.mock.callCount(), 0);
  const wanted = [...old.filter((_, n) => n !== 7), reference(200)];
  assert.deepEqual(applied, ["set", wanted]);
  // A set of one may be the bare value, on both sides.
  assert.deepEqual(applyDifference(reference(1), reference(1), true), ["set", []]);
  assert.deepEqual(applyDifference(reference(1), reference(2), true), ["set", [reference(1), reference(2)]]);
});

test("a column of at most one value is replaced, not differed", () => {
  assert.deepEqual(applyDifference("old", "new", false), "new");
  assert.deepEqual(applyDifference(7, ["set", []], false), ["set", []]);
});

test("values are the same whatever their order and notation", () => {
  assert.ok(sameDatum(["set", ["a", "b"]], ["set", ["b", "a"]]));
  assert.ok(sameDatum("a", ["set", ["a"]]));
  assert.ok(
    sameDatum(
      [
        "map",
        [
          ["a", 1],
          ["b", 2],
        ],
      ],
      [
        "map",
        [
          ["b", 2],
          ["a", 1],
        ],
      ],
    ),
  );
  assert.ok(!sameDatum(["map", [["a", 1]]], ["map", [["a", 2]]]));
  assert.ok(!sameDatum(["set", []], "a"));
});
