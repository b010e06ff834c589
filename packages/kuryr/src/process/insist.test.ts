import assert from "node:assert/strict";
import { test } from "node:test";

import { ManualClock } from "@kuryr/kubernetes";

import { jsonLogger } from "../log/logger.ts";
import { insist } from "./insist.ts";

const quiet = jsonLogger({ level: "error", write: () => undefined });

test("what fails is tried again until it succeeds", async () => {
  const clock = new ManualClock();
  let tries = 0;
  const work = async (): Promise<string> => {
    tries += 1;
    // The pause begins after this promise has settled.
    setImmediate(() => clock.advance(20_000));
    if (tries < 4) throw new Error("not yet");
    return "done";
  };
  assert.equal(await insist("it", work, { clock, log: quiet, signal: new AbortController().signal }), "done");
  assert.equal(tries, 4);
});

test("stopping the process ends the waiting", async () => {
  const stop = new AbortController();
  const work = async (): Promise<never> => {
    setImmediate(() => stop.abort(new Error("stopped")));
    throw new Error("never");
  };
  await assert.rejects(insist("it", work, { clock: new ManualClock(), log: quiet, signal: stop.signal }), /stopped/);
});
