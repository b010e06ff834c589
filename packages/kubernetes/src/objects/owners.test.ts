import assert from "node:assert/strict";
import { test } from "node:test";
import { controllerOf, isOwnedBy, ownerReference } from "./owners.ts";

const owner = { apiVersion: "v1", kind: "Pod", metadata: { name: "p", uid: "u1" } };

test("an owner reference names the owner and is its controller unless told otherwise", () => {
  assert.deepEqual(ownerReference(owner), {
    apiVersion: "v1",
    kind: "Pod",
    name: "p",
    uid: "u1",
    controller: true,
    blockOwnerDeletion: false,
  });
  assert.equal(ownerReference(owner, { controller: false, blockOwnerDeletion: true }).controller, false);
});

test("owners are found by uid and by being the controller", () => {
  const reference = ownerReference(owner);
  const object = { metadata: { ownerReferences: [{ ...reference, uid: "u0", controller: false }, reference] } };
  assert.equal(controllerOf(object), reference);
  assert.ok(isOwnedBy(object, "u0") && isOwnedBy(object, "u1") && !isOwnedBy(object, "u2"));
  assert.equal(controllerOf({ metadata: {} }), undefined);
  assert.equal(isOwnedBy({ metadata: {} }, "u1"), false);
});
