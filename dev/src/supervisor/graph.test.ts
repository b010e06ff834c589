import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { inOrder, withNeeds } from "./graph.ts";

test("every unit comes after what it needs, whatever order they are written in", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.infiniteStream(fc.nat()), (count, numbers) => {
      const next = (below: number): number => (below === 0 ? 0 : Number(numbers.next().value) % below);
      const nodes = Array.from({ length: count }, (_, i) => ({
        name: `u${i}`,
        needs: [...new Set(Array.from({ length: next(3) }, () => next(i)).filter((n) => n < i))].map((n) => `u${n}`),
      }));
      const shuffled = nodes.map((n) => ({ n, key: next(1000) })).sort((a, b) => a.key - b.key);
      const order = inOrder(shuffled.map((s) => s.n)).map((n) => n.name);
      assert.equal(order.length, count);
      for (const node of nodes)
        for (const need of node.needs) assert.ok(order.indexOf(need) < order.indexOf(node.name));
    }),
  );
});

test("a cycle, an unknown need and a name used twice are refused by name", () => {
  assert.throws(
    () =>
      inOrder([
        { name: "a", needs: ["b"] },
        { name: "b", needs: ["a"] },
      ]),
    /a -> b -> a/,
  );
  assert.throws(() => inOrder([{ name: "a", needs: ["x"] }]), /a needs x/);
  assert.throws(
    () =>
      inOrder([
        { name: "a", needs: [] },
        { name: "a", needs: [] },
      ]),
    /two units are named a/,
  );
});

test("asking for one unit brings what it needs and nothing else", () => {
  const nodes = [
    { name: "db", needs: [] },
    { name: "keystone", needs: ["db"] },
    { name: "etcd", needs: [] },
  ];
  assert.deepEqual(
    withNeeds(nodes, (n) => n.name === "keystone").map((n) => n.name),
    ["db", "keystone"],
  );
});
