export { decodeAddress, encodeAddress, type InterfaceAddress } from "./address.ts";
export { announce } from "./announce.ts";
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
export { Exchange, expectAll, type Outcome } from "./exchange.ts";
export { announcement, type Frame } from "./frames.ts";
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
export { type DecodedLink, decodeLink, encodeLink, type Link } from "./link.ts";
export type { BridgeOptions, IpvlanMode, LinkKind, MacvlanMode, VlanProtocol } from "./link-kind.ts";
export { type DeletedLinks, deleteLinks, deleteLinksSync, type HostOptions, linkExists, listLinks } from "./links.ts";
export { type Ack, decodeAck, decodeMessages, encodeMessages, type Message } from "./message.ts";
export { type DecodedNeighbour, decodeNeighbour, encodeNeighbour, type Neighbour } from "./neighbour.ts";
export { inNetns, isOwnNetns, type Netns, type NetnsFile, netnsOf, openNetns, ownNetnsInode } from "./netns.ts";
export { getTxChecksum, setTxChecksum } from "./offload.ts";
export { type PlumbedPod, plumbPod, plumbPodSync, type PlumbOptions, type PodSpec } from "./plumb.ts";
export {
  type NestedInterface,
  planPodPlumbing,
  type PodInterface,
  type PodPlan,
  type PodRoute,
  type VethInterface,
} from "./pod-plan.ts";
export { describePod, type PodState } from "./pod-state.ts";
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
} from "./requests.ts";
export { type DecodedRule, decodeRule, encodeRule, type Rule } from "./rule.ts";
export { type DecodedRoute, decodeRoute, encodeRoute, type NextHop, type Route } from "./route.ts";
export { NetlinkSocket, openNetlink, type RequestOptions, type Settled } from "./socket.ts";
export { readSysctl, sysctlPath, writeSysctl } from "./sysctl.ts";
export type { VirtualFunction } from "./virtual-function.ts";
