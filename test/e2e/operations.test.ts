import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { coverage } from "../contract/openstack/harness/coverage.ts";
import { controllerMetrics } from "../support/kuryr.ts";
import { apply, deleteNamespace, demoPod, makeNamespace, nothingLeft, readyPods } from "../support/pods.ts";
import { kubectl } from "../support/stack.ts";

const namespace = "e2e-operations";

before(() => makeNamespace(namespace));
after(() => deleteNamespace(namespace));

/** Operations that the running controller has asked of OpenStack, by its request counters. */
async function issued(): Promise<string[]> {
  const samples = (await controllerMetrics()).matchAll(/^kuryr_openstack_requests_total\{[^}]*?operation="([^"]*)"/gm);
  return [...new Set([...samples].map(([, operation = ""]) => operation))];
}

test("every operation that the running controller issues has a case in the contract of OpenStack", async () => {
  await apply(demoPod(namespace, "one", "node1"));
  await readyPods(namespace, 1);
  await kubectl(["-n", namespace, "delete", "pods", "--all", "--now"]);
  await nothingLeft(namespace, 60_000);
  const operations = await issued();
  assert.ok(operations.includes("POST ports"), `the controller counts its requests: ${operations.join(", ")}`);
  const covered = coverage();
  assert.deepEqual(
    operations.filter((operation) => !covered.has(operation)),
    [],
  );
});
