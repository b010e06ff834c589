import assert from "node:assert/strict";
import { test } from "node:test";

import { status } from "./status.ts";

const fine = { starting: [], lacking: [], switchDown: [] };

test("[row 129] STATUS is silent when an ADD can succeed, else 50, and 51 when running pods may suffer too", () => {
  assert.equal(status(fine), undefined);
  assert.throws(() => status({ ...fine, starting: ["KuryrPorts are not seen yet"] }), {
    cniCode: 50,
    message: "KuryrPorts are not seen yet",
  });
  assert.throws(() => status({ ...fine, lacking: ["NET_ADMIN"], switchDown: ["no switch"] }), {
    cniCode: 51,
    message: "no switch; NET_ADMIN",
  });
});
