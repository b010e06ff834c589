import { integer, map, optional, set, string, uuid } from "./datum.ts";
import { type Row, table } from "./table.ts";
import type { RowChange } from "./table-cache.ts";

/** The database of Open vSwitch. */
export const OPEN_VSWITCH = "Open_vSwitch";

/** ovs-vswitchd.conf.db(5): one row of settings for the whole switch. */
export const OpenVSwitchTable = table("Open_vSwitch", {
  bridges: set(uuid),
  external_ids: map(string, string),
  other_config: map(string, string),
  ovs_version: optional(string),
});

/** ovs-vswitchd.conf.db(5): a bridge. */
export const BridgeTable = table("Bridge", {
  name: string,
  ports: set(uuid),
  datapath_type: string,
  external_ids: map(string, string),
});

/** ovs-vswitchd.conf.db(5): a port of a bridge, with one interface unless it is a bond. */
export const PortTable = table("Port", {
  name: string,
  interfaces: set(uuid),
  tag: optional(integer),
  external_ids: map(string, string),
});

/** ovs-vswitchd.conf.db(5): an interface; its statistics are left out, they change every few seconds. */
export const InterfaceTable = table("Interface", {
  name: string,
  type: string,
  external_ids: map(string, string),
  ofport: optional(integer),
  mtu_request: optional(integer),
  error: optional(string),
});

/** A row of `InterfaceTable`. */
export type InterfaceRow = Row<(typeof InterfaceTable)["columns"]>;
/** A change of a row of `InterfaceTable`. */
export type InterfaceChange = RowChange<(typeof InterfaceTable)["columns"]>;
/** A row of `BridgeTable`. */
export type BridgeRow = Row<(typeof BridgeTable)["columns"]>;
/** A row of `PortTable`. */
export type PortRow = Row<(typeof PortTable)["columns"]>;
