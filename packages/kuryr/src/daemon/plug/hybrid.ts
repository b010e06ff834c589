import { writeFile } from "node:fs/promises";

import {
  createLink,
  deleteLink,
  getLink,
  LinkFlag,
  setLink,
  type DecodedLink,
  type NetlinkSocket,
  type Outcome,
  type Settled,
  sysctlPath,
} from "@kuryr/netlink";

import { KuryrError } from "../../api/errors.ts";
import type { LinkNames } from "./names.ts";

/** The ends of the pair pass frames for the pod's MAC, which is not theirs. */
const upPromiscuous = {
  flags: LinkFlag.up | LinkFlag.promiscuous,
  change: LinkFlag.up | LinkFlag.promiscuous,
} as const;

/**
 * Has the Linux bridge of a hybrid plug, and the veth pair from it to the switch; gives the bridge's index, for the
 * pod's link. What an earlier try left is taken as it is. The bridge has what os-vif gives it: no spanning tree, no
 * delay, no snooping, and no ageing, so that with its two ports it forwards everything.
 *
 * What is made after the caller has given up is deleted again.
 *
 * @throws NetlinkError, the signal's reason
 */
export async function makeHybridBridge(
  host: NetlinkSocket,
  names: LinkNames,
  mtu: number,
  procDirectory: string,
  signal: AbortSignal,
): Promise<number> {
  const kind = { type: "bridge", forwardDelay: 0, ageingTime: 0, stp: false, multicastSnooping: false } as const;
  const [made, found] = await host.request<DecodedLink>(
    [createLink({ name: names.bridge, mtu, kind }), getLink({ name: names.bridge })],
    { signal, settled: undoLate(host) },
  );
  takeExisting(made);
  const index = indexOf(found, names.bridge);
  await silenceIpv6(names.bridge, procDirectory);
  const pair = { type: "veth", peer: { name: names.switchEnd, mtu } } as const;
  const [paired, end, ...ups] = await host.request<DecodedLink>(
    [
      createLink({ name: names.bridgeEnd, mtu, kind: pair }),
      getLink({ name: names.bridgeEnd }),
      setLink({ name: names.bridgeEnd, master: index, ...upPromiscuous }),
      setLink({ name: names.switchEnd, ...upPromiscuous }),
      setLink({ index, flags: LinkFlag.up, change: LinkFlag.up }),
    ],
    { signal, settled: undoLate(host) },
  );
  takeExisting(paired);
  indexOf(end, names.bridgeEnd);
  for (const outcome of ups) if (!outcome.ok) throw outcome.error;
  return index;
}

/**
 * Deletes a link that was made while its caller gave up, by index: whoever undoes the caller's work asks on another
 * socket, and may have found nothing yet. The creation comes first among the outcomes, then the link.
 */
const undoLate =
  (host: NetlinkSocket): Settled<DecodedLink> =>
  ([made, found] = [], isAbandoned) => {
    const index = found?.ok === true ? found.answers[0]?.index : undefined;
    if (!isAbandoned || made?.ok !== true || index === undefined) return;
    // Nobody is left to tell when it fails.
    host.request([deleteLink({ index })]).catch(() => {});
  };

function indexOf(found: Outcome<DecodedLink> | undefined, name: string): number {
  if (found?.ok === false) throw found.error;
  const index = found?.answers[0]?.index;
  if (index === undefined) throw new KuryrError("KURYR_INTERNAL", `link ${name} has no index`);
  return index;
}

/** Deletes the bridge of a hybrid plug; gone already is fine. Its ports are links of their own. */
export async function deleteHybridBridges(
  host: NetlinkSocket,
  bridges: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const requests = bridges.map((name) => deleteLink({ name }));
  for (const outcome of await host.request(requests, { signal })) {
    if (!outcome.ok && outcome.error.errnoName !== "ENODEV") throw outcome.error;
  }
}

function takeExisting(outcome: Outcome<DecodedLink> | undefined): void {
  if (outcome?.ok === false && outcome.error.errnoName !== "EEXIST") throw outcome.error;
}

/**
 * Else the node itself would speak into the pod's segment, from a link-local address of the bridge. On the pool, whose
 * threads are in the node's namespace: while another holds the network's lock the kernel has the writer try again and
 * again.
 */
async function silenceIpv6(name: string, procDirectory: string): Promise<void> {
  try {
    await writeFile(sysctlPath(`net/ipv6/conf/${name}/disable_ipv6`, procDirectory), "1");
  } catch {
    // A node without IPv6, or a daemon whose /proc/sys is read-only: nothing depends on it.
  }
}
