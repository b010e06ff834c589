import assert from "node:assert/strict";
import { test } from "node:test";

import type { NeutronPort } from "../ports/inventory.ts";
import { defaultInterface, type InterfaceContext } from "./interfaces.ts";

const port: NeutronPort = {
  id: "p",
  device_id: "u",
  network_id: "n",
  mac_address: "fa:16:3e:00:00:01",
  fixed_ips: [{ subnet_id: "s", ip_address: "10.0.0.5" }],
};
const subnet = { id: "s", cidr: "10.0.0.0/24", gateway_ip: null, host_routes: [], dns_nameservers: [] };
const context: InterfaceContext = {
  subnets: new Map([["s", subnet]]),
  networkMtu: 1442,
  deviceMtu: 0,
  bridge: "br-int",
  hybridPlug: false,
  readiness: "auto",
};
const ovs = { bound_drivers: { "0": "openvswitch" } };

test("what has bound the port decides what tells that it carries traffic, unless the configuration says", () => {
  assert.equal(defaultInterface(port, context).readiness, "ovn-installed");
  const bound = { ...port, "binding:vif_details": ovs };
  assert.equal(defaultInterface(bound, context).readiness, "active");
  assert.equal(defaultInterface(bound, { ...context, readiness: "ovn-installed" }).readiness, "ovn-installed");
  assert.equal(defaultInterface(port, { ...context, readiness: "active" }).readiness, "active");
});

test("a hybrid plug is asked for by the port, or by the configuration", () => {
  assert.equal(defaultInterface(port, context).hybridPlug, undefined);
  const asked = { ...port, "binding:vif_details": { ...ovs, ovs_hybrid_plug: true } };
  assert.equal(defaultInterface(asked, context).hybridPlug, true);
  assert.equal(defaultInterface(port, { ...context, hybridPlug: true }).hybridPlug, true);
});

test("network_device_mtu is an upper limit", () => {
  assert.equal(defaultInterface(port, { ...context, deviceMtu: 1400 }).mtu, 1400);
  assert.equal(defaultInterface(port, { ...context, deviceMtu: 9000 }).mtu, 1442);
});
