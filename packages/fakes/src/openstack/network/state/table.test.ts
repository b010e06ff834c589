import assert from "node:assert/strict";
import { test } from "node:test";

import { Table, Transactions } from "./table.ts";

interface Row {
  readonly id: string;
  readonly value: number;
}

test("a transaction that fails leaves rows and indexes as they were", () => {
  const transactions = new Transactions();
  let sum = 0;
  const table = new Table<Row>(transactions, (before, after) => {
    sum += (after?.value ?? 0) - (before?.value ?? 0);
  });
  table.set({ id: "a", value: 1 });
  table.set({ id: "b", value: 2 });
  assert.throws(
    () =>
      transactions.run(() => {
        table.set({ id: "a", value: 10 });
        table.delete("b");
        table.set({ id: "c", value: 5 });
        throw new Error("no");
      }),
    /^Error: no$/,
  );
  assert.deepEqual(
    [...table.values()].sort((a, b) => a.value - b.value),
    [
      { id: "a", value: 1 },
      { id: "b", value: 2 },
    ],
  );
  assert.equal(sum, 3);
});

test("a transaction within another is part of it", () => {
  const transactions = new Transactions();
  const table = new Table<Row>(transactions);
  assert.throws(() =>
    transactions.run(() => {
      transactions.run(() => table.set({ id: "a", value: 1 }));
      throw new Error("no");
    }),
  );
  assert.equal(table.size, 0);
});
