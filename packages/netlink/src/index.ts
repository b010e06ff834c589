export { decodeAddress, encodeAddress, type InterfaceAddress } from "./messages/address.ts";
export { announce } from "./pod/announce.ts";
export {
  AddressFlag,
  Family,
  LinkFlag,
  LOOPBACK_INDEX,
  MessageFlag,
  MessageType,
  NeighbourFlag,
  NeighbourState,
  RouteFlag,
  RouteProtocol,
  RouteTable,
  RouteType,
  Scope,
} from "./constants.ts";
export {
  CodecError,
  errnoName,
  LinuxNetworkError,
  NetlinkError,
  NetlinkSocketError,
  NetlinkTimeoutError,
  NetnsError,
  SystemCallError,
} from "./errors.ts";
export { Exchange, expectAll, type Outcome } from "./socket/exchange.ts";
export { announcement, type Frame } from "./pod/frames.ts";
export {
  addressBytes,
  addressText,
  contains,
  familyOf,
  hardwareAddressBytes,
  hardwareAddressText,
  networkOf,
  parsePrefix,
  type Prefix,
} from "./ip-address.ts";
export { type DecodedLink, decodeLink, encodeLink, type Link } from "./messages/link.ts";
export type { BridgeOptions, IpvlanMode, LinkKind, MacvlanMode, VlanProtocol } from "./messages/link-kind.ts";
export {
  type DeletedLinks,
  deleteLinks,
  deleteLinksSync,
  type HostOptions,
  linkExists,
  listLinks,
} from "./pod/links.ts";
export { type Ack, decodeAck, decodeMessages, encodeMessages, type Message } from "./messages/message.ts";
export { type DecodedNeighbour, decodeNeighbour, encodeNeighbour, type Neighbour } from "./messages/neighbour.ts";
export { inNetns, isOwnNetns, type Netns, type NetnsFile, netnsOf, openNetns, ownNetnsInode } from "./netns/netns.ts";
export { getTxChecksum, setTxChecksum } from "./netns/offload.ts";
export { type PlumbedPod, plumbPod, plumbPodSync, type PlumbOptions, type PodSpec } from "./pod/plumb.ts";
export {
  type NestedInterface,
  planPodPlumbing,
  type PodInterface,
  type PodPlan,
  type PodRoute,
  type VethInterface,
} from "./pod/pod-plan.ts";
export { describePod, type PodState } from "./pod/pod-state.ts";
export {
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
  type IfExists,
  type LinkReference,
  type Request,
  setLink,
  setLinkUp,
} from "./messages/requests.ts";
export { type DecodedRule, decodeRule, encodeRule, type Rule } from "./messages/rule.ts";
export { type DecodedRoute, decodeRoute, encodeRoute, type NextHop, type Route } from "./messages/route.ts";
export { NetlinkSocket, openNetlink, type RequestOptions, type Settled } from "./socket/socket.ts";
export { readSysctl, sysctlPath, writeSysctl } from "./netns/sysctl.ts";
export type { VirtualFunction } from "./messages/virtual-function.ts";
