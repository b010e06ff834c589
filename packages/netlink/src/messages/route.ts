import { type Attribute, align4, PayloadWriter, readAttributes, readUnsigned } from "./attributes.ts";
import { Family, RouteProtocol, RouteTable, RouteType, Scope } from "../constants.ts";
import { CodecError } from "../errors.ts";
import { addressBytes, addressText, familyOf, networkOf, parsePrefix } from "../ip-address.ts";

/** One of several ways of a multipath route. */
export interface NextHop {
  readonly via?: string;
  /** Index of the outgoing link. */
  readonly index: number;
  /** Share of the traffic, from 1. */
  readonly weight?: number;
  /** `RouteFlag` bits. */
  readonly flags?: number;
}

/** A route as RTM_*ROUTE messages carry it (rtnetlink(7), `struct rtmsg` and RTA_*). */
export interface Route {
  /** `default` or a prefix such as `10.0.0.0/16`; host bits are cleared. */
  readonly to: string;
  /** Needed where neither `to` nor `via` tells it: `default` without a gateway. */
  readonly family?: number;
  /** Address of the gateway. */
  readonly via?: string;
  /** Index of the outgoing link. */
  readonly index?: number;
  /** Index of the incoming link, in answers. */
  readonly incomingIndex?: number;
  /** Only for packets from this prefix (IPv6 source routing). */
  readonly from?: string;
  /** Address to send from (`ip route ... src`). */
  readonly source?: string;
  readonly metric?: number;
  readonly table?: number;
  readonly scope?: number;
  readonly protocol?: number;
  readonly type?: number;
  readonly tos?: number;
  /** `RouteFlag` bits; `RouteFlag.onlink` for a gateway outside every connected prefix. */
  readonly flags?: number;
  readonly mtu?: number;
  readonly nextHops?: readonly NextHop[];
}

/** A route as the kernel tells it. */
export interface DecodedRoute extends Route {
  readonly family: number;
  readonly table: number;
  readonly scope: number;
  readonly protocol: number;
  readonly type: number;
  readonly tos: number;
  readonly flags: number;
}

const HEADER = 12;
const NEXT_HOP = 8;
const RTA = {
  to: 1,
  from: 2,
  incoming: 3,
  outgoing: 4,
  via: 5,
  metric: 6,
  source: 7,
  metrics: 8,
  nextHops: 9,
  table: 15,
  viaOtherFamily: 18,
} as const;
const METRIC_MTU = 2;

/** Payload of an RTM_NEWROUTE, RTM_DELROUTE or RTM_GETROUTE message. @throws CodecError */
export function encodeRoute(route: Route): Buffer {
  const to = route.to === "default" ? undefined : networkOf(parsePrefix(route.to));
  const from = route.from === undefined ? undefined : networkOf(parsePrefix(route.from));
  const family = route.family ?? familyFrom(to?.address ?? route.via ?? route.source);
  const table = route.table ?? RouteTable.main;
  const type = route.type ?? RouteType.unicast;
  const writer = new PayloadWriter(128);
  writer.struct(HEADER, (view) => {
    view.writeUInt8(family, 0);
    view.writeUInt8(to?.length ?? 0, 1);
    view.writeUInt8(from?.length ?? 0, 2);
    view.writeUInt8(route.tos ?? 0, 3);
    view.writeUInt8(table > 255 ? RouteTable.unspecified : table, 4);
    view.writeUInt8(route.protocol ?? RouteProtocol.static, 5);
    view.writeUInt8(route.scope ?? defaultScope(route, family, type), 6);
    view.writeUInt8(type, 7);
    view.writeUInt32LE(route.flags ?? 0, 8);
  });
  if (to !== undefined) writer.attribute(RTA.to, addressBytes(to.address));
  if (from !== undefined) writer.attribute(RTA.from, addressBytes(from.address));
  if (route.incomingIndex !== undefined) writer.u32(RTA.incoming, route.incomingIndex);
  if (route.index !== undefined) writer.u32(RTA.outgoing, route.index);
  if (route.via !== undefined) writeGateway(writer, route.via, family);
  if (route.metric !== undefined) writer.u32(RTA.metric, route.metric);
  if (route.source !== undefined) writer.attribute(RTA.source, addressBytes(route.source));
  if (table > 255) writer.u32(RTA.table, table);
  const { mtu, nextHops } = route;
  if (mtu !== undefined) writer.nested(RTA.metrics, (metrics) => metrics.u32(METRIC_MTU, mtu));
  if (nextHops !== undefined) writer.attribute(RTA.nextHops, encodeNextHops(nextHops, family));
  return writer.finish();
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads an RTM_*ROUTE payload. @throws CodecError */
export function decodeRoute(payload: Buffer): DecodedRoute {
  if (payload.length < HEADER) throw new CodecError(`route message of ${payload.length} bytes`);
  const family = payload.readUInt8(0);
  const toLength = payload.readUInt8(1);
  const fromLength = payload.readUInt8(2);
  const any = family === Family.inet6 ? "::" : "0.0.0.0";
  const route: Mutable<DecodedRoute> = {
    family,
    to: toLength === 0 ? "default" : `${any}/${toLength}`,
    tos: payload.readUInt8(3),
    table: payload.readUInt8(4),
    protocol: payload.readUInt8(5),
    scope: payload.readUInt8(6),
    type: payload.readUInt8(7),
    flags: payload.readUInt32LE(8),
  };
  for (const attribute of readAttributes(payload, HEADER)) {
    switch (attribute.type) {
      case RTA.to:
        if (toLength > 0) route.to = `${addressText(attribute.data)}/${toLength}`;
        break;
      case RTA.from:
        route.from = `${addressText(attribute.data)}/${fromLength}`;
        break;
      case RTA.incoming:
        route.incomingIndex = readUnsigned(attribute, 4);
        break;
      case RTA.outgoing:
        route.index = readUnsigned(attribute, 4);
        break;
      case RTA.via:
        route.via = addressText(attribute.data);
        break;
      case RTA.viaOtherFamily:
        route.via = addressText(attribute.data.subarray(2));
        break;
      case RTA.metric:
        route.metric = readUnsigned(attribute, 4);
        break;
      case RTA.source:
        route.source = addressText(attribute.data);
        break;
      case RTA.table:
        route.table = readUnsigned(attribute, 4);
        break;
      case RTA.metrics:
        for (const metric of readAttributes(attribute.data)) {
          if (metric.type === METRIC_MTU) route.mtu = readUnsigned(metric, 4);
        }
        break;
      case RTA.nextHops:
        route.nextHops = decodeNextHops(attribute);
        break;
      default:
        break;
    }
  }
  return route;
}

/** Payload that asks for a dump of routes of one family, of one table when given. */
export function encodeRouteQuery(family: number, table?: number): Buffer {
  const writer = new PayloadWriter(32);
  writer.struct(HEADER, (view) => view.writeUInt8(family, 0));
  if (table !== undefined) writer.u32(RTA.table, table);
  return writer.finish();
}

function familyFrom(address: string | undefined): number {
  if (address === undefined) throw new CodecError("a default route without gateway or source must name its family");
  return familyOf(address);
}

/** As `ip route` chooses: IPv4 routes without a gateway reach neighbours on the link only. */
function defaultScope(route: Route, family: number, type: number): number {
  if (family !== Family.inet || route.via !== undefined || route.nextHops !== undefined) return Scope.universe;
  if (type === RouteType.local) return Scope.host;
  return type === RouteType.unicast ? Scope.link : Scope.universe;
}

function writeGateway(writer: PayloadWriter, via: string, family: number): void {
  const bytes = addressBytes(via);
  if (familyOf(via) === family) {
    writer.attribute(RTA.via, bytes);
  } else {
    // RFC 5549: an IPv4 route through an IPv6 gateway.
    const data = Buffer.alloc(2 + bytes.length);
    data.writeUInt16LE(familyOf(via), 0);
    data.set(bytes, 2);
    writer.attribute(RTA.viaOtherFamily, data);
  }
}

function encodeNextHops(nextHops: readonly NextHop[], family: number): Buffer {
  const writer = new PayloadWriter(64);
  for (const hop of nextHops) {
    const inner = new PayloadWriter(32);
    if (hop.via !== undefined) writeGateway(inner, hop.via, family);
    const attributes = inner.finish();
    writer.struct(NEXT_HOP, (view) => {
      view.writeUInt16LE(NEXT_HOP + attributes.length, 0);
      view.writeUInt8(hop.flags ?? 0, 2);
      // The kernel counts weights from 0.
      view.writeUInt8((hop.weight ?? 1) - 1, 3);
      view.writeInt32LE(hop.index, 4);
    });
    writer.bytes(attributes);
  }
  return writer.finish();
}

function decodeNextHops({ data }: Attribute): NextHop[] {
  const hops: NextHop[] = [];
  let at = 0;
  while (at + NEXT_HOP <= data.length) {
    const length = data.readUInt16LE(at);
    if (length < NEXT_HOP || at + length > data.length) throw new CodecError(`next hop claims ${length} bytes`);
    const hop: Mutable<NextHop> = {
      index: data.readInt32LE(at + 4),
      weight: data.readUInt8(at + 3) + 1,
      flags: data.readUInt8(at + 2),
    };
    for (const attribute of readAttributes(data.subarray(at, at + length), NEXT_HOP)) {
      if (attribute.type === RTA.via) hop.via = addressText(attribute.data);
      else if (attribute.type === RTA.viaOtherFamily) hop.via = addressText(attribute.data.subarray(2));
    }
    hops.push(hop);
    at += align4(length);
  }
  return hops;
}
