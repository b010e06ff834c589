import { networkOf, parsePrefix, type Prefix } from "@kuryr/netlink";

import type { InterfaceRoute, PodInterface } from "../../api/kuryr-port.ts";

/**
 * The routes of an interface by a gateway, the default ones first. Of each destination there is one, as the kernel has
 * it: that of the first subnet's gateway, or else the first that a subnet asks for. What an address makes reachable on
 * the link needs no gateway, and the default route is the default interface's alone. Destinations are written as the
 * kernel writes them (`0.0.0.0/0`, no host bits). Pure.
 *
 * @throws CodecError for a destination that is none
 */
export function routesOf({ addresses, routes, default: isDefault }: PodInterface): readonly InterfaceRoute[] {
  const onLink = addresses.map(({ ip, prefixLength }) => written({ address: ip, length: prefixLength }));
  const gateways = addresses.flatMap(({ ip, gateway }) =>
    gateway === undefined ? [] : [{ destination: everywhere(ip), nextHop: gateway }],
  );
  const taken = new Set(onLink);
  return [...gateways, ...routes]
    .map(({ destination, nextHop }) => ({ destination: written(parsePrefix(destination)), nextHop }))
    .filter(({ destination }) => {
      if (taken.has(destination) || (isEverywhere(destination) && !isDefault)) return false;
      taken.add(destination);
      return true;
    });
}

/** Whether a destination of `routesOf` is that of a default route. */
export const isEverywhere = (destination: string): boolean => destination.endsWith("/0");

const everywhere = (ip: string): string => (ip.includes(":") ? "::/0" : "0.0.0.0/0");

function written(prefix: Prefix): string {
  const { address, length } = networkOf(prefix);
  return `${address}/${length}`;
}
