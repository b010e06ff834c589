import { PayloadWriter, readAttributes, readText, readUnsigned } from "./attributes.ts";
import { Family, RouteTable } from "../constants.ts";
import { CodecError } from "../errors.ts";
import { addressBytes, addressText, familyOf, networkOf, parsePrefix } from "../ip-address.ts";

/** A routing rule as RTM_*RULE messages carry it (ip-rule(8), `struct fib_rule_hdr` and FRA_*). */
export interface Rule {
  /** Needed where neither `from` nor `to` tells it. */
  readonly family?: number;
  /** Rules are tried from the lowest; the kernel chooses unless given. */
  readonly priority?: number;
  /** Packets from this prefix; all unless given. */
  readonly from?: string;
  /** Packets to this prefix; all unless given. */
  readonly to?: string;
  /** Name of the link they came in by. */
  readonly incoming?: string;
  /** Name of the link that their socket is bound to. */
  readonly outgoing?: string;
  /** Packet mark, compared under `markMask`. */
  readonly mark?: number;
  readonly markMask?: number;
  /** Table to look in. */
  readonly table?: number;
  /** FR_ACT_*: 1 looks into the table, 6 blackhole, 7 unreachable, 8 prohibit. */
  readonly action?: number;
  readonly tos?: number;
  /** FIB_RULE_*: 2 inverts the rule. */
  readonly flags?: number;
}

/** A rule as the kernel tells it. */
export interface DecodedRule extends Rule {
  readonly family: number;
  readonly table: number;
  readonly action: number;
  readonly tos: number;
  readonly flags: number;
}

const HEADER = 12;
const ACTION_TABLE = 1;
const FRA = { to: 1, from: 2, incoming: 3, priority: 6, mark: 10, table: 15, markMask: 16, outgoing: 17 } as const;

/** Payload of an RTM_NEWRULE or RTM_DELRULE message. @throws CodecError */
export function encodeRule(rule: Rule): Buffer {
  const to = rule.to === undefined ? undefined : networkOf(parsePrefix(rule.to));
  const from = rule.from === undefined ? undefined : networkOf(parsePrefix(rule.from));
  const hint = from?.address ?? to?.address;
  const family = rule.family ?? (hint === undefined ? Family.inet : familyOf(hint));
  const table = rule.table ?? RouteTable.unspecified;
  const writer = new PayloadWriter(96);
  writer.struct(HEADER, (view) => {
    view.writeUInt8(family, 0);
    view.writeUInt8(to?.length ?? 0, 1);
    view.writeUInt8(from?.length ?? 0, 2);
    view.writeUInt8(rule.tos ?? 0, 3);
    view.writeUInt8(table > 255 ? RouteTable.unspecified : table, 4);
    view.writeUInt8(rule.action ?? ACTION_TABLE, 7);
    view.writeUInt32LE(rule.flags ?? 0, 8);
  });
  if (to !== undefined) writer.attribute(FRA.to, addressBytes(to.address));
  if (from !== undefined) writer.attribute(FRA.from, addressBytes(from.address));
  if (rule.incoming !== undefined) writer.text(FRA.incoming, rule.incoming, 16);
  if (rule.outgoing !== undefined) writer.text(FRA.outgoing, rule.outgoing, 16);
  if (rule.priority !== undefined) writer.u32(FRA.priority, rule.priority);
  if (rule.mark !== undefined) writer.u32(FRA.mark, rule.mark);
  if (rule.markMask !== undefined) writer.u32(FRA.markMask, rule.markMask);
  if (table > 255) writer.u32(FRA.table, table);
  return writer.finish();
}

/** Reads an RTM_*RULE payload. @throws CodecError */
export function decodeRule(payload: Buffer): DecodedRule {
  if (payload.length < HEADER) throw new CodecError(`rule message of ${payload.length} bytes`);
  const toLength = payload.readUInt8(1);
  const fromLength = payload.readUInt8(2);
  const rule: { -readonly [K in keyof DecodedRule]: DecodedRule[K] } = {
    family: payload.readUInt8(0),
    tos: payload.readUInt8(3),
    table: payload.readUInt8(4),
    action: payload.readUInt8(7),
    flags: payload.readUInt32LE(8),
  };
  for (const attribute of readAttributes(payload, HEADER)) {
    switch (attribute.type) {
      case FRA.to:
        rule.to = `${addressText(attribute.data)}/${toLength}`;
        break;
      case FRA.from:
        rule.from = `${addressText(attribute.data)}/${fromLength}`;
        break;
      case FRA.incoming:
        rule.incoming = readText(attribute);
        break;
      case FRA.outgoing:
        rule.outgoing = readText(attribute);
        break;
      case FRA.priority:
        rule.priority = readUnsigned(attribute, 4);
        break;
      case FRA.mark:
        rule.mark = readUnsigned(attribute, 4);
        break;
      case FRA.markMask:
        rule.markMask = readUnsigned(attribute, 4);
        break;
      case FRA.table:
        rule.table = readUnsigned(attribute, 4);
        break;
      default:
        break;
    }
  }
  return rule;
}

/** Payload that asks for a dump of the rules of one family. */
export function encodeRuleQuery(family: number): Buffer {
  return new PayloadWriter(HEADER).struct(HEADER, (view) => view.writeUInt8(family, 0)).finish();
}
