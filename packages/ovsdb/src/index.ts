export { type Clock, type Random, systemClock } from "./clock.ts";
export { type CallLimits, connectOvsdb, OvsdbClient, type OvsdbOptions } from "./client.ts";
export {
  type Atom,
  boolean,
  type Column,
  integer,
  map,
  named,
  type NamedUuid,
  optional,
  real,
  type RowReference,
  set,
  string,
  uuid,
} from "./datum.ts";
export {
  OvsdbBusyError,
  OvsdbClosedError,
  OvsdbConnectionError,
  OvsdbDatumError,
  OvsdbError,
  OvsdbProtocolError,
  OvsdbResponseError,
  OvsdbSchemaError,
  OvsdbTimeoutError,
  OvsdbTransactionError,
} from "./errors.ts";
export type { Json, JsonObject } from "./json.ts";
export { JsonStream } from "./json-stream.ts";
export { Monitor, type MonitoredTable, type RowOf } from "./monitor.ts";
export {
  type BridgeRow,
  BridgeTable,
  type InterfaceChange,
  type InterfaceRow,
  InterfaceTable,
  OPEN_VSWITCH,
  OpenVSwitchTable,
  type PortRow,
  PortTable,
} from "./open-vswitch-schema.ts";
export { OpenSwitch, openSwitch } from "./open-switch.ts";
export {
  abort,
  comment,
  commit,
  type Comparison,
  type Condition,
  deleteKeys,
  deleteRows,
  expectRows,
  insert,
  mutate,
  mutation,
  type Mutation,
  type Mutator,
  type Operation,
  type Results,
  select,
  update,
  wait,
  where,
  whereUuid,
} from "./operations.ts";
export type { ExternalIds, SwitchPort } from "./port-plan.ts";
export { type Columns, type Input, type Row, type RowInput, table, type Table } from "./table.ts";
export { type RowChange, TableCache } from "./table-cache.ts";
export { parseTarget, type Target, type TlsKeys } from "./target.ts";
