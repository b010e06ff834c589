import assert from "node:assert/strict";
import { test } from "node:test";

import { GroupCommit } from "./group-commit.ts";

test("the first goes at once, and what came meanwhile goes together", async () => {
  const groups: (readonly number[])[] = [];
  const gate = Promise.withResolvers<void>();
  const commit = new GroupCommit<number>(async (items) => {
    groups.push(items);
    if (groups.length === 1) await gate.promise;
  });
  const all = [1, 2, 3, 4].map((item) => commit.add(item));
  assert.deepEqual(groups, [[1]]);
  gate.resolve();
  await Promise.all(all);
  assert.deepEqual(groups, [[1], [2, 3, 4]]);
});

test("a bad item fails alone", async () => {
  const done: number[] = [];
  const commit = new GroupCommit<number>(async (items) => {
    await Promise.resolve();
    if (items.includes(2)) throw new Error("two is bad");
    done.push(...items);
  });
  const outcomes = await Promise.allSettled([0, 1, 2, 3].map((item) => commit.add(item)));
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status),
    ["fulfilled", "fulfilled", "rejected", "fulfilled"],
  );
  assert.deepEqual(done, [0, 1, 3]);
});

test("no group is larger than the limit", async () => {
  const sizes: number[] = [];
  const commit = new GroupCommit<number>(
    async (items) => {
      await Promise.resolve();
      sizes.push(items.length);
    },
    { maxGroup: 3 },
  );
  await Promise.all(Array.from({ length: 8 }, (_, i) => commit.add(i)));
  assert.deepEqual(sizes, [1, 3, 3, 1]);
});

test("a group waits for what was announced, and goes as soon as it has come or was taken back", async () => {
  const groups: (readonly number[])[] = [];
  const commit = new GroupCommit<number>(
    async (items) => {
      groups.push(items);
    },
    { lingerMs: 60_000 },
  );
  const [one, two, three] = [commit.announce(), commit.announce(), commit.announce()];
  one();
  const first = commit.add(1);
  assert.deepEqual(groups, []);
  two();
  const second = commit.add(2);
  assert.deepEqual(groups, []);
  three(); // Never comes.
  await Promise.all([first, second]);
  assert.deepEqual(groups, [[1, 2]]);
});

test("a group does not wait for ever for what was announced", async () => {
  const commit = new GroupCommit<number>(async () => undefined, { lingerMs: 5 });
  const never = commit.announce();
  await commit.add(1);
  never();
});
