import assert from "node:assert/strict";
import { test } from "node:test";

import { podOfHolder } from "../../api/lease.ts";
import { identityOf } from "./identity.ts";

const pod = { KUBERNETES_POD_NAME: "kuryr-controller-abc-1", KUBERNETES_POD_UID: "u1" };

test("an earlier start in the same pod has ended; another pod, a namesake included, may still run", () => {
  const { holder, hasEnded, instance } = identityOf(pod, "s2");
  assert.equal(instance, pod.KUBERNETES_POD_NAME);
  assert.equal(podOfHolder(holder), pod.KUBERNETES_POD_NAME);
  assert.equal(hasEnded(identityOf(pod, "s1").holder), true);
  assert.equal(hasEnded(identityOf({ ...pod, KUBERNETES_POD_UID: "u2" }).holder), false);
  assert.equal(hasEnded(identityOf({ ...pod, KUBERNETES_POD_NAME: "kuryr-controller-abc-12" }).holder), false);
});

test("outside a pod nobody knows of a predecessor's end", () => {
  const one = identityOf({});
  const other = identityOf({});
  assert.notEqual(one.holder, other.holder);
  assert.equal(one.hasEnded(other.holder), false);
});
