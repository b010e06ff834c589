import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { classify } from "./classify.ts";
import { ERROR_BODIES } from "../testing/error-bodies.ts";

test("every error body seen of a real cloud has its kind and code", () => {
  assert.ok(ERROR_BODIES.length > 130);
  for (const { what, status, body, type, kind, code } of ERROR_BODIES) {
    const found = classify({ status, body });
    assert.deepEqual([what, found.kind, found.code, found.type], [what, kind, code, type]);
  }
});

test("an exhausted pool, a taken prefix and a taken VIP answer 500 and are not transient", () => {
  const misleading = ERROR_BODIES.filter(({ status, kind }) => status === 500 && kind !== "server");
  assert.equal(misleading.length, 6);
  for (const { status, body } of misleading) assert.equal(classify({ status, body }).transient, false);
});

test("refusals that no cloud at hand could be brought to give are classed by the words of the services' sources", () => {
  const id = "41c9eada-96d4-433b-aacc-f233ffb63350";
  const neutron: readonly [number, string, string, string, string][] = [
    [409, "SubnetPoolQuotaExceeded", "Per-project subnet pool prefix quota exceeded.", "quota", "QUOTA"],
    [
      400,
      "ExternalIpAddressExhausted",
      `Unable to find any IP address on external network ${id}.`,
      "ip-exhausted",
      "SUBNET_EXHAUSTED",
    ],
    [409, "IpAddressGenerationFailureNoMatchingSubnet", "IP allocation failed.", "conflict", "NO_MATCHING_SUBNET"],
    [
      409,
      "DefaultSecurityGroupRuleExists",
      `Default Security group rule already exists. Rule id is ${id}.`,
      "already-exists",
      "RULE_EXISTS",
    ],
    [409, "DuplicateRbacPolicy", "An RBAC policy already exists with those values.", "already-exists", "EXISTS"],
    [409, "PortBindingAlreadyExists", `Binding for port ${id} on host n1 already exists.`, "already-exists", "EXISTS"],
    [
      409,
      "FipAssociated",
      `Unable to complete the operation on port ${id} because of a floating IP.`,
      "in-use",
      "IN_USE",
    ],
    [
      409,
      "DuplicateSubPort",
      `segmentation_type vlan and segmentation_id 7 already in use on trunk ${id}.`,
      "in-use",
      "IN_USE",
    ],
  ];
  for (const [status, type, message, kind, code] of neutron) {
    const found = classify({ status, body: JSON.stringify({ NeutronError: { type, message, detail: "" } }) });
    assert.deepEqual([type, found.kind, found.code], [type, kind, `OPENSTACK_${code}`]);
  }
  const octavia: readonly [number, string, string, string][] = [
    [409, "The VIP IP address is already in use: 10.0.0.7", "ip-in-use", "IP_IN_USE"],
    [409, "This pool already has a health monitor", "already-exists", "EXISTS"],
    [409, "This listener already has a default pool", "already-exists", "EXISTS"],
    [409, "Already an entity with that specified id.", "already-exists", "EXISTS"],
    [409, "A flavor of gold already exists.", "already-exists", "EXISTS"],
    [409, `Pool ${id} is in use by L7 policy ${id}`, "in-use", "IN_USE"],
    [409, `Flavor profile ${id} is in use and cannot be modified.`, "in-use", "IN_USE"],
    [501, "Provider 'foo' was not found.", "unsupported", "PROVIDER_UNKNOWN"],
  ];
  for (const [status, faultstring, kind, code] of octavia) {
    const faultcode = status >= 500 ? "Server" : "Client";
    const found = classify({ status, body: JSON.stringify({ faultcode, faultstring, debuginfo: null }) });
    assert.deepEqual([faultstring, found.kind, found.code], [faultstring, kind, `OPENSTACK_${code}`]);
    if (status >= 500) assert.equal(found.transient, false);
  }
});

test("a rule that exists tells its id", () => {
  const exists = ERROR_BODIES.find(({ type }) => type === "SecurityGroupRuleExists");
  assert.ok(exists);
  assert.equal(classify(exists).existingId, "4864ad66-33a8-45bd-9b62-bdab3e04f6f7");
});

test("a 404 tells whether the object is missing or one that the request names", () => {
  const missing = (type: string, path: string): string =>
    classify({ status: 404, path, body: JSON.stringify({ NeutronError: { type, message: "gone", detail: "" } }) }).code;
  for (const [type, path] of [
    ["PortNotFound", "/v2.0/ports/x"],
    ["SecurityGroupRuleNotFound", "/v2.0/security-group-rules/x"],
    ["QosPolicyNotFound", "/v2.0/qos/policies/x"],
    ["FloatingIPNotFound", "/v2.0/floatingips/x"],
    ["TagResourceNotFound", "/v2.0/ports/x/tags"],
  ] as const) {
    assert.equal(missing(type, path), "OPENSTACK_NOT_FOUND", type);
  }
  for (const [type, path] of [
    ["SecurityGroupNotFound", "/v2.0/ports/x"],
    ["SecurityGroupNotFound", "/v2.0/security-group-rules"],
    ["NetworkNotFound", "/v2.0/ports"],
    ["SubnetNotFound", "/v2.0/routers/x/remove_router_interface"],
  ] as const) {
    assert.equal(missing(type, path), "OPENSTACK_REFERENCE_NOT_FOUND", type);
  }
});

test("what no rule knows is classed by its status", () => {
  const bodies = ["", "<html>bad gateway</html>", "null", "[]", "7", '{"message": "no"}', '{"NeutronError": "odd"}'];
  for (const body of bodies) {
    assert.equal(classify({ status: 502, body }).kind, "server");
    assert.equal(classify({ status: 503, body }).code, "OPENSTACK_UNAVAILABLE");
    assert.equal(classify({ status: 504, body }).kind, "timeout");
    assert.equal(classify({ status: 429, body }).kind, "rate-limit");
    assert.equal(classify({ status: 418, body }).kind, "invalid");
  }
  assert.equal(classify({ status: 400, body: '{"NeutronError": "odd"}' }).message, "odd");
});

test("any status with any body gets a kind and a code", () => {
  fc.assert(
    fc.property(fc.integer({ min: 400, max: 599 }), fc.oneof(fc.string(), fc.json()), (status, body) => {
      const { kind, code, message } = classify({ status, body });
      assert.match(code, /^OPENSTACK_[A-Z_]+$/);
      assert.ok(kind.length > 0 && typeof message === "string");
    }),
  );
});
