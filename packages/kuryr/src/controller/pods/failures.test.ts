import assert from "node:assert/strict";
import { test } from "node:test";

import { OpenStackError, type ErrorFacts } from "@kuryr/openstack";

import { KuryrError } from "../../api/errors.ts";
import { failureNote, hostPortNote } from "./failures.ts";
import { projectPod } from "./projection.ts";

const openstack = (message: string, facts: Partial<ErrorFacts>): OpenStackError =>
  new OpenStackError(message, { kind: "server", code: "OPENSTACK_SERVER", service: "network", ...facts });

test("each kind of trouble has its reason, and a message of code, cause and what to do", () => {
  const cases: readonly (readonly [unknown, string, RegExp])[] = [
    [openstack("m", { kind: "quota", code: "OPENSTACK_QUOTA" }), "PortQuotaExceeded", /^OPENSTACK_QUOTA: .*Raise it/],
    [
      openstack("m", { kind: "ip-exhausted", code: "OPENSTACK_SUBNET_EXHAUSTED" }),
      "SubnetExhausted",
      /no free address/,
    ],
    [
      openstack("network: POST /v2.0/ports: 404 SecurityGroupNotFound: Security group x does not exist", {
        kind: "not-found",
        type: "SecurityGroupNotFound",
        code: "OPENSTACK_NOT_FOUND",
      }),
      "SecurityGroupNotFound",
      /: Security group x does not exist\. Mend/,
    ],
    [
      openstack("network: GET /v2.0/subnets/x: 404 SubnetNotFound: Subnet x could not be found.", {
        kind: "not-found",
        type: "SubnetNotFound",
        path: "/v2.0/subnets/x",
      }),
      "NoPodSubnetFound",
      /Subnet x could not be found/,
    ],
    [openstack("m", { kind: "auth", service: "identity" }), "OpenStackRefused", /refuses Kuryr's user/],
    [openstack("m", { kind: "timeout" }), "OpenStackUnavailable", /Neutron gives no usable answer/],
    [openstack("m", { kind: "network", service: "identity" }), "OpenStackUnavailable", /Keystone gives no/],
    [
      new KuryrError("KURYR_BINDING_FAILED", "could not bind", "look at n"),
      "PortBindingFailed",
      /could not bind\. Look/,
    ],
    [new Error("odd"), "ExceptionOnKPUpdate", /^KURYR_INTERNAL: odd/],
  ];
  for (const [error, reason, message] of cases) {
    const note = failureNote(error);
    assert.equal(note.type, "Warning");
    assert.equal(note.reason, reason);
    assert.match(note.message, message);
  }
});

test("the same trouble is the same message, whichever request met it", () => {
  const one = openstack("a", { kind: "quota", requestId: "req-1" });
  const other = openstack("b", { kind: "quota", requestId: "req-2" });
  assert.deepEqual(failureNote(one), failureNote(other));
});

test("a pod that wants a port of the node is told who serves it, unless the runtime does", () => {
  const pod = projectPod([])({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "n", uid: "u", resourceVersion: "1" },
    spec: { nodeName: "node1", containers: [{ ports: [{ hostPort: 80 }, {}] }, { ports: [{ hostPort: 443 }] }, {}] },
  });
  assert.deepEqual(pod.hostPorts, [80, 443]);
  assert.match(hostPortNote(pod, [])?.message ?? "", /^KURYR_HOST_PORT: nothing answers at host port 80, 443: .*Use a/);
  assert.equal(hostPortNote(pod, ["portmap"]), undefined);
  const { hostPorts: _, ...plain } = pod;
  assert.equal(hostPortNote(plain, []), undefined);
});
