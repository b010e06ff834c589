import { execFileSync } from "node:child_process";

import {
  createLink,
  deleteLink,
  describePod,
  expectAll,
  getLink,
  getTxChecksum,
  type LinkKind,
  linkExists,
  openNetlink,
  openNetns,
  plumbPod,
  setLinkUp,
  setTxChecksum,
} from "@kuryr/netlink";

/** What the guest prints, as JSON. */
export interface Report {
  readonly kernel: string;
  /** Each kind made, read back by the library and by `ip`, and deleted again. */
  readonly kinds: readonly {
    readonly asked: LinkKind;
    readonly read: LinkKind | undefined;
    readonly parentIsRight: boolean;
    /** `linkinfo` of `ip -d`. */
    readonly ip: unknown;
    readonly gone: boolean;
  }[];
  /** Code and hint of a kind whose module the guest has not. */
  readonly refusal: { readonly code: string; readonly hint: string } | undefined;
  /** Of two nodes on one wire, a pod on each: what the pods are like, and whom the first one's pings reach. */
  readonly pods: Readonly<Record<string, PodsReport>>;
  readonly txChecksum: readonly boolean[];
}

export interface PodsReport {
  readonly first: unknown;
  readonly reachesPeer: boolean;
  /** For VLANs: a pod of the same addresses behind another tag. */
  readonly reachesOther: boolean;
}

const ip = (...words: string[]): string => execFileSync("/usr/bin/ip", words, { encoding: "utf8" });

function reaches(from: string, address: string): boolean {
  try {
    ip("netns", "exec", from, "/bin/busybox", "ping", "-c", "1", "-W", "1", address);
    return true;
  } catch {
    return false;
  }
}

using host = openNetlink();

async function indexOf(name: string): Promise<number> {
  return expectAll(await host.request([getLink({ name })]))[0]?.index ?? 0;
}

async function tryKinds(parent: number): Promise<Report["kinds"]> {
  const asked: readonly LinkKind[] = [
    { type: "vlan", id: 100, protocol: "802.1Q" },
    { type: "vlan", id: 4094, protocol: "802.1ad" },
    { type: "ipvlan", mode: "l2", flags: 0 },
    { type: "ipvlan", mode: "l3s", flags: 0 },
    { type: "macvlan", mode: "bridge", flags: 0 },
    { type: "dummy" },
    { type: "bridge", stp: false, forwardDelay: 0, vlanFiltering: true },
  ];
  const found: Report["kinds"][number][] = [];
  for (const kind of asked) {
    const name = "tried0";
    const below = kind.type !== "dummy" && kind.type !== "bridge";
    expectAll(await host.request([createLink({ name, kind, ...(below ? { parent } : {}) })]));
    const [link] = expectAll(await host.request([getLink({ name })]));
    const [seen] = JSON.parse(ip("-j", "-d", "link", "show", "dev", name)) as { linkinfo?: unknown }[];
    expectAll(await host.request([deleteLink({ index: link?.index ?? 0 })]));
    found.push({
      asked: kind,
      read: link?.kind,
      parentIsRight: link?.parent === (below ? parent : undefined),
      ip: seen?.linkinfo,
      gone: !(await linkExists(name)),
    });
  }
  return found;
}

/** Plumbs a pod on the link of a node, into a namespace of its own. */
async function pod(
  name: string,
  parent: string,
  kind: LinkKind & { type: "vlan" | "ipvlan" | "macvlan" },
  address: string,
): Promise<void> {
  ip("netns", "add", name);
  using netns = openNetns(`/run/netns/${name}`);
  const parentIndex = await indexOf(parent);
  await plumbPod({ netns, ifName: "eth0", parentIndex, kind, addresses: [address], routes: [] }, { host });
}

async function tryPods(
  kind: LinkKind & { type: "vlan" | "ipvlan" | "macvlan" },
  other?: LinkKind & { type: "vlan" },
): Promise<PodsReport> {
  await pod("first", "wire0", kind, "10.1.0.1/24");
  await pod("second", "wire1", kind, "10.1.0.2/24");
  if (other !== undefined) await pod("other", "wire1", other, "10.1.0.3/24");
  try {
    using netns = openNetns("/run/netns/first");
    return {
      first: await describePod(netns, "eth0"),
      reachesPeer: reaches("first", "10.1.0.2"),
      reachesOther: other !== undefined && reaches("first", "10.1.0.3"),
    };
  } finally {
    for (const name of ["first", "second", ...(other === undefined ? [] : ["other"])]) ip("netns", "delete", name);
  }
}

async function refusal(): Promise<Report["refusal"]> {
  const [outcome] = await host.request([createLink({ name: "tried0", kind: { type: "other", name: "nokind" } })]);
  return outcome?.ok === false ? { code: outcome.error.code, hint: outcome.error.hint } : undefined;
}

async function switchTxChecksum(): Promise<boolean[]> {
  ip("netns", "add", "offload");
  using netns = openNetns("/run/netns/offload");
  using socket = openNetlink({ netns });
  expectAll(await socket.request([createLink({ name: "a", kind: { type: "veth", peer: { name: "b" } } })]));
  const seen = [await getTxChecksum(netns, "a")];
  await setTxChecksum(netns, "a", false);
  seen.push(await getTxChecksum(netns, "a"));
  return seen;
}

expectAll(await host.request([createLink({ name: "wire0", kind: { type: "veth", peer: { name: "wire1" } } })]));
expectAll(await host.request([setLinkUp({ name: "wire0" }), setLinkUp({ name: "wire1" })]));
const report: Report = {
  kernel: execFileSync("/bin/busybox", ["uname", "-r"], { encoding: "utf8" }).trim(),
  kinds: await tryKinds(await indexOf("wire0")),
  refusal: await refusal(),
  pods: {
    vlan: await tryPods({ type: "vlan", id: 7 }, { type: "vlan", id: 8 }),
    ipvlan: await tryPods({ type: "ipvlan", mode: "l2" }),
    macvlan: await tryPods({ type: "macvlan", mode: "bridge" }),
  },
  txChecksum: await switchTxChecksum(),
};
process.stdout.write(JSON.stringify(report));
