import assert from "node:assert/strict";
import { test } from "node:test";
import { withCloud } from "../testing/setup.ts";

test("subports and addresses are sent without an envelope", async () => {
  await withCloud({}, async (server, { network: { trunks, addressGroups } }) => {
    server.fault = ({ path }) => {
      if (path.endsWith("/get_subports")) return { status: 200, body: { sub_ports: [{ port_id: "p" }] } };
      if (path.startsWith("/v2.0/trunks/")) return { status: 200, body: { id: "t", sub_ports: [] } };
      if (path.startsWith("/v2.0/address-groups/")) return { status: 200, body: { address_group: { addresses: [] } } };
      return undefined;
    };
    const subport = { port_id: "p", segmentation_type: "vlan", segmentation_id: 7 } as const;
    assert.equal((await trunks.addSubports("t", [subport])).id, "t");
    await trunks.removeSubports("t", ["p"]);
    assert.equal((await trunks.subports("t"))[0]?.port_id, "p");
    await addressGroups.addAddresses("g", ["10.0.0.1/32"]);
    await addressGroups.removeAddresses("g", ["10.0.0.1/32"]);
    assert.deepEqual(
      server.calls.map(({ method, path, body }) => [method, path, body]),
      [
        ["PUT", "/v2.0/trunks/t/add_subports", JSON.stringify({ sub_ports: [subport] })],
        ["PUT", "/v2.0/trunks/t/remove_subports", '{"sub_ports":[{"port_id":"p"}]}'],
        ["GET", "/v2.0/trunks/t/get_subports", ""],
        ["PUT", "/v2.0/address-groups/g/add_addresses", '{"addresses":["10.0.0.1/32"]}'],
        ["PUT", "/v2.0/address-groups/g/remove_addresses", '{"addresses":["10.0.0.1/32"]}'],
      ],
    );
  });
});

test("QoS rules live below their policy", async () => {
  await withCloud({}, async (server, { network: { qosPolicies } }) => {
    const replies: Readonly<Record<string, unknown>> = {
      "/v2.0/qos/policies": { policy: { id: "q" } },
      "/v2.0/qos/policies/q/bandwidth_limit_rules": { bandwidth_limit_rule: { id: "b", max_kbps: 10 } },
      "/v2.0/qos/policies/q/dscp_marking_rules": { dscp_marking_rule: { id: "d", dscp_mark: 10 } },
      "/v2.0/qos/policies/q/minimum_bandwidth_rules": { minimum_bandwidth_rule: { id: "m", min_kbps: 10 } },
    };
    server.fault = ({ path }) => (path in replies ? { status: 201, body: replies[path] } : undefined);
    const { id } = await qosPolicies.create({ name: "slow" });
    assert.equal((await qosPolicies.bandwidthLimitRules(id).create({ max_kbps: 10 })).max_kbps, 10);
    assert.equal((await qosPolicies.dscpMarkingRules(id).create({ dscp_mark: 10 })).dscp_mark, 10);
    assert.equal((await qosPolicies.minimumBandwidthRules(id).create({ min_kbps: 10 })).min_kbps, 10);
  });
});
