import assert from "node:assert/strict";
import { test } from "node:test";

import type { InterfaceAddress, InterfaceRoute, PodInterface } from "../../api/kuryr-port.ts";
import { addResult } from "../cni/result.ts";
import { plumbingOf } from "./neutron-vif.ts";
import { routesOf } from "./routes.ts";

const v4: InterfaceAddress = { subnetId: "s4", ip: "10.0.0.5", prefixLength: 16, gateway: "10.0.0.1" };
const v6: InterfaceAddress = { subnetId: "s6", ip: "fd00::5", prefixLength: 64, gateway: "fd00::1" };
const bare = ({ subnetId, ip, prefixLength }: InterfaceAddress): InterfaceAddress => ({ subnetId, ip, prefixLength });

const spec = (more: Partial<PodInterface>): PodInterface => ({
  name: "eth0",
  default: true,
  driver: "neutron-vif",
  portId: "d290f1ee-6c54-4b01-90e6-d701748f0851",
  networkId: "n",
  mac: "fa:16:3e:00:00:01",
  mtu: 1442,
  bridge: "br-int",
  addresses: [v4, v6],
  routes: [],
  nameservers: [],
  readiness: "ovn-installed",
  ...more,
});
const to = (destination: string, nextHop: string): InterfaceRoute => ({ destination, nextHop });
const texts = (more: Partial<PodInterface>): string[] =>
  routesOf(spec(more)).map(({ destination, nextHop }) => `${destination} ${nextHop}`);

test("gateways give a default route for each family, and host routes follow", () => {
  assert.deepEqual(texts({ routes: [to("192.168.0.0/24", "10.0.0.2"), to("fd01::/64", "fd00::2")] }), [
    "0.0.0.0/0 10.0.0.1",
    "::/0 fd00::1",
    "192.168.0.0/24 10.0.0.2",
    "fd01::/64 fd00::2",
  ]);
});

test("a host route to everywhere yields to the subnet's gateway, and is the default route where there is none", () => {
  const routes = [to("0.0.0.0/0", "10.0.0.9"), to("::/0", "fd00::9")];
  assert.deepEqual(texts({ routes }), ["0.0.0.0/0 10.0.0.1", "::/0 fd00::1"]);
  assert.deepEqual(texts({ addresses: [bare(v4), v6], routes }), ["::/0 fd00::1", "0.0.0.0/0 10.0.0.9"]);
});

test("of several routes to one destination the first is taken, however it is written", () => {
  const routes = [
    to("192.168.0.0/24", "10.0.0.2"),
    to("192.168.0.7/24", "10.0.0.3"),
    to("fd01::/64", "fd00::2"),
    to("FD01:0::1/64", "fd00::3"),
    to("192.168.0.0/25", "10.0.0.4"),
  ];
  assert.deepEqual(texts({ addresses: [bare(v4), bare(v6)], routes }), [
    "192.168.0.0/24 10.0.0.2",
    "fd01::/64 fd00::2",
    "192.168.0.0/25 10.0.0.4",
  ]);
});

test("of two subnets of one family the first one's gateway is the default route", () => {
  const second = { ...v4, subnetId: "t4", ip: "10.1.0.5", gateway: "10.1.0.1" };
  assert.deepEqual(texts({ addresses: [v4, second] }), ["0.0.0.0/0 10.0.0.1"]);
  assert.deepEqual(texts({ addresses: [bare(v4), second] }), ["0.0.0.0/0 10.1.0.1"]);
});

test("what is on the link has no route by a gateway", () => {
  const routes = [to("10.0.0.0/16", "10.0.0.1"), to("fd00::/64", "fd00::1"), to("10.0.0.0/17", "10.0.0.1")];
  assert.deepEqual(texts({ addresses: [bare(v4), bare(v6)], routes }), ["10.0.0.0/17 10.0.0.1"]);
});

test("an interface beside the default one has no default route of any kind", () => {
  const routes = [to("0.0.0.0/0", "10.0.0.9"), to("192.168.0.0/24", "10.0.0.2")];
  assert.deepEqual(texts({ default: false, routes }), ["192.168.0.0/24 10.0.0.2"]);
});

test("the kernel is told the same routes as the runtime", () => {
  const one = spec({ routes: [to("0.0.0.0/0", "10.0.0.9"), to("192.168.0.7/24", "10.0.0.2")] });
  assert.deepEqual(plumbingOf(one, "eth0").routes, [
    { to: "default", via: "10.0.0.1" },
    { to: "default", via: "fd00::1" },
    { to: "192.168.0.0/24", via: "10.0.0.2" },
  ]);
  const { routes } = addResult("1.0.0", "/run/netns/x", [{ spec: one, name: "eth0", host: undefined }]);
  assert.deepEqual(routes, [
    { dst: "0.0.0.0/0", gw: "10.0.0.1" },
    { dst: "::/0", gw: "fd00::1" },
    { dst: "192.168.0.0/24", gw: "10.0.0.2" },
  ]);
});
