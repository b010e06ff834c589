import assert from "node:assert/strict";
import { test } from "node:test";

import { manualClock } from "./clock.ts";

test("time stands still until it is moved, and work runs in the order in which it falls due", () => {
  const clock = manualClock(1000);
  const ran: string[] = [];
  clock.after(20, () => ran.push(`late at ${clock.now()}`));
  clock.after(10, () => {
    ran.push(`early at ${clock.now()}`);
    clock.after(5, () => ran.push(`chained at ${clock.now()}`));
  });
  const callOff = clock.after(12, () => ran.push("called off"));
  callOff();
  clock.advance(9);
  assert.deepEqual(ran, []);
  clock.advance(100);
  assert.deepEqual(ran, ["early at 1010", "chained at 1015", "late at 1020"]);
  assert.equal(clock.now(), 1109);
});
