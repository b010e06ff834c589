import assert from "node:assert/strict";
import { test } from "node:test";

import { clientOperations } from "./harness/client-operations.ts";
import { coverage, recorded } from "./harness/coverage.ts";

/** What the answers to writes have to show, by the statuses that do. */
const KINDS = {
  success: [200, 201, 202, 204],
  invalid: [400],
  unauthorised: [401],
  forbidden: [403],
  "not found": [404],
  conflict: [409, 412],
} as const;
type Kind = keyof typeof KINDS;

/** What a write cannot be answered with; the first that applies to an operation and a kind says why. */
const NEVER: readonly (readonly [operation: RegExp, kinds: readonly Kind[], because: string])[] = [
  [/^DELETE /, ["invalid"], "it has no body"],
  [/ bulk$/, ["invalid", "unauthorised", "forbidden", "not found", "conflict"], "refused, it is as one without bulk"],
  [/^(POST|PUT|DELETE) lbaas\/l7policies/, ["success", "invalid", "forbidden", "conflict"], "there are no L7 policies"],
  [/\/failover$/, ["success", "invalid", "conflict"], "the provider has none"],
  [/ qos\/policies\/\{\}\/tags/, ["success", "invalid", "forbidden", "not found"], "the service cannot do it"],
  [/\/tags(\/\{\})?$/, ["not found"], "500 for what is not there, on 2026.2"],
  [/\/tags\/\{\}$/, ["invalid"], "it has no body"],
  [/\/tags(\/\{\})?$/, ["conflict"], "the last writer wins"],
  [/ quotas\/\{\}$/, ["not found", "conflict"], "every project has quotas, those that are not there as well"],
  [/^POST auth\/tokens$/, ["forbidden", "conflict"], "it is how one gets in"],
  [/^PUT security-group-rules/, ["success", "forbidden", "not found", "conflict"], "rules cannot be changed"],
  [/^POST (address-groups|qos\/policies|security-groups|subnetpools|lbaas\/loadbalancers)$/, ["not found"], "400"],
  [/^POST (address-groups|qos\/policies)$/, ["conflict"], "nothing in them must be unique"],
  [/^PUT lbaas\/healthmonitors/, ["conflict"], "as the other writes of health monitors"],
  [/^DELETE lbaas\/healthmonitors/, ["conflict"], "as the other writes of health monitors"],
  [/\/(add_addresses|remove_addresses|remove_subports|add_router_interface)$/, ["conflict"], "told as 400 or 404"],
  [/_rules\/\{\}$/, ["conflict"], "a rule of its own is no conflict"],
];

test("every operation that the client can ask for has a case", async () => {
  const covered = coverage();
  const without = [...(await clientOperations())].filter((operation) => !covered.has(operation));
  assert.deepEqual(without.sort(), [], "operations without a case; write one, and record what the real service says");
});

test("every write has success, invalid, unauthorised, forbidden, not-found and conflict cases, or a reason", async () => {
  const covered = coverage();
  const missing: string[] = [];
  for (const operation of await clientOperations()) {
    if (operation.startsWith("GET ")) continue;
    for (const [kind, statuses] of Object.entries(KINDS)) {
      if (statuses.some((status) => covered.get(operation)?.has(status) === true)) continue;
      if (!NEVER.some(([which, kinds]) => which.test(operation) && kinds.some((one) => one === kind)))
        missing.push(`${operation}: ${kind}`);
    }
  }
  assert.deepEqual(missing.sort(), []);
});

test("[row 172] Zed is held to the cases of 2026.2, but for two that leave it stuck", () => {
  const zed = recorded("zed");
  const without = [...recorded("2026.2").keys()].filter((name) => !zed.has(name));
  assert.deepEqual(without, [
    "listeners-and-pools: a pool that a listener uses fails when it shall stay with its choice",
    "load-balancer-graphs: a refused graph leaves its VIP port behind",
  ]);
});
