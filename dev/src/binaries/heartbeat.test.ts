import assert from "node:assert/strict";
import { test } from "node:test";

import { withHeartbeat } from "./heartbeat.ts";

test("a long task is named at once and again while it lasts, and falls silent when it is done", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const told: string[] = [];
  const { promise, resolve } = Promise.withResolvers<number>();
  const result = withHeartbeat(
    "building etcd",
    (text) => told.push(text),
    () => promise,
    10_000,
  );
  t.mock.timers.tick(25_000);
  resolve(7);
  assert.equal(await result, 7);
  t.mock.timers.tick(60_000);
  assert.equal(told.length, 3);
  assert.equal(told[0], "building etcd");
  assert.match(told[2] ?? "", /^building etcd, \d+ s so far$/);
});
