import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { before, test, type TestContext } from "node:test";

import { bootGuest, ensureEmulator, ensureKernel, type GuestResult, nodePayload } from "../../dev/src/guest/index.ts";
import { layout } from "../../dev/src/layout.ts";
import type { Report } from "./in-guest/links.ts";

const root = join(import.meta.dirname, "..", "..");
const signal = AbortSignal.timeout(900_000);

let result: GuestResult;
let report: Report;

before(async () => {
  mkdirSync(layout.logs, { recursive: true });
  const progress = (text: string): void => void process.stdout.write(`${text}\n`);
  const context = { cacheDir: layout.cache, progress, signal, log: join(layout.logs, "guest.log") };
  await ensureEmulator(context);
  const kernel = await ensureKernel("cloud", context);
  const payload = await nodePayload({
    root,
    script: "test/guest/in-guest/links.ts",
    sources: ["packages/netlink", "node_modules/koffi", "node_modules/@koromix/koffi-linux-x64"],
    links: { "node_modules/@kuryr/netlink": "../../packages/netlink" },
    programs: ["/sbin/ip"],
    signal,
  });
  const modules = ["8021q", "ipvlan", "dummy", "veth", "macvlan", "bridge"];
  result = await bootGuest({ kernel, payload, modules, signal });
  assert.equal(result.exitCode, 0, result.console);
  report = JSON.parse(result.stdout) as Report;
});

/** Asserts that the record has all these values, and perhaps more. */
function includes(whole: unknown, part: object): void {
  assert.ok(typeof whole === "object" && whole !== null, `${JSON.stringify(whole)} is no record`);
  for (const [key, value] of Object.entries(part)) {
    const found: unknown = Reflect.get(whole, key);
    if (typeof value === "object") includes(found, value as object);
    else assert.equal(found, value, key);
  }
}

test("a Debian kernel boots in software emulation and runs the library on this Node", (t: TestContext) => {
  assert.match(report.kernel, /-cloud-amd64$/);
  t.diagnostic(`kernel ${report.kernel}: up after ${(result.bootMs / 1000).toFixed(1)} s`);
  t.diagnostic(`off again after ${(result.totalMs / 1000).toFixed(1)} s`);
});

test("vlan, ipvlan, macvlan, dummy and bridge are made, read back, seen by `ip`, and deleted", () => {
  assert.deepEqual(
    report.kinds.map(({ asked }) => asked.type),
    ["vlan", "vlan", "ipvlan", "ipvlan", "macvlan", "dummy", "bridge"],
  );
  for (const { asked, read, parentIsRight, ip, gone } of report.kinds) {
    includes(read, asked);
    includes(ip, { info_kind: asked.type });
    assert.deepEqual([parentIsRight, gone], [true, true], JSON.stringify(asked));
  }
});

test("what `ip` says of the kinds' options is what was asked for", () => {
  const data = report.kinds.map(({ ip }) => ip);
  includes(data[0], { info_data: { protocol: "802.1Q", id: 100 } });
  includes(data[1], { info_data: { protocol: "802.1ad", id: 4094 } });
  includes(data[2], { info_data: { mode: "l2" } });
  includes(data[3], { info_data: { mode: "l3s" } });
  includes(data[4], { info_data: { mode: "bridge" } });
  includes(data[6], { info_data: { stp_state: 0, forward_delay: 0, vlan_filtering: 1 } });
});

test("a kind that no module of the guest makes is refused as EOPNOTSUPP", () => {
  assert.equal(report.refusal?.code, "NETLINK_EOPNOTSUPP");
});

test("pods on VLANs of a wire reach each other by the same tag and by no other", () => {
  includes(report.pods["vlan"], { first: { up: true, mtu: 1500, addresses: ["10.1.0.1/24"] } });
  includes(report.pods["vlan"], { reachesPeer: true, reachesOther: false });
});

for (const kind of ["ipvlan", "macvlan"]) {
  test(`pods on ${kind} links of two nodes reach each other`, () => {
    includes(report.pods[kind], { first: { up: true, addresses: ["10.1.0.1/24"] }, reachesPeer: true });
  });
}

test("TX checksum offload is switched off by the ethtool call on this kernel too", () => {
  assert.deepEqual(report.txChecksum, [true, false]);
});
