import { PayloadWriter, readAttributes, readText, readUnsigned } from "./attributes.ts";
import { Scope } from "../constants.ts";
import { CodecError } from "../errors.ts";
import { addressBytes, addressText, familyOf } from "../ip-address.ts";

/** An IP address of a link as RTM_*ADDR messages carry it (rtnetlink(7), `struct ifaddrmsg` and IFA_*). */
export interface InterfaceAddress {
  /** Index of the link. */
  readonly index: number;
  readonly address: string;
  readonly prefixLength: number;
  /** Address of the other end of a point-to-point link. */
  readonly peer?: string;
  readonly broadcast?: string;
  readonly label?: string;
  readonly scope?: number;
  /** `AddressFlag` bits. */
  readonly flags?: number;
  /** Metric of the prefix route the address makes. */
  readonly metric?: number;
  /** Seconds; 4294967295 is for ever. */
  readonly lifetime?: { readonly preferred: number; readonly valid: number };
}

const HEADER = 8;
const IFA = { address: 1, local: 2, label: 3, broadcast: 4, cacheInfo: 6, flags: 8, metric: 9 } as const;

/** Payload of an RTM_NEWADDR or RTM_DELADDR message. @throws CodecError */
export function encodeAddress(address: InterfaceAddress): Buffer {
  const own = addressBytes(address.address);
  const flags = address.flags ?? 0;
  const writer = new PayloadWriter(96);
  writer.struct(HEADER, (view) => {
    view.writeUInt8(familyOf(address.address), 0);
    view.writeUInt8(address.prefixLength, 1);
    view.writeUInt8(flags & 0xff, 2);
    view.writeUInt8(address.scope ?? Scope.universe, 3);
    view.writeUInt32LE(address.index, 4);
  });
  // IPv4 always wants both; IPv6 takes "local" only together with a peer.
  const peer = address.peer === undefined ? undefined : addressBytes(address.peer);
  if (own.length === 4 || peer !== undefined) writer.attribute(IFA.local, own);
  writer.attribute(IFA.address, peer ?? own);
  if (address.broadcast !== undefined) writer.attribute(IFA.broadcast, addressBytes(address.broadcast));
  if (address.label !== undefined) writer.text(IFA.label, address.label, 16);
  if (flags > 0xff) writer.u32(IFA.flags, flags);
  if (address.metric !== undefined) writer.u32(IFA.metric, address.metric);
  if (address.lifetime !== undefined) {
    const { preferred, valid } = address.lifetime;
    const data = Buffer.alloc(16);
    data.writeUInt32LE(preferred, 0);
    data.writeUInt32LE(valid, 4);
    writer.attribute(IFA.cacheInfo, data);
  }
  return writer.finish();
}

/** Reads an RTM_*ADDR payload. @throws CodecError */
export function decodeAddress(payload: Buffer): InterfaceAddress & { readonly scope: number; readonly flags: number } {
  if (payload.length < HEADER) throw new CodecError(`address message of ${payload.length} bytes`);
  let address: string | undefined;
  let local: string | undefined;
  let flags = payload.readUInt8(2);
  const rest: { broadcast?: string; label?: string; metric?: number; lifetime?: { preferred: number; valid: number } } =
    {};
  for (const attribute of readAttributes(payload, HEADER)) {
    switch (attribute.type) {
      case IFA.address:
        address = addressText(attribute.data);
        break;
      case IFA.local:
        local = addressText(attribute.data);
        break;
      case IFA.label:
        rest.label = readText(attribute);
        break;
      case IFA.broadcast:
        rest.broadcast = addressText(attribute.data);
        break;
      case IFA.flags:
        flags = readUnsigned(attribute, 4);
        break;
      case IFA.metric:
        rest.metric = readUnsigned(attribute, 4);
        break;
      case IFA.cacheInfo:
        if (attribute.data.length < 8) throw new CodecError("address lifetime is too short");
        rest.lifetime = { preferred: attribute.data.readUInt32LE(0), valid: attribute.data.readUInt32LE(4) };
        break;
      default:
        break;
    }
  }
  const own = local ?? address;
  if (own === undefined) throw new CodecError("address message without an address");
  return {
    index: payload.readUInt32LE(4),
    address: own,
    prefixLength: payload.readUInt8(1),
    scope: payload.readUInt8(3),
    flags,
    ...(address !== undefined && address !== own ? { peer: address } : {}),
    ...rest,
  };
}

/** Payload that asks for a dump of addresses, of one link when `index` is given. */
export function encodeAddressQuery(index: number, family: number): Buffer {
  return new PayloadWriter(HEADER)
    .struct(HEADER, (view) => {
      view.writeUInt8(family, 0);
      view.writeUInt32LE(index, 4);
    })
    .finish();
}
