/** Message types (linux/netlink.h, linux/rtnetlink.h). */
export const MessageType = {
  noop: 1,
  error: 2,
  done: 3,
  overrun: 4,
  newLink: 16,
  delLink: 17,
  getLink: 18,
  setLink: 19,
  newAddress: 20,
  delAddress: 21,
  getAddress: 22,
  newRoute: 24,
  delRoute: 25,
  getRoute: 26,
  newNeighbour: 28,
  delNeighbour: 29,
  getNeighbour: 30,
  newRule: 32,
  delRule: 33,
  getRule: 34,
} as const;

/** Header flags (linux/netlink.h). The meaning of the higher bits depends on the kind of message. */
export const MessageFlag = {
  request: 0x1,
  multi: 0x2,
  ack: 0x4,
  echo: 0x8,
  dumpInterrupted: 0x10,
  /** root | match, for GET messages. */
  dump: 0x300,
  /** For NEW messages. */
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
  append: 0x800,
  /** For answers: the original request was left out, and TLVs follow. */
  capped: 0x100,
  ackTlvs: 0x200,
} as const;

/** Address families (linux/socket.h). */
export const Family = { unspecified: 0, inet: 2, netlink: 16, packet: 17, inet6: 10, bridge: 7 } as const;

/** Link flags (linux/if.h). */
export const LinkFlag = {
  up: 0x1,
  broadcast: 0x2,
  loopback: 0x8,
  pointToPoint: 0x10,
  running: 0x40,
  noArp: 0x80,
  promiscuous: 0x100,
  allMulticast: 0x200,
  multicast: 0x1000,
  lowerUp: 0x10000,
} as const;

/** Address flags (linux/if_addr.h). */
export const AddressFlag = {
  secondary: 0x1,
  noDad: 0x2,
  optimistic: 0x4,
  dadFailed: 0x8,
  home: 0x10,
  deprecated: 0x20,
  tentative: 0x40,
  permanent: 0x80,
  noPrefixRoute: 0x200,
} as const;

/** Scopes of addresses and routes (linux/rtnetlink.h). */
export const Scope = { universe: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const;

/** Routing tables. */
export const RouteTable = { unspecified: 0, default: 253, main: 254, local: 255 } as const;

/** Who made a route (linux/rtnetlink.h). */
export const RouteProtocol = { unspecified: 0, redirect: 1, kernel: 2, boot: 3, static: 4, ra: 9 } as const;

/** What a route does (linux/rtnetlink.h). */
export const RouteType = {
  unspecified: 0,
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
} as const;

/** Route and next hop flags (linux/rtnetlink.h). */
export const RouteFlag = { dead: 1, pervasive: 2, onlink: 4, offload: 8, linkDown: 16 } as const;

/** Neighbour states (linux/neighbour.h); a bit each. */
export const NeighbourState = {
  incomplete: 0x01,
  reachable: 0x02,
  stale: 0x04,
  delay: 0x08,
  probe: 0x10,
  failed: 0x20,
  noArp: 0x40,
  permanent: 0x80,
} as const;

/** Neighbour flags (linux/neighbour.h). */
export const NeighbourFlag = { use: 0x01, self: 0x02, master: 0x04, proxy: 0x08, router: 0x80 } as const;

/** What a dump or get of links should add or leave out (linux/rtnetlink.h RTEXT_FILTER_*). */
export const LinkFilter = { virtualFunctions: 1, skipStatistics: 8 } as const;

/** The loopback link has this index in every network namespace. */
export const LOOPBACK_INDEX = 1;
