import assert from "node:assert/strict";
import { test } from "node:test";

import { subnetsOfPods } from "./default.ts";

const subnet = (id: string, cidr: string, network_id = "n"): { id: string; cidr: string; network_id: string } => ({
  id,
  cidr,
  network_id,
});

test("pods have one subnet, or one of each family of the same network", () => {
  assert.deepEqual(subnetsOfPods([subnet("a", "10.0.0.0/16")]), { networkId: "n", subnetIds: ["a"] });
  const both = [subnet("a", "10.0.0.0/16"), subnet("b", "fd00::/64")];
  assert.deepEqual(subnetsOfPods(both), { networkId: "n", subnetIds: ["a", "b"] });
});

test("subnets of two networks, and two of one family, are no subnets of a pod", () => {
  const networks = [subnet("a", "10.0.0.0/16"), subnet("b", "fd00::/64", "m")];
  assert.throws(() => subnetsOfPods(networks), { code: "KURYR_CONFIG_SUBNETS", message: /2 networks/ });
  const family = [subnet("a", "10.0.0.0/16"), subnet("b", "fd00::/64"), subnet("c", "10.1.0.0/16")];
  assert.throws(() => subnetsOfPods(family), {
    code: "KURYR_CONFIG_SUBNETS",
    message: /2 IPv4 subnets: a, c/,
    hint: /one of each IP family/,
  });
});
