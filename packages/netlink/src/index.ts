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
  familyOf,
  hardwareAddressBytes,
  hardwareAddressText,
  networkOf,
  parsePrefix,
  type Prefix,
} from "./ip-address.ts";
export { type DecodedLink, decodeLink, encodeLink, type Link } from "./link.ts";
export type { BridgeOptions, IpvlanMode, LinkKind, MacvlanMode, VlanProtocol } from "./link-kind.ts";
export { type Ack, decodeAck, decodeMessages, encodeMessages, type Message } from "./message.ts";
export { type DecodedNeighbour, decodeNeighbour, encodeNeighbour, type Neighbour } from "./neighbour.ts";
export { inNetns, isOwnNetns, type Netns, netnsOf, openNetns, sameNetns } from "./netns.ts";
export { getTxChecksum, setTxChecksum } from "./offload.ts";
export { type PlumbedInterface, plumbPod, plumbPodSync, type PlumbOptions } from "./plumb.ts";
export { type Attachment, planPod, type PodInterface, type PodPlan, type PodRoute } from "./pod-plan.ts";
export {
  addAddress,
  addNeighbour,
  addRoute,
  createLink,
  deleteAddress,
  deleteLink,
  deleteNeighbour,
  deleteRoute,
  getLink,
  type IfExists,
  type LinkReference,
  listAddresses,
  listLinks,
  listNeighbours,
  listRoutes,
  type Request,
  setLink,
  setLinkUp,
} from "./requests.ts";
export { type DecodedRoute, decodeRoute, encodeRoute, type NextHop, type Route } from "./route.ts";
export { NetlinkSocket, type RequestOptions } from "./socket.ts";
export { readSysctl, sysctlPath, writeSysctl } from "./sysctl.ts";
export { unplumb, unplumbSync, type Unplumbed } from "./unplumb.ts";
export type { VirtualFunction } from "./virtual-function.ts";
