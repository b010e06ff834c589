import { AddressFlag, Family, LinkFlag, LOOPBACK_INDEX, RouteFlag } from "../constants.ts";
import { CodecError } from "../errors.ts";
import { contains, familyOf, networkOf, parsePrefix, type Prefix } from "../ip-address.ts";
import type { DecodedLink, Link } from "../messages/link.ts";
import type { LinkKind } from "../messages/link-kind.ts";
import { addAddress, addRoute, createLink, getLink, type Request, setLink, setLinkUp } from "../messages/requests.ts";
import type { Route } from "../messages/route.ts";

/** A route of a pod. */
export interface PodRoute {
  /** `default` or a prefix such as `10.0.0.0/8`. */
  readonly to: string;
  /** Gateway, which may lie outside the pod's prefixes; without one the destination is on the link. */
  readonly via?: string;
  readonly metric?: number;
  readonly mtu?: number;
}

interface PodInterfaceBase {
  /** Name inside the pod, such as `eth0`. */
  readonly ifName: string;
  /** Ethernet address inside the pod. */
  readonly mac?: string;
  /** Of both ends. */
  readonly mtu?: number;
  /** With prefix lengths, such as `10.0.0.5/16` and `fd00::5/64`; IPv6 without duplicate address detection. */
  readonly addresses: readonly string[];
  readonly routes: readonly PodRoute[];
}

/** A pod's end of a veth pair whose other end stays on the node. */
export interface VethInterface extends PodInterfaceBase {
  /** Name of the node's end; unique on the node. */
  readonly hostName: string;
  /** Index of a bridge to put the node's end into. */
  readonly hostMaster?: number;
}

/** A link on top of one of the node's, with nothing left on the node: VLAN subports, macvlan. */
export interface NestedInterface extends PodInterfaceBase {
  /** Index of the node's link below. */
  readonly parentIndex: number;
  readonly kind: LinkKind & { readonly type: "vlan" | "macvlan" | "ipvlan" };
}

/** One interface of a pod, as it shall be. */
export type PodInterface = VethInterface | NestedInterface;

/** Two sends plumb a pod: the first on the node, the second inside the pod. */
export interface PodPlan {
  /**
   * In the node's namespace: creates the link already in the pod's, with name, MAC and MTU. For a veth pair it also asks
   * for the node's end, whose `parent` is the index of the pod's.
   */
  readonly host: readonly Request<DecodedLink>[];
  /** In the node's namespace, straight after `host`; may fail. The node has no business in the pod's segment. */
  readonly hostSilence: readonly Request[];
  /** In the pod's namespace, only for links whose index the node cannot tell. */
  readonly find: readonly Request<DecodedLink>[];
  /** In the pod's namespace, straight before `pod`; may fail. */
  podSilence(index: number): readonly Request[];
  /** In the pod's namespace, once the index there is known: loopback up, addresses, link up, routes. */
  pod(index: number): readonly Request[];
}

/** Plans the messages that plumb one interface into the namespace open as `netnsFd`. Pure. @throws CodecError */
export function planPodPlumbing(pod: PodInterface, netnsFd: number): PodPlan {
  const addresses = pod.addresses.map(parsePrefix);
  const routes = planRoutes(pod.routes, addresses);
  const inside: Link = {
    name: pod.ifName,
    netnsFd,
    ...(pod.mac === undefined ? {} : { address: pod.mac }),
    ...(pod.mtu === undefined ? {} : { mtu: pod.mtu }),
  };
  return {
    host:
      "hostName" in pod
        ? [createLink(vethLink(pod, inside)), getLink({ name: pod.hostName })]
        : [createLink({ ...inside, parent: pod.parentIndex, kind: pod.kind })],
    hostSilence: "hostName" in pod ? [withoutLinkLocal({ name: pod.hostName })] : [],
    podSilence: (index) =>
      addresses.some(({ address }) => familyOf(address) === Family.inet6) ? [] : [withoutLinkLocal({ index })],
    find: "hostName" in pod ? [] : [getLink({ name: pod.ifName })],
    pod: (index) => [
      setLinkUp({ index: LOOPBACK_INDEX }),
      ...addresses.map(({ address, length }) =>
        addAddress({
          index,
          address,
          prefixLength: length,
          ...(familyOf(address) === Family.inet6 ? { flags: AddressFlag.noDad } : {}),
        }),
      ),
      setLinkUp({ index }),
      ...routes.map((route) => addRoute({ ...route, index })),
    ],
  };
}

/**
 * A link that comes up takes an IPv6 link-local address, and tells its segment in some eight frames to many (RFC 4861
 * 6.3.7, RFC 4862 5.4, RFC 3810 6.1): each is work for the switch, and none is of use without another IPv6 address.
 */
function withoutLinkLocal(link: { readonly index: number } | { readonly name: string }): Request {
  return setLink({ ...link, ipv6AddressMode: 1 });
}

function vethLink(pod: VethInterface, peer: Link): Link {
  return {
    name: pod.hostName,
    // The node's end may be created up; the peer may not (ENOTCONN).
    flags: LinkFlag.up,
    change: LinkFlag.up,
    ...(pod.mtu === undefined ? {} : { mtu: pod.mtu }),
    ...(pod.hostMaster === undefined ? {} : { master: pod.hostMaster }),
    kind: { type: "veth", peer },
  };
}

/** Routes on the link come first: gateways of the others may lie behind them. */
function planRoutes(routes: readonly PodRoute[], addresses: readonly Prefix[]): Route[] {
  const onLink = routes.filter(({ via, to }) => via === undefined && !isConnected(to, addresses));
  const reachable = [...addresses, ...onLink.filter(({ to }) => to !== "default").map(({ to }) => parsePrefix(to))];
  return [
    ...onLink.map((route) => planRoute(route, addresses)),
    ...routes
      .filter(({ via }) => via !== undefined)
      .map((route) => ({ ...planRoute(route, addresses), ...onlinkFlag(route.via, reachable) })),
  ];
}

function planRoute(route: PodRoute, addresses: readonly Prefix[]): Route {
  const hint = route.to === "default" ? (route.via ?? addresses[0]?.address) : route.to;
  if (hint === undefined) throw new CodecError("a default route without a gateway in a pod without an address");
  return {
    to: route.to,
    family: familyOf(hint),
    ...(route.via === undefined ? {} : { via: route.via }),
    ...(route.metric === undefined ? {} : { metric: route.metric }),
    ...(route.mtu === undefined ? {} : { mtu: route.mtu }),
  };
}

/** The kernel refuses a gateway that no prefix of the link holds, unless it is told that it is there all the same. */
function onlinkFlag(via: string | undefined, reachable: readonly Prefix[]): { flags?: number } {
  if (via === undefined || reachable.some((prefix) => contains(prefix, via))) return {};
  // Link-local gateways are on the link by nature.
  if (contains({ address: "fe80::", length: 10 }, via)) return {};
  return { flags: RouteFlag.onlink };
}

/** The kernel makes the route of an address's own prefix by itself. */
function isConnected(to: string, addresses: readonly Prefix[]): boolean {
  if (to === "default") return false;
  const network = networkOf(parsePrefix(to));
  return addresses.some((prefix) => {
    const own = networkOf(prefix);
    return own.length === network.length && own.address === network.address;
  });
}
