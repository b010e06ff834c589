import assert from "node:assert/strict";
import { test } from "node:test";

import type { Port } from "@kuryr/openstack";

import { shapeOf } from "./key.ts";
import { hasShape } from "./shape.ts";

const shape = shapeOf({ network_id: "n", device_owner: "compute:kuryr", tags: ["a", "b"] });
const port = {
  id: "p",
  device_owner: "compute:kuryr",
  tags: ["b", "a"],
  admin_state_up: true,
  port_security_enabled: true,
  allowed_address_pairs: [],
  qos_policy_id: null,
} as unknown as Port;

test("a port is as it was made, in whatever order its tags are", () => {
  assert.ok(hasShape(port, shape));
});

test("a port that somebody has changed, or that an older configuration made, is not", () => {
  for (const change of [
    { tags: ["a"] },
    { admin_state_up: false },
    { port_security_enabled: false },
    { allowed_address_pairs: [{ ip_address: "10.0.0.1", mac_address: "m" }] },
    { qos_policy_id: "q" },
    { device_owner: "compute:nova" },
  ])
    assert.ok(!hasShape({ ...port, ...change }, shape), JSON.stringify(change));
});
