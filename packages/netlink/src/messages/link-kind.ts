import { type Attribute, PayloadWriter, readAttributes, readText, readUnsigned } from "./attributes.ts";
import { CodecError } from "../errors.ts";
import type { Link } from "./link.ts";

/** How macvlan links share their parent (linux/if_link.h). */
export type MacvlanMode = "private" | "vepa" | "bridge" | "passthru" | "source";

/** How ipvlan links share their parent (linux/if_link.h). */
export type IpvlanMode = "l2" | "l3" | "l3s";

/** What a link is, with the options of its kind (IFLA_LINKINFO). */
export type LinkKind =
  | { readonly type: "veth"; readonly peer?: Link }
  | { readonly type: "macvlan"; readonly mode?: MacvlanMode; readonly flags?: number }
  | { readonly type: "vlan"; readonly id: number; readonly protocol?: VlanProtocol }
  | { readonly type: "ipvlan"; readonly mode?: IpvlanMode; readonly flags?: number }
  | ({ readonly type: "bridge" } & BridgeOptions)
  | { readonly type: "dummy" }
  /** A kind that this package has no options for, by its kernel name. */
  | { readonly type: "other"; readonly name: string };

/** Tag protocol of a VLAN link. */
export type VlanProtocol = "802.1Q" | "802.1ad";

/** Options of a bridge; times in hundredths of a second as the kernel has them. */
export interface BridgeOptions {
  readonly forwardDelay?: number;
  readonly ageingTime?: number;
  readonly stp?: boolean;
  readonly vlanFiltering?: boolean;
  readonly multicastSnooping?: boolean;
}

const INFO = { kind: 1, data: 2 } as const;
const VETH_PEER = 1;
const MACVLAN = { mode: 1, flags: 2 } as const;
const VLAN = { id: 1, protocol: 5 } as const;
const IPVLAN = { mode: 1, flags: 2 } as const;
const BRIDGE = { forwardDelay: 1, ageingTime: 4, stp: 5, vlanFiltering: 7, multicastSnooping: 23 } as const;

const macvlanModes: ReadonlyMap<MacvlanMode, number> = new Map([
  ["private", 1],
  ["vepa", 2],
  ["bridge", 4],
  ["passthru", 8],
  ["source", 16],
]);
const ipvlanModes: ReadonlyMap<IpvlanMode, number> = new Map([
  ["l2", 0],
  ["l3", 1],
  ["l3s", 2],
]);
const vlanProtocols: ReadonlyMap<VlanProtocol, number> = new Map([
  ["802.1Q", 0x8100],
  ["802.1ad", 0x88a8],
]);

/** Kernel name of a kind, such as `veth`. */
export function kindName(kind: LinkKind): string {
  return kind.type === "other" ? kind.name : kind.type;
}

/** Writes the inside of IFLA_LINKINFO; `encodePeer` writes a link for a veth's peer. */
export function writeLinkKind(writer: PayloadWriter, kind: LinkKind, encodePeer: (link: Link) => Buffer): void {
  writer.text(INFO.kind, kindName(kind));
  switch (kind.type) {
    case "veth": {
      const { peer } = kind;
      if (peer !== undefined) {
        writer.nested(INFO.data, (data) => data.nested(VETH_PEER, (inner) => inner.bytes(encodePeer(peer))));
      }
      break;
    }
    case "macvlan":
      writer.nested(INFO.data, (data) => {
        if (kind.mode !== undefined) data.u32(MACVLAN.mode, numberOf(macvlanModes, kind.mode));
        if (kind.flags !== undefined) data.u16(MACVLAN.flags, kind.flags);
      });
      break;
    case "vlan":
      if (!Number.isInteger(kind.id) || kind.id < 0 || kind.id > 4095) throw new CodecError(`VLAN id ${kind.id}`);
      writer.nested(INFO.data, (data) => {
        data.u16(VLAN.id, kind.id);
        if (kind.protocol !== undefined) data.be16(VLAN.protocol, numberOf(vlanProtocols, kind.protocol));
      });
      break;
    case "ipvlan":
      writer.nested(INFO.data, (data) => {
        if (kind.mode !== undefined) data.u16(IPVLAN.mode, numberOf(ipvlanModes, kind.mode));
        if (kind.flags !== undefined) data.u16(IPVLAN.flags, kind.flags);
      });
      break;
    case "bridge":
      writer.nested(INFO.data, (data) => {
        if (kind.forwardDelay !== undefined) data.u32(BRIDGE.forwardDelay, kind.forwardDelay);
        if (kind.ageingTime !== undefined) data.u32(BRIDGE.ageingTime, kind.ageingTime);
        if (kind.stp !== undefined) data.u32(BRIDGE.stp, Number(kind.stp));
        if (kind.vlanFiltering !== undefined) data.u8(BRIDGE.vlanFiltering, Number(kind.vlanFiltering));
        if (kind.multicastSnooping !== undefined) data.u8(BRIDGE.multicastSnooping, Number(kind.multicastSnooping));
      });
      break;
    case "dummy":
    case "other":
      break;
  }
}

/** Reads the inside of IFLA_LINKINFO; undefined when it names no kind. */
export function readLinkKind(info: Attribute, decodePeer: (payload: Buffer) => Link): LinkKind | undefined {
  let name: string | undefined;
  let data: Attribute[] = [];
  for (const attribute of readAttributes(info.data)) {
    if (attribute.type === INFO.kind) name = readText(attribute);
    else if (attribute.type === INFO.data) data = readNestedData(name, attribute);
  }
  const find = (type: number): Attribute | undefined => data.find((attribute) => attribute.type === type);
  switch (name) {
    case undefined:
      return undefined;
    case "veth": {
      const peer = find(VETH_PEER);
      return peer === undefined ? { type: "veth" } : { type: "veth", peer: decodePeer(peer.data) };
    }
    case "macvlan":
      return {
        type: "macvlan",
        ...field("mode", find(MACVLAN.mode), (mode) => nameOf(macvlanModes, readUnsigned(mode, 4))),
        ...field("flags", find(MACVLAN.flags), (flags) => readUnsigned(flags, 2)),
      };
    case "vlan": {
      const id = find(VLAN.id);
      return {
        type: "vlan",
        id: id === undefined ? 0 : readUnsigned(id, 2),
        ...field("protocol", find(VLAN.protocol), (protocol) => {
          readUnsigned(protocol, 2);
          return nameOf(vlanProtocols, protocol.data.readUInt16BE(0));
        }),
      };
    }
    case "ipvlan":
      return {
        type: "ipvlan",
        ...field("mode", find(IPVLAN.mode), (mode) => nameOf(ipvlanModes, readUnsigned(mode, 2))),
        ...field("flags", find(IPVLAN.flags), (flags) => readUnsigned(flags, 2)),
      };
    case "bridge":
      return {
        type: "bridge",
        ...field("forwardDelay", find(BRIDGE.forwardDelay), (value) => readUnsigned(value, 4)),
        ...field("ageingTime", find(BRIDGE.ageingTime), (value) => readUnsigned(value, 4)),
        ...field("stp", find(BRIDGE.stp), (value) => readUnsigned(value, 4) !== 0),
        ...field("vlanFiltering", find(BRIDGE.vlanFiltering), (value) => readUnsigned(value, 1) !== 0),
        ...field("multicastSnooping", find(BRIDGE.multicastSnooping), (value) => readUnsigned(value, 1) !== 0),
      };
    case "dummy":
      return { type: "dummy" };
    default:
      return { type: "other", name };
  }
}

/** The data of kinds that we have no options for may be anything but attributes; it is not looked at. */
function readNestedData(name: string | undefined, attribute: Attribute): Attribute[] {
  switch (name) {
    case "veth":
    case "macvlan":
    case "vlan":
    case "ipvlan":
    case "bridge":
      return readAttributes(attribute.data);
    default:
      return [];
  }
}

function field<K extends string, V>(
  key: K,
  attribute: Attribute | undefined,
  read: (attribute: Attribute) => V | undefined,
): { [P in K]?: V } {
  const value = attribute === undefined ? undefined : read(attribute);
  const result: { [P in K]?: V } = {};
  if (value !== undefined) result[key] = value;
  return result;
}

function numberOf<K>(table: ReadonlyMap<K, number>, name: K): number {
  const value = table.get(name);
  if (value === undefined) throw new CodecError(`unknown option ${String(name)}`);
  return value;
}

function nameOf<K>(table: ReadonlyMap<K, number>, value: number): K | undefined {
  for (const [name, number] of table) if (number === value) return name;
  return undefined;
}
