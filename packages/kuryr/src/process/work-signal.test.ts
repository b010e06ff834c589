import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";

import { firstSignal, lastSignal } from "./work-signal.ts";

test("the first of several signals aborts it with its reason, also one that had aborted before", () => {
  for (const before of [false, true]) {
    const [one, two] = [new AbortController(), new AbortController()];
    if (before) two.abort("two");
    using first = firstSignal([one.signal, two.signal]);
    two.abort("two");
    one.abort("one");
    assert.equal(first.signal.reason, "two");
  }
});

test("time aborts it with what is late", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const stays = new AbortController();
  using first = firstSignal([stays.signal], { timeoutMs: 100, late: () => "late" });
  t.mock.timers.tick(99);
  assert.equal(first.signal.aborted, false);
  t.mock.timers.tick(1);
  assert.equal(first.signal.reason, "late");
});

test("disposed of, it leaves nothing on the signals and never aborts any more", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const stays = new AbortController();
  const first = firstSignal([stays.signal], { timeoutMs: 100, late: () => "late" });
  assert.equal(getEventListeners(stays.signal, "abort").length, 1);
  first[Symbol.dispose]();
  assert.equal(getEventListeners(stays.signal, "abort").length, 0);
  t.mock.timers.tick(100);
  stays.abort();
  assert.equal(first.signal.aborted, false);
});

test("the last of several signals aborts it, and without any nothing does", () => {
  const [one, two] = [new AbortController(), new AbortController()];
  using last = lastSignal([one.signal, two.signal]);
  using none = lastSignal([]);
  one.abort("one");
  assert.equal(last.signal.aborted, false);
  two.abort("two");
  assert.equal(last.signal.reason, "two");
  assert.equal(lastSignal([one.signal, two.signal]).signal.aborted, true);
  assert.equal(none.signal.aborted, false);
});
