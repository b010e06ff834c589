import { type Attribute, type PayloadWriter, readAttributes } from "./attributes.ts";
import { CodecError } from "../errors.ts";
import { hardwareAddressBytes, hardwareAddressText } from "../ip-address.ts";

/** Settings of one SR-IOV virtual function, carried by its physical link (IFLA_VF_INFO). */
export interface VirtualFunction {
  /** Number of the function, from 0. */
  readonly index: number;
  /** Ethernet address, as administrator of the physical function. */
  readonly address?: string;
  readonly vlan?: { readonly id: number; readonly qos: number };
  readonly spoofCheck?: boolean;
  readonly trust?: boolean;
  readonly linkState?: "auto" | "enable" | "disable";
  /** Megabits per second; 0 is no limit. */
  readonly rate?: { readonly min: number; readonly max: number };
}

const VF_INFO = 1;
const VF = { address: 1, vlan: 2, spoofCheck: 4, linkState: 5, rate: 6, trust: 9 } as const;
const linkStates = ["auto", "enable", "disable"] as const;

/** Writes the inside of IFLA_VFINFO_LIST. */
export function writeVirtualFunctions(writer: PayloadWriter, functions: readonly VirtualFunction[]): void {
  for (const vf of functions) writer.nested(VF_INFO, (inner) => writeVirtualFunction(inner, vf));
}

/** Reads the inside of IFLA_VFINFO_LIST. */
export function readVirtualFunctions(list: Attribute): VirtualFunction[] {
  return readAttributes(list.data)
    .filter((attribute) => attribute.type === VF_INFO)
    .map(readVirtualFunction);
}

function writeVirtualFunction(writer: PayloadWriter, vf: VirtualFunction): void {
  const numbers = (type: number, ...values: number[]): void => {
    const data = Buffer.alloc(4 * values.length + 4);
    [vf.index, ...values].forEach((value, at) => data.writeUInt32LE(value, at * 4));
    writer.attribute(type, data);
  };
  if (vf.address !== undefined) {
    // struct ifla_vf_mac has room for the longest hardware address.
    const data = Buffer.alloc(36);
    data.writeUInt32LE(vf.index, 0);
    data.set(hardwareAddressBytes(vf.address), 4);
    writer.attribute(VF.address, data);
  }
  if (vf.vlan !== undefined) numbers(VF.vlan, vf.vlan.id, vf.vlan.qos);
  if (vf.rate !== undefined) numbers(VF.rate, vf.rate.min, vf.rate.max);
  if (vf.spoofCheck !== undefined) numbers(VF.spoofCheck, Number(vf.spoofCheck));
  if (vf.linkState !== undefined) numbers(VF.linkState, linkStates.indexOf(vf.linkState));
  if (vf.trust !== undefined) numbers(VF.trust, Number(vf.trust));
}

function readVirtualFunction(info: Attribute): VirtualFunction {
  const vf: { -readonly [K in keyof VirtualFunction]: VirtualFunction[K] } = { index: 0 };
  for (const { type, data } of readAttributes(info.data)) {
    const number = (at: number): number => {
      if (data.length < at * 4 + 4) throw new CodecError(`virtual function attribute ${type} is too short`);
      return data.readUInt32LE(at * 4);
    };
    switch (type) {
      case VF.address:
        vf.index = number(0);
        // Always 32 bytes; virtual functions of anything but Ethernet are not told apart here.
        vf.address = hardwareAddressText(data.subarray(4, 10));
        break;
      case VF.vlan:
        vf.index = number(0);
        vf.vlan = { id: number(1), qos: number(2) };
        break;
      case VF.rate:
        vf.index = number(0);
        vf.rate = { min: number(1), max: number(2) };
        break;
      case VF.spoofCheck:
        vf.index = number(0);
        // All ones: the driver does not say.
        if (number(1) !== 0xffffffff) vf.spoofCheck = number(1) !== 0;
        break;
      case VF.trust:
        vf.index = number(0);
        if (number(1) !== 0xffffffff) vf.trust = number(1) !== 0;
        break;
      case VF.linkState: {
        vf.index = number(0);
        const state = linkStates[number(1)];
        if (state !== undefined) vf.linkState = state;
        break;
      }
      default:
        break;
    }
  }
  return vf;
}
