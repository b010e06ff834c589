import assert from "node:assert/strict";
import { test } from "node:test";

import type { PodInterface } from "./kuryr-port.ts";
import { vifsOf } from "./vifs.ts";

const spec: PodInterface = {
  name: "eth0",
  default: true,
  driver: "neutron-vif",
  portId: "a1a2a3a4-b1b2-c1c2-d1d2-e1e2e3e4e5e6",
  networkId: "n1",
  mac: "fa:16:3e:00:00:01",
  mtu: 1442,
  bridge: "br-int",
  addresses: [
    { subnetId: "s4", ip: "10.10.5.9", prefixLength: 22, gateway: "10.10.4.1" },
    { subnetId: "s6", ip: "fd00:1::abcd", prefixLength: 64 },
  ],
  routes: [
    { destination: "192.0.2.0/24", nextHop: "10.10.4.2" },
    { destination: "2001:db8::/32", nextHop: "fd00:1::2" },
  ],
  nameservers: ["10.10.0.53"],
  readiness: "ovn-installed",
};

interface Data {
  readonly objects?: readonly { readonly "versioned_object.data": Data }[];
  readonly [key: string]: unknown;
}
const dataOf = (object: unknown): Data => (object as { "versioned_object.data": Data })["versioned_object.data"];

test("an interface is shown as os-vif's VIFOpenVSwitch, by its name in the pod", () => {
  const { eth0 } = vifsOf([spec], true);
  assert.equal(eth0?.default, true);
  assert.equal(eth0.vif["versioned_object.name"], "VIFOpenVSwitch");
  const data = dataOf(eth0.vif);
  assert.equal(data["address"], spec.mac);
  assert.equal(data["active"], true);
  assert.equal(dataOf(data["port_profile"])["interface_id"], spec.portId);
});

test("subnets are shown by their prefix, with the gateway, routes and name servers of their family", () => {
  const network = dataOf(dataOf(vifsOf([spec], true)["eth0"]?.vif)["network"]);
  const [v4, v6] = (dataOf(network["subnets"]).objects ?? []).map(dataOf);
  assert.equal(v4?.["cidr"], "10.10.4.0/22");
  assert.equal(v4["gateway"], "10.10.4.1");
  assert.deepEqual(v4["dns"], ["10.10.0.53"]);
  assert.equal(dataOf(dataOf(v4["routes"]).objects?.[0])["cidr"], "192.0.2.0/24");
  assert.equal(v6?.["cidr"], "fd00:1::/64");
  assert.equal(v6["gateway"], undefined);
  assert.deepEqual(v6["dns"], []);
  assert.equal(dataOf(dataOf(v6["routes"]).objects?.[0])["gateway"], "fd00:1::2");
});

test("a hybrid plug is shown as VIFBridge", () => {
  const { eth0 } = vifsOf([{ ...spec, hybridPlug: true }], false);
  assert.equal(eth0?.vif["versioned_object.name"], "VIFBridge");
  assert.equal(dataOf(eth0.vif)["bridge_name"], "qbra1a2a3a4-b1");
});
