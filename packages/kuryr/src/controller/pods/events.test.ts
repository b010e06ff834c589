import assert from "node:assert/strict";
import { test } from "node:test";

import { Fence } from "../leadership/fence.ts";
import { whileTrue } from "./events.ts";

test("[row 155] a controller whose Lease ran out, by the clock alone, tells people nothing", () => {
  const told: string[] = [];
  const fence = new Fence();
  const events = whileTrue({ record: (_, { message }) => void told.push(message) }, () => fence.isOpen);
  const tell = (message: string): void =>
    events.record({ apiVersion: "v1", kind: "Pod", name: "p" }, { type: "Warning", reason: "Test", message });
  tell("before it leads");
  let leftMs = 4000;
  fence.open({ writeLimitMs: () => leftMs });
  tell("while it leads");
  leftMs = 0;
  tell("after a pause");
  leftMs = 4000;
  tell("renewed");
  fence.close();
  tell("afterwards");
  assert.deepEqual(told, ["while it leads", "renewed"]);
});
