import { named } from "./datum.ts";
import { OvsdbError } from "./errors.ts";
import {
  type BridgeRow,
  BridgeTable,
  type InterfaceRow,
  InterfaceTable,
  type PortRow,
  PortTable,
} from "./open-vswitch-schema.ts";
import { comment, expectRows, insert, mutate, mutation, type Operation, where, whereUuid } from "./operations.ts";

/** A port to have on a bridge, with one interface of the same name. */
export interface SwitchPort {
  readonly bridge: string;
  readonly port: string;
  /** Of the interface, such as `iface-id` and `attached-mac`; other keys that an existing row has make no difference. */
  readonly externalIds: ExternalIds;
  /** `internal`, `patch`, ...; a device of the node unless given. */
  readonly type?: string;
  /** The switch resets the MTU of its internal devices unless it is asked for here. */
  readonly mtuRequest?: number;
  /** VLAN tag. */
  readonly tag?: number;
}

/** Keys and values of `external_ids`. */
export type ExternalIds = { readonly [key: string]: string };

/** Rows of the switch as its copy shows them. */
export interface SwitchRows {
  bridges(): Iterable<BridgeRow>;
  /** By name. */
  port(name: string): PortRow | undefined;
  /** By UUID. */
  interface(uuid: string): InterfaceRow | undefined;
}

/** Operations of one transaction, or undefined when there is nothing to do. */
export type Plan = readonly Operation<unknown>[] | undefined;

/**
 * Has the port on its bridge: nothing when it is there just so; one of the same name that differs is replaced. Guards
 * make the transaction fail when the rows it was planned from have changed. `serial` tells additions of one transaction
 * apart.
 *
 * @throws OvsdbError `OVSDB_NO_BRIDGE`
 */
export function planAddition(rows: SwitchRows, wanted: SwitchPort, serial = 0): Plan {
  const bridge = [...rows.bridges()].find(({ name }) => name === wanted.bridge);
  if (bridge === undefined) throw noBridge(wanted.bridge);
  const old = rows.port(wanted.port);
  if (old !== undefined && bridge.ports.includes(old.uuid) && isAsWanted(rows, old, wanted)) return undefined;
  return [
    expectRows(PortTable, [where(PortTable, "name", "==", wanted.port)], old === undefined ? [] : [old.uuid]),
    expectRows(BridgeTable, [where(BridgeTable, "name", "==", wanted.bridge)], [bridge.uuid]),
    ...(old === undefined ? [] : removal(rows, [old.uuid])),
    ...insertion(wanted, bridge.uuid, serial),
  ];
}

/** Has many ports on their bridges, in one transaction. @throws OvsdbError `OVSDB_NO_BRIDGE` */
export function planAdditions(rows: SwitchRows, wanted: readonly SwitchPort[]): Plan {
  const operations = wanted.flatMap((port, serial) => planAddition(rows, port, serial) ?? []);
  return operations.length === 0 ? undefined : operations;
}

/** Takes ports off whatever bridge they are on, by name. */
export function planDeletion(rows: SwitchRows, names: readonly string[]): Plan {
  const uuids = [...new Set(names)].flatMap((name) => rows.port(name)?.uuid ?? []);
  if (uuids.length === 0) return undefined;
  return [...removal(rows, uuids), comment(`delete ports ${names.join(", ")}`)];
}

/** Takes a port off its bridge if its interface has these `external_ids`, which a guard holds the server to. */
export function planDeletionIf(rows: SwitchRows, name: string, externalIds: ExternalIds): Plan {
  const port = rows.port(name);
  const row = port?.interfaces.map((uuid) => rows.interface(uuid)).find((candidate) => candidate?.name === name);
  if (port === undefined || row === undefined || !hasExternalIds(row, externalIds)) return undefined;
  const ids = new Map(Object.entries(externalIds));
  return [
    expectRows(
      InterfaceTable,
      [where(InterfaceTable, "name", "==", name), where(InterfaceTable, "external_ids", "includes", ids)],
      [row.uuid],
    ),
    ...removal(rows, [port.uuid]),
    comment(`delete port ${name}`),
  ];
}

/** Whether an interface's `external_ids` hold all of these. */
export function hasExternalIds(row: InterfaceRow, externalIds: ExternalIds): boolean {
  return Object.entries(externalIds).every(([key, value]) => row.external_ids.get(key) === value);
}

function isAsWanted(rows: SwitchRows, old: PortRow, wanted: SwitchPort): boolean {
  const [id, ...others] = old.interfaces;
  const row = id === undefined || others.length > 0 ? undefined : rows.interface(id);
  return (
    row !== undefined &&
    old.tag === wanted.tag &&
    row.name === wanted.port &&
    row.type === (wanted.type ?? "") &&
    row.mtu_request === wanted.mtuRequest &&
    hasExternalIds(row, wanted.externalIds)
  );
}

/** The server collects a port that no bridge refers to any more, and its interface with it. */
function removal(rows: SwitchRows, ports: readonly string[]): Operation<unknown>[] {
  const leaving = new Set(ports);
  return [...rows.bridges()].flatMap((bridge) => {
    const held = bridge.ports.filter((port) => leaving.has(port));
    if (held.length === 0) return [];
    return [mutate(BridgeTable, [whereUuid(bridge.uuid)], [mutation(BridgeTable, "ports", "delete", held)])];
  });
}

function insertion(port: SwitchPort, bridge: string, serial: number): Operation<unknown>[] {
  const newInterface = named(`new_interface_${serial}`);
  const newPort = named(`new_port_${serial}`);
  return [
    insert(
      InterfaceTable,
      {
        name: port.port,
        external_ids: new Map(Object.entries(port.externalIds)),
        ...(port.type === undefined ? {} : { type: port.type }),
        ...(port.mtuRequest === undefined ? {} : { mtu_request: port.mtuRequest }),
      },
      newInterface,
    ),
    insert(
      PortTable,
      { name: port.port, interfaces: [newInterface], ...(port.tag === undefined ? {} : { tag: port.tag }) },
      newPort,
    ),
    mutate(BridgeTable, [whereUuid(bridge)], [mutation(BridgeTable, "ports", "insert", [newPort])]),
    comment(`add port ${port.port} to ${port.bridge}`),
  ];
}

function noBridge(name: string): OvsdbError {
  return new OvsdbError("OVSDB_NO_BRIDGE", `there is no bridge ${name}`, "Create the bridge or correct its name.");
}
