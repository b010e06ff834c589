import { type Attribute, PayloadWriter, readAttributes, readSigned, readText, readUnsigned } from "./attributes.ts";
import { Family } from "../constants.ts";
import { CodecError } from "../errors.ts";
import { hardwareAddressBytes, hardwareAddressText } from "../ip-address.ts";
import { type LinkKind, readLinkKind, writeLinkKind } from "./link-kind.ts";
import { readVirtualFunctions, type VirtualFunction, writeVirtualFunctions } from "./virtual-function.ts";

/**
 * A network interface as RTM_*LINK messages carry it (rtnetlink(7), `struct ifinfomsg` and IFLA_*). To change a link,
 * give its `index` or `name` and only what shall change.
 */
export interface Link {
  /** Interface index; 0 or absent means "by name". */
  readonly index?: number;
  readonly family?: number;
  /** ARPHRD_*: 1 Ethernet, 772 loopback. */
  readonly hardwareType?: number;
  /** `LinkFlag` bits. */
  readonly flags?: number;
  /** Which bits of `flags` to change. */
  readonly change?: number;
  readonly name?: string;
  /** Further names (`ip link property`). */
  readonly altNames?: readonly string[];
  /** Free text; the kernel takes it in changes only and ignores it at creation. */
  readonly alias?: string;
  /** Hardware address, lower case with colons. */
  readonly address?: string;
  readonly broadcast?: string;
  readonly mtu?: number;
  readonly txQueueLength?: number;
  readonly txQueues?: number;
  readonly rxQueues?: number;
  /** Group for acting on many links at once; 0 is the default group. */
  readonly group?: number;
  /** Index of the bridge or bond this link belongs to; 0 takes it out. */
  readonly master?: number;
  /** Index of the link below: a vlan's or macvlan's parent, a veth's peer. */
  readonly parent?: number;
  /** Local id of the namespace in which `parent` lives, when it is another one. */
  readonly parentNetnsId?: number;
  /** File descriptor of the namespace to create the link in or move it to. */
  readonly netnsFd?: number;
  /** Process whose namespace to create the link in or move it to. */
  readonly netnsPid?: number;
  readonly carrier?: boolean;
  /** IF_OPER_*: 6 is up. */
  readonly operState?: number;
  readonly kind?: LinkKind;
  readonly virtualFunctions?: readonly VirtualFunction[];
  /**
   * How the link gets its IPv6 link-local address (IN6_ADDR_GEN_MODE_*): 0 from the MAC, 1 not at all. In changes of
   * links that exist only: the kernel ignores it at creation, and refuses it (EAFNOSUPPORT) where a link has no IPv6.
   */
  readonly ipv6AddressMode?: 0 | 1;
}

/** A link as the kernel tells it: its header is always there. */
export interface DecodedLink extends Link {
  readonly index: number;
  readonly family: number;
  readonly hardwareType: number;
  readonly flags: number;
  readonly change: number;
}

const HEADER = 16;
/** Longest interface name with its NUL (IFNAMSIZ). */
export const NAME_SIZE = 16;
const ALT_NAME_SIZE = 128;

/** IFLA_* numbers (linux/if_link.h). */
export const LinkAttribute = {
  address: 1,
  broadcast: 2,
  name: 3,
  mtu: 4,
  parent: 5,
  master: 10,
  txQueueLength: 13,
  operState: 16,
  linkInfo: 18,
  netnsPid: 19,
  alias: 20,
  vfList: 22,
  familySpecific: 26,
  group: 27,
  netnsFd: 28,
  filter: 29,
  txQueues: 31,
  rxQueues: 32,
  carrier: 33,
  parentNetnsId: 37,
  propertyList: 52,
  altName: 53,
} as const;

/** IFLA_INET6_ADDR_GEN_MODE, within the AF_INET6 of `familySpecific`. */
const IPV6_ADDRESS_MODE = 8;

/** Payload of an RTM_*LINK message. @throws CodecError for a name or number out of range */
export function encodeLink(link: Link, filter?: number): Buffer {
  const writer = new PayloadWriter(512);
  writer.struct(HEADER, (view) => {
    view.writeUInt8(link.family ?? Family.unspecified, 0);
    view.writeUInt16LE(link.hardwareType ?? 0, 2);
    view.writeInt32LE(link.index ?? 0, 4);
    view.writeUInt32LE(link.flags ?? 0, 8);
    view.writeUInt32LE(link.change ?? 0, 12);
  });
  if (link.name !== undefined) writer.text(LinkAttribute.name, checkedName(link.name), NAME_SIZE);
  if (link.alias !== undefined) writer.text(LinkAttribute.alias, link.alias, 256);
  if (link.address !== undefined) writer.attribute(LinkAttribute.address, hardwareAddressBytes(link.address));
  if (link.broadcast !== undefined) writer.attribute(LinkAttribute.broadcast, hardwareAddressBytes(link.broadcast));
  if (link.mtu !== undefined) writer.u32(LinkAttribute.mtu, link.mtu);
  if (link.txQueueLength !== undefined) writer.u32(LinkAttribute.txQueueLength, link.txQueueLength);
  if (link.txQueues !== undefined) writer.u32(LinkAttribute.txQueues, link.txQueues);
  if (link.rxQueues !== undefined) writer.u32(LinkAttribute.rxQueues, link.rxQueues);
  if (link.group !== undefined) writer.u32(LinkAttribute.group, link.group);
  if (link.master !== undefined) writer.u32(LinkAttribute.master, link.master);
  if (link.parent !== undefined) writer.u32(LinkAttribute.parent, link.parent);
  if (link.parentNetnsId !== undefined) writer.i32(LinkAttribute.parentNetnsId, link.parentNetnsId);
  if (link.netnsFd !== undefined) writer.u32(LinkAttribute.netnsFd, link.netnsFd);
  if (link.netnsPid !== undefined) writer.u32(LinkAttribute.netnsPid, link.netnsPid);
  if (link.carrier !== undefined) writer.u8(LinkAttribute.carrier, Number(link.carrier));
  if (link.operState !== undefined) writer.u8(LinkAttribute.operState, link.operState);
  if (filter !== undefined) writer.u32(LinkAttribute.filter, filter);
  const { altNames, kind, virtualFunctions, ipv6AddressMode } = link;
  if (altNames !== undefined) {
    writer.nested(LinkAttribute.propertyList, (list) => {
      for (const name of altNames) list.text(LinkAttribute.altName, name, ALT_NAME_SIZE);
    });
  }
  if (kind !== undefined) {
    writer.nested(LinkAttribute.linkInfo, (info) => writeLinkKind(info, kind, (peer) => encodeLink(peer)));
  }
  if (virtualFunctions !== undefined) {
    writer.nested(LinkAttribute.vfList, (list) => writeVirtualFunctions(list, virtualFunctions));
  }
  if (ipv6AddressMode !== undefined) {
    writer.nested(LinkAttribute.familySpecific, (families) =>
      families.nested(Family.inet6, (inet6) => inet6.u8(IPV6_ADDRESS_MODE, ipv6AddressMode)),
    );
  }
  return writer.finish();
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads an RTM_*LINK payload; attributes that `Link` has no field for are left out. @throws CodecError */
export function decodeLink(payload: Buffer): DecodedLink {
  if (payload.length < HEADER) throw new CodecError(`link message of ${payload.length} bytes`);
  const link: Mutable<DecodedLink> = {
    family: payload.readUInt8(0),
    hardwareType: payload.readUInt16LE(2),
    index: payload.readInt32LE(4),
    flags: payload.readUInt32LE(8),
    change: payload.readUInt32LE(12),
  };
  for (const attribute of readAttributes(payload, HEADER)) decodeLinkAttribute(link, attribute);
  return link;
}

function decodeLinkAttribute(link: Mutable<DecodedLink>, attribute: Attribute): void {
  switch (attribute.type) {
    case LinkAttribute.name:
      link.name = readText(attribute);
      break;
    case LinkAttribute.alias:
      link.alias = readText(attribute);
      break;
    case LinkAttribute.address:
      link.address = hardwareAddressText(attribute.data);
      break;
    case LinkAttribute.broadcast:
      link.broadcast = hardwareAddressText(attribute.data);
      break;
    case LinkAttribute.mtu:
      link.mtu = readUnsigned(attribute, 4);
      break;
    case LinkAttribute.txQueueLength:
      link.txQueueLength = readUnsigned(attribute, 4);
      break;
    case LinkAttribute.txQueues:
      link.txQueues = readUnsigned(attribute, 4);
      break;
    case LinkAttribute.rxQueues:
      link.rxQueues = readUnsigned(attribute, 4);
      break;
    case LinkAttribute.group:
      link.group = readUnsigned(attribute, 4);
      break;
    case LinkAttribute.master:
      link.master = readUnsigned(attribute, 4);
      break;
    case LinkAttribute.parent:
      link.parent = readUnsigned(attribute, 4);
      break;
    case LinkAttribute.parentNetnsId:
      link.parentNetnsId = readSigned(attribute);
      break;
    case LinkAttribute.netnsFd:
      link.netnsFd = readUnsigned(attribute, 4);
      break;
    case LinkAttribute.netnsPid:
      link.netnsPid = readUnsigned(attribute, 4);
      break;
    case LinkAttribute.carrier:
      link.carrier = readUnsigned(attribute, 1) !== 0;
      break;
    case LinkAttribute.operState:
      link.operState = readUnsigned(attribute, 1);
      break;
    case LinkAttribute.propertyList:
      link.altNames = readAttributes(attribute.data)
        .filter((property) => property.type === LinkAttribute.altName)
        .map(readText);
      break;
    case LinkAttribute.linkInfo: {
      const kind = readLinkKind(attribute, decodeLink);
      if (kind !== undefined) link.kind = kind;
      break;
    }
    case LinkAttribute.vfList:
      link.virtualFunctions = readVirtualFunctions(attribute);
      break;
    default:
      break;
  }
}

/** The kernel's own rule (dev_valid_name), so that a bad name is told before anything is sent. */
function checkedName(name: string): string {
  if (name === "" || name === "." || name === ".." || /[/:\s]/.test(name)) {
    throw new CodecError(`not an interface name: ${JSON.stringify(name)}`);
  }
  return name;
}
