import { AddressFlag, Family, LinkFlag, LOOPBACK_INDEX, NeighbourState, RouteFlag } from "./constants.ts";
import { CodecError } from "./errors.ts";
import { familyOf, parsePrefix } from "./ip-address.ts";
import type { DecodedLink, Link } from "./link.ts";
import type { LinkKind, MacvlanMode, VlanProtocol } from "./link-kind.ts";
import type { Route } from "./route.ts";
import { addAddress, addNeighbour, addRoute, createLink, getLink, type Request, setLinkUp } from "./requests.ts";

/** How the pod's link hangs on the node. */
export type Attachment =
  | {
      readonly type: "veth";
      /** Name of the node's end; unique on the node. */
      readonly hostName: string;
      readonly hostMtu?: number;
      readonly hostAddress?: string;
      /** Index of a bridge to put the node's end into. */
      readonly hostMaster?: number;
      readonly hostGroup?: number;
    }
  | { readonly type: "vlan"; readonly parentIndex: number; readonly id: number; readonly protocol?: VlanProtocol }
  | { readonly type: "macvlan"; readonly parentIndex: number; readonly mode?: MacvlanMode };

/** A route of the pod. */
export interface PodRoute {
  /** `default` or a prefix. */
  readonly to: string;
  /** Gateway; without one the prefix is on the link. */
  readonly via?: string;
  /** The gateway lies outside every connected prefix. */
  readonly onlink?: boolean;
  readonly metric?: number;
  readonly source?: string;
  readonly mtu?: number;
}

/** One interface of a pod, as it shall be. */
export interface PodInterface {
  readonly attachment: Attachment;
  /** Name inside the pod, such as `eth0`. */
  readonly name: string;
  /** Hardware address inside the pod. */
  readonly hardwareAddress?: string;
  readonly mtu?: number;
  readonly txQueueLength?: number;
  /** Such as `10.0.0.5/16` and `fd00::5/64`; IPv6 without duplicate address detection. */
  readonly addresses: readonly string[];
  readonly routes: readonly PodRoute[];
  /** Permanent neighbour entries. */
  readonly neighbours?: readonly { readonly address: string; readonly hardwareAddress: string }[];
  /** Network settings to write inside the pod before its link comes up, by name as in `sysctlPath`. */
  readonly sysctls?: ReadonlyMap<string, string>;
  /** Switches TX checksum offload inside the pod; left alone unless given. */
  readonly txChecksum?: boolean;
  /** Announce each address (gratuitous ARP, unsolicited advertisement) at the end. */
  readonly announce?: boolean;
}

/** Two sends plumb a pod: the first on the node, the second inside the pod. */
export interface PodPlan {
  /**
   * In the node's namespace: creates the pair with its peer already in the pod, and asks for a link of the pair. A
   * veth's answer tells the pod's index (its `parent`); of other kinds the question is asked in `find`.
   */
  readonly host: readonly Request<DecodedLink>[];
  /** In the pod's namespace, only for links whose index the node cannot tell. */
  readonly find: readonly Request<DecodedLink>[];
  /** In the pod's namespace, once the index there is known: loopback up, addresses, link up, routes. */
  pod(index: number): readonly Request[];
}

/** Plans the messages that plumb one interface into the namespace open as `netnsFd`. Pure. @throws CodecError */
export function planPod(pod: PodInterface, netnsFd: number): PodPlan {
  const addresses = pod.addresses.map(parsePrefix);
  const routes = sortRoutes(pod.routes);
  const inside: Link = {
    name: pod.name,
    netnsFd,
    ...(pod.hardwareAddress === undefined ? {} : { address: pod.hardwareAddress }),
    ...(pod.mtu === undefined ? {} : { mtu: pod.mtu }),
    ...(pod.txQueueLength === undefined ? {} : { txQueueLength: pod.txQueueLength }),
  };
  const { attachment } = pod;
  return {
    host:
      attachment.type === "veth"
        ? [createLink(vethLink(attachment, inside)), getLink({ name: attachment.hostName })]
        : [createLink({ ...inside, parent: attachment.parentIndex, kind: nestedKind(attachment) })],
    find: attachment.type === "veth" ? [] : [getLink({ name: pod.name })],
    pod: (index) => [
      setLinkUp({ index: LOOPBACK_INDEX }),
      // Before the link is up, so that arp_notify and ndisc_notify announce them.
      ...addresses.map(({ address, length }) =>
        addAddress(
          {
            index,
            address,
            prefixLength: length,
            ...(familyOf(address) === Family.inet6 ? { flags: AddressFlag.noDad } : {}),
          },
          "replace",
        ),
      ),
      setLinkUp({ index }),
      ...(pod.neighbours ?? []).map((neighbour) =>
        addNeighbour({ ...neighbour, index, state: NeighbourState.permanent }),
      ),
      ...routes.map((route) => addRoute(podRoute(route, index, addresses), "replace")),
    ],
  };
}

function vethLink(attachment: Attachment & { readonly type: "veth" }, peer: Link): Link {
  return {
    name: attachment.hostName,
    // The node's end may be created up; the peer may not (ENOTCONN).
    flags: LinkFlag.up,
    change: LinkFlag.up,
    ...(attachment.hostMtu === undefined ? {} : { mtu: attachment.hostMtu }),
    ...(attachment.hostAddress === undefined ? {} : { address: attachment.hostAddress }),
    ...(attachment.hostMaster === undefined ? {} : { master: attachment.hostMaster }),
    ...(attachment.hostGroup === undefined ? {} : { group: attachment.hostGroup }),
    kind: { type: "veth", peer },
  };
}

function nestedKind(attachment: Exclude<Attachment, { readonly type: "veth" }>): LinkKind {
  if (attachment.type === "macvlan") return { type: "macvlan", mode: attachment.mode ?? "bridge" };
  return {
    type: "vlan",
    id: attachment.id,
    ...(attachment.protocol === undefined ? {} : { protocol: attachment.protocol }),
  };
}

/** Routes on the link first: gateways of the others may lie behind them. */
function sortRoutes(routes: readonly PodRoute[]): readonly PodRoute[] {
  return [...routes.filter(({ via }) => via === undefined), ...routes.filter(({ via }) => via !== undefined)];
}

function podRoute(route: PodRoute, index: number, addresses: readonly { readonly address: string }[]): Route {
  const family = route.to === "default" ? familyOfDefault(route, addresses) : familyOf(route.to);
  return {
    to: route.to,
    family,
    index,
    ...(route.via === undefined ? {} : { via: route.via }),
    ...(route.onlink === true ? { flags: RouteFlag.onlink } : {}),
    ...(route.metric === undefined ? {} : { metric: route.metric }),
    ...(route.source === undefined ? {} : { source: route.source }),
    ...(route.mtu === undefined ? {} : { mtu: route.mtu }),
  };
}

function familyOfDefault(route: PodRoute, addresses: readonly { readonly address: string }[]): number {
  const hint = route.via ?? route.source ?? addresses[0]?.address;
  if (hint === undefined) throw new CodecError("a default route without a gateway in a pod without an address");
  return familyOf(hint);
}
