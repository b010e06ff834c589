import assert from "node:assert/strict";
import { test } from "node:test";

import { countTurns } from "../testing/turn-counter.ts";
import { Turns } from "./turns.ts";

test("those who were woken together go on in order, each in a turn of the event loop of its own", async () => {
  const turns = new Turns();
  using counter = countTurns();
  const woken = Promise.withResolvers<void>();
  const seen: { who: number; turn: number }[] = [];
  const all = [0, 1, 2, 3].map(async (who) => {
    await woken.promise;
    await turns.next();
    seen.push({ who, turn: counter.turn });
  });
  woken.resolve();
  await Promise.all(all);
  assert.deepEqual(
    seen.map(({ who }) => who),
    [0, 1, 2, 3],
  );
  assert.equal(new Set(seen.map((one) => one.turn)).size, 4);
});
