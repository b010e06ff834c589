import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LinuxNetworkError } from "../errors.ts";
import { heldSocket } from "../socket/held-socket.ts";
import { deleteLinks, listLinks } from "./links.ts";
import { openNetns, ownNetnsInode } from "../netns/netns.ts";
import { slowFile } from "../netns/slow-file.ts";
import { getTxChecksum } from "../netns/offload.ts";
import { plumbPod, plumbPodSync, type PodSpec } from "./plumb.ts";
import type { VethInterface } from "./pod-plan.ts";
import { describePod } from "./pod-state.ts";
import { createLink, getLink } from "../messages/requests.ts";
import { ip, ipHasLink, lacksRoot, type ScratchNetns, scratchName, scratchNetns } from "../netns/scratch-netns.ts";
import { openNetlink } from "../socket/socket.ts";
import { writeSysctl } from "../netns/sysctl.ts";

const skip = lacksRoot();
const code = (expected: string) => (error: unknown) => error instanceof LinuxNetworkError && error.code === expected;
const mac = "fa:16:3e:0a:0b:0c";

function specOf(scratch: ScratchNetns, more: Partial<PodSpec> = {}): PodSpec & VethInterface {
  return {
    netns: scratch.netns,
    hostName: scratchName(),
    ifName: "eth0",
    mac,
    mtu: 1442,
    addresses: ["10.0.0.5/16", "fd00::5/64"],
    routes: [
      { to: "default", via: "10.0.0.1" },
      { to: "default", via: "fd00::1" },
      { to: "10.96.0.0/12", via: "10.9.9.9" },
      { to: "192.0.2.0/24" },
      // Neutron lists the subnet itself among its routes.
      { to: "10.0.0.0/16" },
    ],
    ...more,
  };
}

const openFiles = (): number => readdirSync("/proc/self/fd").length;
const threadsElsewhere = (): number =>
  readdirSync("/proc/self/task").filter((task) => statSync(`/proc/self/task/${task}/ns/net`).ino !== ownNetnsInode())
    .length;

for (const [way, plumb] of [
  ["on the pool", plumbPod],
  ["on the calling thread", async (spec: PodSpec) => plumbPodSync(spec)],
] as const) {
  test(`a pod is plumbed ${way} as \`ip\` sees it: names, MAC, MTU, addresses, routes, both ends up`, {
    skip,
  }, async () => {
    using scratch = scratchNetns();
    const spec = specOf(scratch, { txChecksumOff: true });
    const plumbed = await plumb(spec);
    const [pod] = scratch.ip("address", "show", "dev", "eth0");
    const [host] = ip("link", "show", "dev", spec.hostName);
    assert.equal(pod?.["address"], mac);
    assert.equal(pod?.["mtu"], 1442);
    assert.equal(pod?.["operstate"], "UP");
    assert.equal(pod?.["ifindex"], plumbed.index);
    assert.equal(host?.["mtu"], 1442);
    assert.equal(host?.["operstate"], "UP");
    assert.deepEqual(plumbed.host, { index: host?.["ifindex"], name: spec.hostName, mac: host?.["address"] });
    const addresses = pod?.["addr_info"] as { local: string; prefixlen: number; scope: string; tentative?: boolean }[];
    const global = addresses.filter(({ scope }) => scope === "global");
    assert.deepEqual(
      global.map(({ local, prefixlen }) => `${local}/${prefixlen}`),
      ["10.0.0.5/16", "fd00::5/64"],
    );
    assert.ok(global.every(({ tentative }) => tentative !== true));
    const routes = (family: string) =>
      scratch.ip(family, "route").map((route) => [route["dst"], route["gateway"], route["flags"]]);
    assert.deepEqual(routes("-4"), [
      ["default", "10.0.0.1", []],
      ["10.0.0.0/16", undefined, []],
      ["10.96.0.0/12", "10.9.9.9", ["onlink"]],
      ["192.0.2.0/24", undefined, []],
    ]);
    assert.deepEqual(
      routes("-6").filter(([to]) => to !== "fe80::/64"),
      [
        ["fd00::/64", undefined, []],
        ["default", "fd00::1", []],
      ],
    );
    const lo = scratch.ip("link", "show", "dev", "lo")[0]?.["flags"] as string[];
    assert.ok(lo.includes("UP"));
    assert.equal(await getTxChecksum(scratch.netns, "eth0"), false);
    await deleteLinks([spec.hostName]);
    assert.equal(scratch.ip("link").length, 1);
  });
}

test("the description of a pod is what it was plumbed with", { skip }, async () => {
  using scratch = scratchNetns();
  assert.equal(await describePod(scratch.netns, "eth0"), undefined);
  const spec = specOf(scratch);
  const { index } = await plumbPod(spec);
  const state = await describePod(scratch.netns, "eth0");
  assert.deepEqual(state, {
    index,
    mac,
    mtu: 1442,
    up: true,
    addresses: ["10.0.0.5/16", "fd00::5/64"],
    routes: [
      { to: "default", via: "10.0.0.1" },
      { to: "10.0.0.0/16" },
      { to: "10.96.0.0/12", via: "10.9.9.9" },
      { to: "192.0.2.0/24" },
      { to: "fd00::/64", metric: 256 },
      { to: "default", via: "fd00::1", metric: 1024 },
    ],
  });
  await deleteLinks([spec.hostName]);
});

test("a pod with no addresses of a sandbox that had IPv6 switched off, and one with", { skip }, async () => {
  using scratch = scratchNetns();
  writeSysctl(scratch.netns, "net.ipv6.conf.default.disable_ipv6", "1");
  const bare = specOf(scratch, { ifName: "net1", mac: "fa:16:3e:0a:0b:0d", addresses: [], routes: [] });
  const spec = specOf(scratch);
  await Promise.all([plumbPod(bare), plumbPod(spec)]);
  assert.deepEqual((await describePod(scratch.netns, "net1"))?.addresses, []);
  assert.deepEqual((await describePod(scratch.netns, "eth0"))?.addresses, ["10.0.0.5/16", "fd00::5/64"]);
  await deleteLinks([bare.hostName, spec.hostName]);
});

test("an end without an IPv6 address has no link-local one, and the node's end never", { skip }, async () => {
  using scratch = scratchNetns();
  const bare = specOf(scratch, { addresses: ["10.0.0.5/16"], routes: [] });
  const dual = specOf(scratch, { ifName: "net1", mac: "fa:16:3e:0a:0b:0d", routes: [] });
  await Promise.all([plumbPod(bare), plumbPod(dual)]);
  const modeOf = (links: readonly Record<string, unknown>[]) => links[0]?.["inet6_addr_gen_mode"];
  const linkLocal = (ifName: string) =>
    (scratch.ip("-6", "address", "show", "dev", ifName)[0]?.["addr_info"] as { scope: string }[] | undefined)?.some(
      ({ scope }) => scope === "link",
    ) ?? false;
  for (const { hostName } of [bare, dual]) assert.equal(modeOf(ip("-d", "link", "show", "dev", hostName)), "none");
  assert.equal(modeOf(scratch.ip("-d", "link", "show", "dev", "eth0")), "none");
  assert.equal(modeOf(scratch.ip("-d", "link", "show", "dev", "net1")), "eui64");
  assert.deepEqual(["eth0", "net1"].map(linkLocal), [false, true]);
  await deleteLinks([bare.hostName, dual.hostName]);
});

test("where links have no IPv6, they are plumbed all the same", { skip }, async () => {
  using scratch = scratchNetns();
  // Too small for IPv6 (RFC 8200 5): the kernel refuses to set anything of it.
  const spec = specOf(scratch, { mtu: 1000, addresses: ["10.0.0.5/16"], routes: [] });
  await plumbPod(spec);
  assert.equal((await describePod(scratch.netns, "eth0"))?.up, true);
  await deleteLinks([spec.hostName]);
});

test("settings are written before the link comes up", { skip }, async () => {
  using scratch = scratchNetns();
  const sysctls = new Map([["net/ipv4/conf/eth0/arp_notify", "1"]]);
  const spec = specOf(scratch, { sysctls });
  await plumbPod(spec);
  assert.equal(scratch.ip("link").length, 2);
  await deleteLinks([spec.hostName]);
  const bad = specOf(scratch, { sysctls: new Map([["net/ipv4/conf/eth0/no_such", "1"]]) });
  await assert.rejects(plumbPod(bad), { code: "ENOENT" });
  assert.equal(ipHasLink(bad.hostName), false);
});

test("while the kernel keeps the writing of a setting waiting, everything else goes on", { skip }, async (t) => {
  using scratch = scratchNetns();
  const procDirectory = mkdtempSync(join(tmpdir(), "plumb-"));
  t.after(() => rmSync(procDirectory, { recursive: true }));
  using slow = slowFile(join(procDirectory, "sys/net/ipv4/conf/eth0/arp_notify"));
  const sysctls = new Map([["net/ipv4/conf/eth0/arp_notify", "1"]]);
  const spec = specOf(scratch, { addresses: ["10.0.0.5/16"], routes: [], sysctls });
  const created = Promise.withResolvers<void>();
  const plumbing = plumbPod(spec, { procDirectory, created: created.resolve });
  await created.promise;
  assert.equal(await slow.release(), true);
  await plumbing;
  await deleteLinks([spec.hostName]);
});

test("a name that is taken, on the node or in the pod, leaves nothing half done and what was there untouched", {
  skip,
}, async () => {
  using scratch = scratchNetns();
  const first = specOf(scratch);
  const { index } = await plumbPod(first);
  const taken = { ...specOf(scratch, { ifName: "eth1" }), hostName: first.hostName };
  await assert.rejects(plumbPod(taken), code("NETLINK_EEXIST"));
  const inside = specOf(scratch);
  await assert.rejects(plumbPod(inside), code("NETLINK_EEXIST"));
  assert.equal(ipHasLink(inside.hostName), false);
  assert.deepEqual(
    scratch.ip("link").map((link) => link["ifname"]),
    ["lo", "eth0"],
  );
  assert.equal((await describePod(scratch.netns, "eth0"))?.index, index);
  await deleteLinks([first.hostName]);
});

test("when the second half fails the pair is removed and the error names the refused message", { skip }, async () => {
  using scratch = scratchNetns();
  const spec = specOf(scratch, { routes: [{ to: "192.0.2.0/24" }, { to: "192.0.2.0/24" }] });
  for (const plumb of [plumbPod, async (one: PodSpec) => plumbPodSync(one)]) {
    await assert.rejects(plumb(spec), /route add 192\.0\.2\.0\/24 dev \d+: EEXIST/);
    assert.equal(ipHasLink(spec.hostName), false);
    assert.equal(scratch.ip("link").length, 1);
  }
});

test("what a crash left behind under the same name is replaced when asked, and only a veth", { skip }, async () => {
  using scratch = scratchNetns();
  const spec = specOf(scratch);
  await plumbPod(spec);
  using next = scratchNetns();
  await plumbPod({ ...spec, netns: next.netns }, { replaceStale: true });
  assert.equal(scratch.ip("link").length, 1);
  assert.equal(next.ip("link").length, 2);
  await deleteLinks([spec.hostName]);
  using host = openNetlink();
  await host.request([createLink({ name: spec.hostName, kind: { type: "bridge" } })]);
  try {
    await assert.rejects(plumbPod(spec, { replaceStale: true, host }), code("NETLINK_EEXIST"));
    assert.deepEqual(await deleteLinks([spec.hostName]), { deleted: [], missing: [], refused: [spec.hostName] });
  } finally {
    ip("link", "delete", spec.hostName);
  }
});

test("the process's own namespace is never plumbed", { skip }, async () => {
  using own = openNetns("/proc/self/ns/net");
  await assert.rejects(
    plumbPod({ netns: own, hostName: scratchName(), ifName: "eth9", addresses: [], routes: [] }),
    code("NETNS_OWN"),
  );
});

test("a pair whose caller gave up while the kernel made it is removed again, though the namespace was closed meanwhile", {
  skip,
}, async () => {
  using scratch = scratchNetns();
  const { socket, sending, release } = heldSocket();
  using host = socket;
  const netns = openNetns(scratch.path);
  const spec = { ...specOf(scratch), netns };
  const abort = new AbortController();
  const before = openFiles();
  const plumbing = plumbPod(spec, { host, signal: abort.signal });
  await sending;
  abort.abort(new Error("the runtime gave up"));
  await assert.rejects(plumbing, /the runtime gave up/);
  netns.close();
  release();
  // Two turns on the same socket: the first ends after the creation, the second after its undoing.
  await host.request([getLink({ index: 1 })]);
  const [link] = await host.request([getLink({ name: spec.hostName })]);
  assert.equal(link?.ok, false);
  assert.equal(scratch.ip("link").length, 1);
  assert.equal(openFiles(), before - 1);
});

test("a link whose caller gave up goes also where its undoing needs a socket of its own", { skip }, async () => {
  using scratch = scratchNetns();
  using node = openNetlink();
  const parent = scratchName();
  await node.request([createLink({ name: parent, kind: { type: "veth" } })]);
  try {
    const parentIndex = Number(ip("link", "show", "dev", parent)[0]?.["ifindex"]);
    const kind = { type: "macvlan", mode: "bridge" } as const;
    const nested = { netns: scratch.netns, ifName: "eth1", addresses: [], routes: [], parentIndex, kind };
    const pair = specOf(scratch);
    // A pair is undone on the node, unless the socket there was closed; a link on top of another, inside the pod.
    for (const [spec, end] of [
      [pair, () => ipHasLink(pair.hostName)],
      [nested, () => scratch.ip("link").length > 1],
    ] as const) {
      const { socket: host, sending, release } = heldSocket();
      const abort = new AbortController();
      const before = openFiles();
      const plumbing = plumbPod(spec, { host, signal: abort.signal });
      await sending;
      abort.abort(new Error("the runtime gave up"));
      await assert.rejects(plumbing, /the runtime gave up/);
      host.close();
      release();
      // All files of the attempt are closed once it is undone; the host's socket was open before.
      await until(() => openFiles() < before);
      assert.equal(end(), false);
    }
  } finally {
    await deleteLinks([parent]);
  }
});

/** Lets the loop turn until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  const limit = AbortSignal.timeout(5000);
  for (; !isSo(); limit.throwIfAborted()) await new Promise((resolve) => setImmediate(resolve));
}

test("200 pods come and go without a leaked file, thread or link; forced failures included", { skip }, async () => {
  using scratch = scratchNetns();
  const names = new Set<string>();
  const cycle = async (): Promise<void> => {
    const spec = specOf(scratch, { txChecksumOff: true, announce: true });
    names.add(spec.hostName);
    await plumbPod(spec);
    await assert.rejects(plumbPod(spec), code("NETLINK_EEXIST"));
    await deleteLinks([spec.hostName]);
  };
  await cycle();
  // Packet sockets are closed on a thread of the pool, so that of the last cycle may still be open when we count.
  const before = openFiles();
  for (let at = 0; at < 200; at += 1) await cycle();
  assert.ok(openFiles() <= before + 1, `${openFiles()} open files, ${before} before`);
  assert.equal(threadsElsewhere(), 0);
  assert.equal(names.size, 201);
  assert.deepEqual(
    (await listLinks()).filter(({ name }) => names.has(name ?? "")),
    [],
  );
  assert.equal(scratch.ip("link").length, 1);
});

test("an interface on top of a link of the node (macvlan) is plumbed into the pod and undone on failure", {
  skip,
}, async () => {
  using scratch = scratchNetns();
  const parent = scratchName();
  using host = openNetlink();
  await host.request([createLink({ name: parent, kind: { type: "veth" } })]);
  try {
    const parentIndex = Number(ip("link", "show", "dev", parent)[0]?.["ifindex"]);
    const kind = { type: "macvlan", mode: "bridge" } as const;
    const spec: PodSpec = {
      netns: scratch.netns,
      ifName: "eth0",
      mac,
      addresses: ["10.0.0.5/16"],
      routes: [{ to: "default", via: "10.0.0.1" }],
      parentIndex,
      kind,
    };
    const { index, host: end } = await plumbPod(spec, { host });
    assert.equal(end, undefined);
    const state = await describePod(scratch.netns, "eth0");
    assert.equal(state?.index, index);
    assert.deepEqual(state?.addresses, ["10.0.0.5/16"]);
    const failing = {
      ...spec,
      ifName: "eth1",
      mac: "fa:16:3e:0a:0b:0d",
      routes: [{ to: "192.0.2.0/24" }, { to: "192.0.2.0/24" }],
    };
    await assert.rejects(plumbPod(failing), code("NETLINK_EEXIST"));
    assert.deepEqual(
      scratch.ip("link").map((link) => link["ifname"]),
      ["lo", "eth0"],
    );
  } finally {
    await deleteLinks([parent]);
  }
});
