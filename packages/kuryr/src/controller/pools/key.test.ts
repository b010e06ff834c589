import assert from "node:assert/strict";
import { test } from "node:test";

import type { PortCreate } from "@kuryr/openstack";
import fc from "fast-check";

import type { NeutronPort } from "../ports/inventory.ts";
import { digestOf, keyOfPort, keyOfWanted, portFor, shapeOf } from "./key.ts";
import { isPoolMark, parsePoolMark, poolMarkOf } from "./mark.ts";

const wanted: PortCreate = {
  network_id: "n",
  fixed_ips: [{ subnet_id: "s4" }, { subnet_id: "s6" }],
  security_groups: ["b", "a"],
  "binding:host_id": "node1",
  device_owner: "compute:kuryr",
  device_id: "uid",
  description: "kuryr:c:pod/ns/p",
  tags: ["t"],
};

const seen: NeutronPort = {
  id: "p",
  device_id: "",
  network_id: "n",
  mac_address: "m",
  fixed_ips: [
    { subnet_id: "s6", ip_address: "::1" },
    { subnet_id: "s4", ip_address: "10.0.0.1" },
  ],
  "binding:host_id": "node1",
  security_groups: ["a", "b"],
  project_id: "own",
};

test("what Neutron says of a port leads to the pool that it was asked for, in whatever order it says it", () => {
  const key = keyOfWanted(wanted, "own");
  assert.ok(key !== undefined);
  assert.equal(digestOf(key), digestOf(keyOfPort(seen, shapeOf(wanted))));
});

test("pods share a pool whatever their names are, and nothing else that a port is made with may differ", () => {
  const digest = (of: PortCreate): string => {
    const key = keyOfWanted(of, "own");
    return key === undefined ? "none" : digestOf(key);
  };
  const same = { ...wanted, device_id: "other", description: "kuryr:c:pod/ns/q", name: "ns/q", project_id: "own" };
  assert.equal(digest(same), digest(wanted));
  const others: PortCreate[] = [
    { ...wanted, "binding:host_id": "node2" },
    { ...wanted, project_id: "another" },
    { ...wanted, network_id: "m" },
    { ...wanted, fixed_ips: [{ subnet_id: "s4" }] },
    { ...wanted, security_groups: ["a"] },
    { ...wanted, tags: ["u"] },
    { ...wanted, port_security_enabled: false },
  ];
  assert.equal(new Set([wanted, ...others].map(digest)).size, others.length + 1);
});

test("no pool has ports with an address, a MAC or a bandwidth of their own", () => {
  for (const own of [
    { fixed_ips: [{ subnet_id: "s4", ip_address: "10.0.0.9" }] },
    { fixed_ips: [] },
    { mac_address: "fa:16:3e:00:00:01" },
    { qos_policy_id: "q" },
  ])
    assert.equal(keyOfWanted({ ...wanted, ...own }, "own"), undefined);
});

test("a port for a pool is a pod's, with nothing of the pod in it", () => {
  const key = keyOfWanted(wanted, "own");
  assert.ok(key !== undefined);
  const identity = { device_id: "", description: "waits" };
  assert.deepEqual(portFor(key, identity), { ...wanted, project_id: "own", ...identity });
});

test("a pool's mark is read as it was written, never longer than Neutron takes, and no other is one", () => {
  const hex = fc
    .array(fc.constantFrom(..."0123456789abcdef".split("")), { minLength: 16, maxLength: 16 })
    .map((a) => a.join(""));
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,251}[a-z0-9]$/);
  const time = fc.option(fc.integer({ min: 0, max: 99_999_999_999 }), { nil: undefined });
  fc.assert(
    fc.property(hex, name, time, (digest, node, seconds) => {
      const releasedAt = seconds === undefined ? undefined : seconds * 1000;
      const mark = poolMarkOf("ea6d0d57-9b1b-4a54-9a0b-3a3a1f5cf0fb", node, { digest, releasedAt });
      assert.ok(mark.length <= 255);
      assert.deepEqual(parsePoolMark("ea6d0d57-9b1b-4a54-9a0b-3a3a1f5cf0fb", mark), { digest, releasedAt });
      assert.equal(parsePoolMark("another", mark), undefined);
    }),
  );
  for (const other of ["", "kuryr:c:pod/ns/p", "kuryr:c:poolside/a/b", "pool/a/b"]) assert.ok(!isPoolMark("c", other));
  assert.equal(parsePoolMark("c", "kuryr:c:pool/nonsense/node1"), undefined);
});
