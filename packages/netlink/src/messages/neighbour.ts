import { PayloadWriter, readAttributes, readUnsigned } from "./attributes.ts";
import { CodecError } from "../errors.ts";
import { addressBytes, addressText, familyOf, hardwareAddressBytes, hardwareAddressText } from "../ip-address.ts";

/** An entry of the ARP or neighbour discovery cache (rtnetlink(7), `struct ndmsg` and NDA_*). */
export interface Neighbour {
  /** Index of the link. */
  readonly index: number;
  /** IP address; absent in forwarding entries of bridges. */
  readonly address?: string;
  readonly hardwareAddress?: string;
  /** `NeighbourState` bits. */
  readonly state?: number;
  /** `NeighbourFlag` bits. */
  readonly flags?: number;
  readonly type?: number;
  readonly family?: number;
  readonly vlan?: number;
  /** Index of the bridge, in forwarding entries. */
  readonly master?: number;
}

/** A neighbour as the kernel tells it. */
export interface DecodedNeighbour extends Neighbour {
  readonly state: number;
  readonly flags: number;
  readonly type: number;
  readonly family: number;
}

const HEADER = 12;
const NDA = { address: 1, hardwareAddress: 2, vlan: 5, index: 8, master: 9 } as const;

/** Payload of an RTM_NEWNEIGH or RTM_DELNEIGH message. @throws CodecError */
export function encodeNeighbour(neighbour: Neighbour): Buffer {
  const { address } = neighbour;
  const writer = new PayloadWriter(64);
  writer.struct(HEADER, (view) => {
    view.writeUInt8(neighbour.family ?? (address === undefined ? 0 : familyOf(address)), 0);
    view.writeInt32LE(neighbour.index, 4);
    view.writeUInt16LE(neighbour.state ?? 0, 8);
    view.writeUInt8(neighbour.flags ?? 0, 10);
    view.writeUInt8(neighbour.type ?? 0, 11);
  });
  if (address !== undefined) writer.attribute(NDA.address, addressBytes(address));
  if (neighbour.hardwareAddress !== undefined) {
    writer.attribute(NDA.hardwareAddress, hardwareAddressBytes(neighbour.hardwareAddress));
  }
  if (neighbour.vlan !== undefined) writer.u16(NDA.vlan, neighbour.vlan);
  if (neighbour.master !== undefined) writer.u32(NDA.master, neighbour.master);
  return writer.finish();
}

/** Reads an RTM_*NEIGH payload. @throws CodecError */
export function decodeNeighbour(payload: Buffer): DecodedNeighbour {
  if (payload.length < HEADER) throw new CodecError(`neighbour message of ${payload.length} bytes`);
  const rest: { address?: string; hardwareAddress?: string; vlan?: number; master?: number } = {};
  for (const attribute of readAttributes(payload, HEADER)) {
    switch (attribute.type) {
      case NDA.address:
        rest.address = addressText(attribute.data);
        break;
      case NDA.hardwareAddress:
        rest.hardwareAddress = hardwareAddressText(attribute.data);
        break;
      case NDA.vlan:
        rest.vlan = readUnsigned(attribute, 2);
        break;
      case NDA.master:
        rest.master = readUnsigned(attribute, 4);
        break;
      default:
        break;
    }
  }
  return {
    family: payload.readUInt8(0),
    index: payload.readInt32LE(4),
    state: payload.readUInt16LE(8),
    flags: payload.readUInt8(10),
    type: payload.readUInt8(11),
    ...rest,
  };
}

/** Payload that asks for a dump of neighbours, of one link when `index` is given. */
export function encodeNeighbourQuery(index: number, family: number): Buffer {
  const writer = new PayloadWriter(32);
  writer.struct(HEADER, (view) => view.writeUInt8(family, 0));
  // In a strict dump the header's own index must stay 0.
  if (index !== 0) writer.u32(NDA.index, index);
  return writer.finish();
}
