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

test("an error that says the same of all is not met again for each: they fail together, once", async () => {
  let runs = 0;
  const away = new Error("nobody answers");
  const gate = Promise.withResolvers<void>();
  const commit = new GroupCommit<number>(
    async () => {
      runs += 1;
      await gate.promise;
      throw away;
    },
    { isOfAll: (error) => error === away },
  );
  const all = [0, 1, 2, 3].map((item) => commit.add(item));
  gate.resolve();
  const outcomes = await Promise.allSettled(all);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason === away),
    [true, true, true, true],
  );
  assert.equal(runs, 2);
});

test("who gives up is let go at once; an item that waits is not done, one under way goes on for its neighbours", async () => {
  const groups: (readonly number[])[] = [];
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const commit = new GroupCommit<number>(async (items) => {
    groups.push(items);
    await gates[groups.length - 1]?.promise;
  });
  const gone = new AbortController();
  const first = commit.add(0);
  const [two, three, four] = [commit.add(2, gone.signal), commit.add(3), commit.add(4)];
  gone.abort(new Error("given up"));
  await assert.rejects(two, /given up/);
  gates[0]?.resolve();
  await first;
  const late = new AbortController();
  const five = commit.add(5, late.signal);
  late.abort(new Error("given up too"));
  await assert.rejects(five, /given up too/);
  gates[1]?.resolve();
  await Promise.all([three, four]);
  assert.deepEqual(groups, [[0], [3, 4]]);
  await assert.rejects(commit.add(6, gone.signal), /given up/);
  assert.equal(groups.length, 2);
});

test("a group that nobody waits for any more is told so, and what comes next need not wait for its end of time", async () => {
  const aborted: boolean[] = [];
  const begun = Promise.withResolvers<void>();
  const commit = new GroupCommit<number>(async (items, signal) => {
    if (items.includes(3)) return;
    begun.resolve();
    await new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        aborted.push(true);
        reject(signal.reason);
      });
    });
  });
  const [one, two] = [new AbortController(), new AbortController()];
  const first = assert.rejects(commit.add(1, one.signal), /one/);
  await begun.promise;
  const second = assert.rejects(commit.add(2, two.signal), /two/);
  const third = commit.add(3);
  two.abort(new Error("two"));
  await second;
  assert.deepEqual(aborted, []);
  one.abort(new Error("one"));
  await first;
  await third;
  assert.deepEqual(aborted, [true]);
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
