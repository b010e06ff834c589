import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { FieldSet } from "./field-set.ts";
import type { JsonObject } from "./json.ts";
import type { Schema } from "./schema.ts";
import { compare, fieldsOf, mergeTyped } from "./typed.ts";

const element = fc.constantFrom("f:a", "f:b", "f:c", 'k:{"name":"x"}', 'v:"y"');
const paths = fc.array(fc.array(element, { minLength: 1, maxLength: 4 }), { maxLength: 8 });

function setOf(of: readonly (readonly string[])[]): FieldSet {
  const set = new FieldSet();
  for (const path of of) set.insert(path);
  return set;
}

const texts = (set: FieldSet): string[] => [...set.paths()].map((path) => path.join("/")).toSorted();

test("a set survives FieldsV1", () => {
  fc.assert(fc.property(paths, (of) => assert.ok(FieldSet.from(setOf(of).toJson()).equals(setOf(of)))));
});

test("union, difference and intersection are those of the paths", () => {
  fc.assert(
    fc.property(paths, paths, (one, other) => {
      const [a, b] = [setOf(one), setOf(other)];
      const [has, also] = [new Set(texts(a)), new Set(texts(b))];
      assert.deepEqual(texts(a.union(b)), [...has.union(also)].toSorted());
      assert.deepEqual(texts(a.difference(b)), [...has.difference(also)].toSorted());
      assert.deepEqual(texts(a.intersection(b)), [...has.intersection(also)].toSorted());
    }),
  );
});

const schema: Schema = {
  type: "object",
  properties: {
    name: { type: "string" },
    labels: { type: "object", additionalProperties: { type: "string" } },
    ports: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: { type: "object", properties: { name: { type: "string" }, port: { type: "integer" } } },
    },
    tags: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
    routes: { type: "array", items: { type: "string" } },
  },
};
const word = fc.constantFrom("a", "b", "c");
const object: fc.Arbitrary<JsonObject> = fc.record(
  {
    name: word,
    labels: fc.dictionary(word, word, { noNullPrototype: true }),
    ports: fc.uniqueArray(fc.record({ name: word, port: fc.nat(3) }, { noNullPrototype: true }), {
      selector: (port) => port.name,
    }),
    tags: fc.uniqueArray(word),
    routes: fc.array(word),
  },
  { requiredKeys: [], noNullPrototype: true },
);

test("what differs from nothing to an object is all that the object says", () => {
  fc.assert(
    fc.property(object, (value) => {
      const { added, modified, removed } = compare(schema, {}, value);
      assert.ok(modified.empty && removed.empty);
      assert.ok(fieldsOf(schema, value).difference(added).empty);
    }),
  );
});

test("nothing differs between an object and itself, and merging it changes nothing", () => {
  fc.assert(
    fc.property(object, (value) => {
      const { added, modified, removed } = compare(schema, value, value);
      assert.ok(added.empty && modified.empty && removed.empty);
      assert.deepEqual(mergeTyped(schema, value, value), value);
    }),
  );
});

test("a merge takes all of the configuration and nothing from the rest", () => {
  fc.assert(
    fc.property(object, object, (live, config) => {
      const merged = mergeTyped(schema, live, config);
      const again = mergeTyped(schema, merged, config);
      assert.deepEqual(again, merged);
      assert.ok(compare(schema, live, merged).removed.empty);
    }),
  );
});
