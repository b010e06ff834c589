import assert from "node:assert/strict";
import { test } from "node:test";

import type { AddResult } from "../cni/result.ts";
import type { InterfaceState } from "../plug/plugger.ts";
import { recordFaults, stateFaults, type Expectation } from "./check.ts";

const expected: Expectation = {
  name: "eth0",
  mac: "fa:16:3e:00:00:01",
  mtu: 1442,
  addresses: ["10.0.0.5/16", "fd00::5/64"],
  routes: [
    { dst: "0.0.0.0/0", gw: "10.0.0.1" },
    { dst: "192.168.0.0/24", gw: "10.0.0.2" },
    { dst: "::/0", gw: "fd00::1" },
  ],
};
const pod = {
  mac: expected.mac,
  mtu: 1442,
  up: true,
  addresses: ["10.0.0.5/16", "fd00::5/64"],
  routes: [
    { to: "default", via: "10.0.0.1" },
    { to: "10.0.0.0/16" },
    { to: "192.168.0.0/24", via: "10.0.0.2" },
    { to: "default", via: "fd00::1" },
  ],
};
const state = (more: Partial<NonNullable<InterfaceState["pod"]>> = {}): InterfaceState => ({
  pod: { ...pod, ...more },
  missingLinks: [],
  switchFaults: [],
});

test("[row 128] an interface that is as ADD left it has no faults, whatever others have added", () => {
  assert.deepEqual(stateFaults(expected, state()), []);
  assert.deepEqual(stateFaults(expected, state({ addresses: [...pod.addresses, "10.9.9.9/32"] })), []);
});

test("[row 128] each address, route, MAC, MTU and link that is missing is told", () => {
  assert.deepEqual(stateFaults(expected, state({ addresses: ["fd00::5/64"] })), [
    "eth0 has not the address 10.0.0.5/16",
  ]);
  assert.deepEqual(stateFaults(expected, state({ routes: pod.routes.slice(1) })), [
    "there is no route to 0.0.0.0/0 by 10.0.0.1",
  ]);
  assert.deepEqual(stateFaults(expected, state({ mac: "fa:16:3e:00:00:02" })), [
    "eth0 has MAC fa:16:3e:00:00:02 and not fa:16:3e:00:00:01",
  ]);
  assert.deepEqual(stateFaults(expected, state({ mtu: 1500 })), ["eth0 has MTU 1500 and not 1442"]);
  assert.deepEqual(stateFaults(expected, state({ up: false })), ["eth0 is down"]);
  assert.deepEqual(stateFaults(expected, { pod: undefined, missingLinks: ["tap1"], switchFaults: ["no row"] }), [
    "the pod has no interface eth0",
    "the node has no link tap1",
    "no row",
  ]);
});

test("[row 128] the runtime's record must hold what ADD answered, and may hold more", () => {
  const result: AddResult = {
    cniVersion: "1.0.0",
    interfaces: [
      { name: "tap1", mac: "02:00:00:00:00:01" },
      { name: "eth0", mac: expected.mac, sandbox: "/run/netns/x" },
    ],
    ips: [{ interface: 1, address: "10.0.0.5/16" }],
    routes: [],
    dns: {},
  };
  assert.deepEqual(recordFaults(result, undefined), []);
  assert.deepEqual(recordFaults(result, { ...result, dns: { nameservers: ["9.9.9.9"] } }), []);
  assert.deepEqual(recordFaults(result, { interfaces: [{ name: "eth0", mac: "00:00:00:00:00:00" }], ips: [] }), [
    `prevResult has not the interface eth0 with MAC ${expected.mac}`,
    "prevResult has not the address 10.0.0.5/16",
  ]);
});
