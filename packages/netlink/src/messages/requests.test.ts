import assert from "node:assert/strict";
import { test } from "node:test";
import { Family, LinkFlag, NeighbourState, RouteFlag, RouteTable } from "../constants.ts";
import { expectAll } from "../socket/exchange.ts";
import type { LinkKind } from "./link-kind.ts";
import {
  addAddress,
  addNeighbour,
  addRoute,
  addRule,
  createLink,
  deleteAddress,
  deleteLink,
  deleteNeighbour,
  deleteRoute,
  deleteRule,
  dumpAddresses,
  dumpLinks,
  dumpNeighbours,
  dumpRoutes,
  dumpRules,
  getLink,
  setLink,
  setLinkUp,
} from "./requests.ts";
import { lacksRoot, scratchNetns } from "../netns/scratch-netns.ts";
import { openNetlink } from "../socket/socket.ts";

const skip = lacksRoot();

test("links are created, changed, listed and deleted as `ip` sees them", { skip }, async () => {
  using scratch = scratchNetns();
  using socket = openNetlink({ netns: scratch.netns });
  expectAll(
    await socket.request([
      createLink({
        name: "br0",
        kind: { type: "bridge", stp: false, forwardDelay: 0, ageingTime: 12_000 },
      }),
      createLink({
        name: "a",
        mtu: 1400,

        kind: { type: "veth", peer: { name: "b", address: "fa:16:3e:00:00:02" } },
      }),
    ]),
  );
  const bridge = expectAll(await socket.request([getLink({ name: "br0" })]))[0];
  assert.ok(bridge !== undefined);
  const shown = scratch.ip("link", "show", "dev", "br0")[0]?.["linkinfo"] as { info_data: Record<string, number> };
  // `ip` shows hundredths of a second as they are.
  assert.equal(shown.info_data["ageing_time"], 12_000);
  assert.equal(shown.info_data["stp_state"], 0);
  assert.ok(bridge.kind?.type === "bridge");
  assert.equal(bridge.kind.ageingTime, 12_000);

  const [a] = expectAll(await socket.request([getLink({ name: "a" })]));
  assert.ok(a !== undefined);
  expectAll(
    await socket.request([
      setLink({ index: a.index, name: "renamed", mtu: 1300, address: "fa:16:3e:00:00:01", group: 7 }),
      setLink({ name: "renamed", alias: "blue" }),
      setLink({ name: "renamed", master: bridge.index }),
      createLink({ name: "c", master: bridge.index, kind: { type: "veth", peer: { name: "d" } } }),
      setLinkUp({ name: "renamed" }),
      setLinkUp({ name: "b" }),
    ]),
  );
  const [renamed] = scratch.ip("link", "show", "dev", "renamed");
  assert.equal(renamed?.["mtu"], 1300);
  assert.equal(renamed?.["address"], "fa:16:3e:00:00:01");
  assert.equal(renamed?.["master"], "br0");
  assert.equal(renamed?.["group"], "7");
  assert.equal(renamed?.["ifalias"], "blue");
  assert.deepEqual(
    expectAll(await socket.request([dumpLinks({ master: bridge.index })])).map(({ name }) => name),
    ["renamed", "c"],
  );
  const listed = expectAll(await socket.request([dumpLinks()])).map(({ name }) => name);
  assert.deepEqual(new Set(listed), new Set(scratch.ip("link").map((link) => link["ifname"])));
  expectAll(await socket.request([setLink({ index: a.index, master: 0 }), setLinkUp({ index: a.index }, false)]));
  const [down] = expectAll(await socket.request([getLink({ index: a.index })]));
  assert.equal((down?.flags ?? LinkFlag.up) & LinkFlag.up, 0);
  expectAll(await socket.request([deleteLink({ name: "br0" }), deleteLink({ name: "c" }), deleteLink({ group: 7 })]));
  assert.deepEqual(
    scratch.ip("link").map((link) => link["ifname"]),
    ["lo"],
  );
  assert.throws(() => deleteLink({ group: 0 }), RangeError);
});

test("kinds that this kernel lacks are refused as EOPNOTSUPP, and those it has are made", { skip }, async () => {
  using scratch = scratchNetns();
  using socket = openNetlink({ netns: scratch.netns });
  expectAll(await socket.request([createLink({ name: "a", kind: { type: "veth" } })]));
  const parent = expectAll(await socket.request([getLink({ name: "a" })]))[0]?.index ?? 0;
  const kinds: readonly LinkKind[] = [
    { type: "macvlan", mode: "bridge" },
    { type: "vlan", id: 100, protocol: "802.1Q" },
    { type: "ipvlan", mode: "l3" },
    { type: "dummy" },
  ];
  for (const kind of kinds) {
    // An ipvlan shares its parent with no macvlan.
    const name = `k-${kind.type}`;
    const [created] = await socket.request([createLink({ name, kind, ...(kind.type === "dummy" ? {} : { parent }) })]);
    if (created?.ok === false) {
      assert.equal(created.error.code, "NETLINK_EOPNOTSUPP", kind.type);
      continue;
    }
    const [link] = expectAll(await socket.request([getLink({ name })]));
    assert.deepEqual(link?.kind, { ...(kind.type === "dummy" ? {} : { flags: 0 }), ...kind });
    assert.match(JSON.stringify(scratch.ip("link", "show", "dev", name)), new RegExp(`"info_kind":"${kind.type}"`));
    expectAll(await socket.request([deleteLink({ name })]));
  }
});

test("addresses, routes and neighbours come and go as `ip` sees them", { skip }, async () => {
  using scratch = scratchNetns();
  using socket = openNetlink({ netns: scratch.netns });
  expectAll(await socket.request([createLink({ name: "a", kind: { type: "veth", peer: { name: "b" } } })]));
  const index = expectAll(await socket.request([getLink({ name: "a" })]))[0]?.index ?? 0;
  const addresses = [
    { index, address: "10.0.0.5", prefixLength: 16, broadcast: "10.0.255.255" },
    { index, address: "192.0.2.1", prefixLength: 32, peer: "192.0.2.2", label: "a:1" },
    { index, address: "fd00::5", prefixLength: 64, flags: 2 },
  ];
  const neighbour = {
    index,
    address: "10.0.0.9",
    hardwareAddress: "fa:16:3e:00:00:09",
    state: NeighbourState.permanent,
  };
  const routes = [
    { to: "default", via: "10.0.0.1", index },
    { to: "198.51.100.0/24", via: "203.0.113.9", index, flags: RouteFlag.onlink, metric: 7, mtu: 1300 },
    {
      to: "203.0.113.0/24",
      nextHops: [
        { via: "10.0.0.2", index, weight: 3 },
        { via: "10.0.0.3", index },
      ],
    },
    { to: "fd01::/48", via: "fd00::1", index },
    { to: "10.99.0.0/16", via: "10.0.0.1", index, table: 1000 },
  ];
  expectAll(
    await socket.request([
      ...addresses.map((address) => addAddress(address)),
      setLinkUp({ name: "b" }),
      setLinkUp({ index }),
      ...routes.map((route) => addRoute(route)),
      addNeighbour(neighbour),
    ]),
  );
  const info = scratch.ip("address", "show", "dev", "a")[0]?.["addr_info"] as Record<string, unknown>[];
  const ipAddresses = info
    .filter(({ scope }) => scope === "global")
    .map((one) => [one["local"], one["address"], one["broadcast"], one["label"]]);
  assert.deepEqual(ipAddresses, [
    ["10.0.0.5", undefined, "10.0.255.255", "a"],
    ["192.0.2.1", "192.0.2.2", undefined, "a:1"],
    ["fd00::5", undefined, undefined, undefined],
  ]);
  const found = expectAll(await socket.request([dumpAddresses({ index, family: Family.inet })]));
  assert.deepEqual(
    found.map(({ address, prefixLength, peer }) => [address, prefixLength, peer]),
    [
      ["10.0.0.5", 16, undefined],
      ["192.0.2.1", 32, "192.0.2.2"],
    ],
  );

  const shown = scratch.ip("route", "show", "198.51.100.0/24")[0];
  assert.deepEqual([shown?.["gateway"], shown?.["metric"], shown?.["flags"]], ["203.0.113.9", 7, ["onlink"]]);
  assert.deepEqual(shown?.["metrics"], [{ mtu: 1300 }]);
  const hops = scratch.ip("route", "show", "203.0.113.0/24")[0]?.["nexthops"] as Record<string, unknown>[];
  assert.deepEqual(
    hops.map((hop) => [hop["gateway"], hop["weight"]]),
    [
      ["10.0.0.2", 3],
      ["10.0.0.3", 1],
    ],
  );
  const other = expectAll(await socket.request([dumpRoutes(Family.inet, 1000)]));
  assert.deepEqual(
    other.map(({ to, via, table }) => [to, via, table]),
    [["10.99.0.0/16", "10.0.0.1", 1000]],
  );
  const main = expectAll(await socket.request([dumpRoutes(Family.inet, RouteTable.main)]));
  assert.equal(main.length, scratch.ip("-4", "route").length);
  assert.deepEqual(main.find(({ to }) => to === "198.51.100.0/24")?.mtu, 1300);
  assert.equal(main.find(({ to }) => to === "203.0.113.0/24")?.nextHops?.length, 2);

  const [entry] = expectAll(await socket.request([dumpNeighbours({ index, family: Family.inet })]));
  assert.equal(entry?.hardwareAddress, "fa:16:3e:00:00:09");
  const [ipEntry] = scratch.ip("neigh", "show", "dev", "a", "to", "10.0.0.9");
  assert.deepEqual([ipEntry?.["lladdr"], ipEntry?.["state"]], ["fa:16:3e:00:00:09", ["PERMANENT"]]);

  const again = await socket.request([
    addAddress(addresses[0] ?? { index, address: "", prefixLength: 0 }),
    addRoute(routes[1] ?? { to: "default" }),
  ]);
  assert.deepEqual(
    again.map((outcome) => (outcome.ok ? "" : outcome.error.code)),
    ["NETLINK_EEXIST", "NETLINK_EEXIST"],
  );
  expectAll(await socket.request([addRoute({ to: "198.51.100.0/24", via: "10.0.0.1", index, metric: 7 }, "replace")]));
  assert.equal(scratch.ip("route", "show", "198.51.100.0/24")[0]?.["gateway"], "10.0.0.1");

  expectAll(
    await socket.request([
      deleteNeighbour(neighbour),
      ...routes.filter(({ to }) => to !== "198.51.100.0/24").map((route) => deleteRoute(route)),
      deleteRoute({ to: "198.51.100.0/24" }),
      ...addresses.map((address) => deleteAddress(address)),
    ]),
  );
  assert.deepEqual(scratch.ip("-4", "route"), []);
  assert.deepEqual(scratch.ip("-4", "address", "show", "dev", "a"), []);
});

test("rules come and go as `ip` sees them", { skip }, async () => {
  using scratch = scratchNetns();
  using socket = openNetlink({ netns: scratch.netns });
  const rules = [
    { priority: 100, from: "10.0.0.0/16", table: 1000 },
    { priority: 101, to: "fd00::/64", table: 100, incoming: "lo" },
    { priority: 102, family: Family.inet, mark: 7, markMask: 0xff, table: RouteTable.main },
  ];
  const before = scratch.ip("rule").length;
  expectAll(await socket.request(rules.map((rule) => addRule(rule))));
  const [first, last] = scratch.ip("rule").filter(({ priority }) => Number(priority) >= 100 && Number(priority) < 200);
  assert.deepEqual([first?.["src"], first?.["srclen"], first?.["table"]], ["10.0.0.0", 16, "1000"]);
  assert.deepEqual([last?.["fwmark"], last?.["fwmask"], last?.["table"]], ["0x7", "0xff", "main"]);
  const [v6] = expectAll(await socket.request([dumpRules(Family.inet6)])).filter(({ priority }) => priority === 101);
  assert.deepEqual([v6?.to, v6?.table, v6?.incoming, v6?.action], ["fd00::/64", 100, "lo", 1]);
  expectAll(await socket.request(rules.map((rule) => deleteRule(rule))));
  assert.equal(scratch.ip("rule").length, before);
});
