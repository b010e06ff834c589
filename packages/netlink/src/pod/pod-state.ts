import { Family, LinkFlag, RouteTable, Scope } from "../constants.ts";
import { expectAll } from "../socket/exchange.ts";
import type { DecodedLink } from "../messages/link.ts";
import type { NetnsFile } from "../netns/netns.ts";
import { dumpAddresses, dumpRoutes, getLink } from "../messages/requests.ts";
import { openNetlink, type RequestOptions } from "../socket/socket.ts";

/** An interface of a pod as the kernel has it. */
export interface PodState {
  readonly index: number;
  readonly mac: string | undefined;
  readonly mtu: number | undefined;
  readonly up: boolean;
  /** With prefix lengths; without the link-local address that the kernel makes by itself. */
  readonly addresses: readonly string[];
  /** Of the main table, those that the kernel makes for addresses included. */
  readonly routes: readonly { readonly to: string; readonly via?: string; readonly metric?: number }[];
}

/**
 * Reads what an interface in a namespace is like; undefined when there is none of that name.
 *
 * @throws NetlinkError, NetlinkTimeoutError, SystemCallError, the signal's reason
 */
export async function describePod(
  netns: NetnsFile,
  ifName: string,
  options: RequestOptions = {},
): Promise<PodState | undefined> {
  using socket = openNetlink({ netns });
  const [found] = await socket.request<DecodedLink>([getLink({ name: ifName })], options);
  if (found?.ok === false && found.error.errnoName !== "ENODEV") throw found.error;
  const link = found?.ok === true ? found.answers[0] : undefined;
  if (link === undefined) return undefined;
  const { index } = link;
  const addresses = expectAll(await socket.request([dumpAddresses({ index })], options));
  const routes = expectAll(
    await socket.request(
      [Family.inet, Family.inet6].map((family) => dumpRoutes(family, RouteTable.main)),
      options,
    ),
  );
  return {
    index,
    mac: link.address,
    mtu: link.mtu,
    up: (link.flags & LinkFlag.up) !== 0,
    addresses: addresses
      // An older kernel does not filter by link.
      .filter((address) => address.index === index && !(address.scope === Scope.link && address.address.includes(":")))
      .map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    routes: routes
      .filter((route) => route.index === index && !(route.via === undefined && route.to.startsWith("fe80:")))
      .map(({ to, via, metric }) => ({
        to,
        ...(via === undefined ? {} : { via }),
        ...(metric === undefined ? {} : { metric }),
      })),
  };
}
