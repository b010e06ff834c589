import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IndexedStore } from "./store.ts";

const change = fc.record({
  key: fc.constantFrom("a", "b", "c", "d"),
  tags: fc.option(fc.array(fc.constantFrom("x", "y", "z", "constructor")), { nil: undefined }),
});

test("after any changes an index finds exactly the objects whose values contain what is asked", () => {
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const store = new IndexedStore<readonly string[], "tag">([["tag", (tags) => tags]], () => assert.fail());
      const model = new Map<string, readonly string[]>();
      for (const { key, tags } of changes) {
        if (tags === undefined) {
          store.delete(key);
          model.delete(key);
        } else {
          store.set(key, { value: tags, uid: "u", resourceVersion: "1" });
          model.set(key, tags);
        }
      }
      assert.equal(store.size, model.size);
      for (const tag of ["x", "y", "z", "constructor"]) {
        const expected = [...model].filter(([, tags]) => tags.includes(tag)).map(([key]) => key);
        assert.deepEqual([...store.indexed("tag", tag)].sort(), expected.sort());
      }
      assert.deepEqual(new Set(store.indexValues("tag")), new Set([...model.values()].flat()));
    }),
    { numRuns: 1000 },
  );
});

test("an index function that throws is reported once per object and finds it under nothing", () => {
  const errors: string[] = [];
  const store = new IndexedStore<string, "bad">(
    [
      [
        "bad",
        () => {
          throw new Error("bad index");
        },
      ],
    ],
    (_error, key) => errors.push(key),
  );
  store.set("k", { value: "v", uid: "u", resourceVersion: "1" });
  store.delete("k");
  assert.deepEqual(errors, ["k"]);
});
