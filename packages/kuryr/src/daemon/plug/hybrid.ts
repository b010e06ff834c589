import { writeFileSync } from "node:fs";

import {
  createLink,
  deleteLink,
  getLink,
  LinkFlag,
  setLink,
  type DecodedLink,
  type NetlinkSocket,
  type Outcome,
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
    { signal },
  );
  takeExisting(made);
  if (found?.ok === false) throw found.error;
  const index = found?.answers[0]?.index;
  if (index === undefined) throw new KuryrError("KURYR_INTERNAL", `bridge ${names.bridge} has no index`);
  silenceIpv6(names.bridge, procDirectory);
  const pair = { type: "veth", peer: { name: names.switchEnd, mtu } } as const;
  const [paired, ...ups] = await host.request<DecodedLink>(
    [
      createLink({ name: names.bridgeEnd, mtu, kind: pair }),
      setLink({ name: names.bridgeEnd, master: index, ...upPromiscuous }),
      setLink({ name: names.switchEnd, ...upPromiscuous }),
      setLink({ index, flags: LinkFlag.up, change: LinkFlag.up }),
    ],
    { signal },
  );
  takeExisting(paired);
  for (const outcome of ups) if (!outcome.ok) throw outcome.error;
  return index;
}

/** Deletes the bridge of a hybrid plug; gone already is fine. Its ports are links of their own. */
export async function deleteHybridBridges(host: NetlinkSocket, bridges: readonly string[]): Promise<void> {
  for (const outcome of await host.request(bridges.map((name) => deleteLink({ name })))) {
    if (!outcome.ok && outcome.error.errnoName !== "ENODEV") throw outcome.error;
  }
}

function takeExisting(outcome: Outcome<DecodedLink> | undefined): void {
  if (outcome?.ok === false && outcome.error.errnoName !== "EEXIST") throw outcome.error;
}

/** Else the node itself would speak into the pod's segment, from a link-local address of the bridge. */
function silenceIpv6(name: string, procDirectory: string): void {
  try {
    writeFileSync(sysctlPath(`net/ipv6/conf/${name}/disable_ipv6`, procDirectory), "1");
  } catch {
    // A node without IPv6, or a daemon whose /proc/sys is read-only: nothing depends on it.
  }
}
