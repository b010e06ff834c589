import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Snapshot } from "./snapshot.ts";
import type { Entry } from "./store.ts";

const state = fc.dictionary(
  fc.constantFrom("a", "b", "c", "d", "e", "f"),
  fc.record({ uid: fc.constantFrom("u1", "u2"), resourceVersion: fc.constantFrom("1", "2", "3") }),
);

test("applying the difference turns what was cached into what was listed, and touches nothing that is equal", () => {
  fc.assert(
    fc.property(state, state, (cached, listed) => {
      const cache = new Map<string, Entry<string>>();
      for (const [key, { uid, resourceVersion }] of Object.entries(cached)) {
        cache.set(key, { value: uid + resourceVersion, uid, resourceVersion });
      }
      const expected = new Map<string, Entry<string>>();
      const snapshot = new Snapshot<string>((key) => cache.get(key));
      let projections = 0;
      let different = 0;
      for (const [key, { uid, resourceVersion }] of Object.entries(listed)) {
        const value = uid + resourceVersion;
        expected.set(key, { value, uid, resourceVersion });
        if (cache.get(key)?.value !== value) different += 1;
        snapshot.see(key, uid, resourceVersion, () => {
          projections += 1;
          return value;
        });
      }
      assert.equal(projections, different);
      const before = new Map(cache);
      const changes = snapshot.changes(cache.keys());
      assert.deepEqual(cache, before);
      const firstSet = changes.findIndex(({ type }) => type === "set");
      assert.ok(changes.every(({ type }, index) => type !== "delete" || firstSet < 0 || index < firstSet));
      for (const change of changes) {
        // What another object of the same name held is free, too, before anything is set.
        if (change.type === "set") assert.ok([undefined, change.entry.uid].includes(cache.get(change.key)?.uid));
        if (change.type === "delete") assert.ok(cache.delete(change.key));
        else cache.set(change.key, change.entry);
      }
      assert.deepEqual(cache, expected);
    }),
    { numRuns: 2000 },
  );
});

test("an object that is no longer of interest is deleted from the cache, one whose projection throws stays", () => {
  const cache = new Map<string, Entry<string>>([
    ["gone", { value: "x", uid: "u", resourceVersion: "1" }],
    ["odd", { value: "y", uid: "u", resourceVersion: "1" }],
  ]);
  const snapshot = new Snapshot<string>((key) => cache.get(key));
  snapshot.see("gone", "u", "2", () => undefined);
  assert.throws(() =>
    snapshot.see("odd", "u", "2", () => {
      throw new Error("odd");
    }),
  );
  assert.deepEqual(snapshot.changes(cache.keys()), [{ type: "delete", key: "gone" }]);
});
