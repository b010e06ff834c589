import type { CallLimits, OvsdbClient } from "./client.ts";
import { named } from "./datum.ts";
import { OvsdbError, OvsdbTransactionError } from "./errors.ts";
import { Installation } from "./installation.ts";
import { comment, expectRows, insert, mutate, mutation, type Operation, where, whereUuid } from "./operations.ts";
import {
  BridgeTable,
  type InterfaceRow,
  InterfaceTable,
  OPEN_VSWITCH,
  OpenVSwitchTable,
  type PortRow,
  PortTable,
} from "./open-vswitch-schema.ts";
import type { TableCache } from "./table-cache.ts";

/** A port to have on a bridge, with one interface of the same name. */
export interface SwitchPort {
  readonly bridge: string;
  readonly port: string;
  /** Of the interface, such as `iface-id` and `attached-mac`; other keys that an existing row has make no difference. */
  readonly externalIds: { readonly [key: string]: string };
  /** `internal`, `patch`, ...; a device of the node unless given. */
  readonly type?: string;
  /** The switch resets the MTU of its internal devices unless it is asked for here. */
  readonly mtuRequest?: number;
  /** VLAN tag. */
  readonly tag?: number;
}

/** Several transactions may meet another writer; after as many tries it is an error. */
const TRIES = 5;

/**
 * The Open vSwitch of this node: its ports and whether OVN has installed them. Reads come from a standing copy; writes
 * are single transactions that are guarded by what the copy said.
 */
export class OpenSwitch {
  readonly #client: OvsdbClient;
  readonly #switch: TableCache<(typeof OpenVSwitchTable)["columns"]>;
  readonly #bridges: TableCache<(typeof BridgeTable)["columns"]>;
  readonly #ports: TableCache<(typeof PortTable)["columns"]>;
  readonly #interfaces: TableCache<(typeof InterfaceTable)["columns"]>;
  readonly #interfacesByName = new Map<string, InterfaceRow>();
  readonly #portsByName = new Map<string, PortRow>();
  readonly #installation = new Installation();
  readonly #waiters = new Map<string, Set<() => void>>();

  constructor(client: OvsdbClient) {
    this.#client = client;
    const monitor = client.monitor(OPEN_VSWITCH, [
      { table: OpenVSwitchTable },
      { table: BridgeTable },
      { table: PortTable },
      { table: InterfaceTable },
    ]);
    this.#switch = monitor.cache(OpenVSwitchTable);
    this.#bridges = monitor.cache(BridgeTable);
    this.#ports = monitor.cache(PortTable);
    this.#interfaces = monitor.cache(InterfaceTable);
    this.#ports.onChange((change) => keepIndex(this.#portsByName, change));
    this.#interfaces.onChange((change) => {
      keepIndex(this.#interfacesByName, change);
      this.#installation.observe(change);
      const name = change.type === "delete" ? change.old.name : change.row.name;
      for (const check of this.#waiters.get(name) ?? []) check();
    });
  }

  /** `external_ids` of the switch, such as `system-id` and `ovn-bridge`. */
  externalIds(): ReadonlyMap<string, string> {
    for (const row of this.#switch.rows()) return row.external_ids;
    return new Map();
  }

  /** `netdev` is the userspace datapath, `system` or empty the kernel's; undefined when there is no such bridge. */
  datapathType(bridge: string): string | undefined {
    return this.#bridges.find((row) => row.name === bridge)?.datapath_type;
  }

  /** The interface of this name. */
  interface(name: string): InterfaceRow | undefined {
    return this.#interfacesByName.get(name);
  }

  /** Interfaces whose `external_ids` hold all of these. */
  interfaces(externalIds: { readonly [key: string]: string } = {}): InterfaceRow[] {
    const wanted = Object.entries(externalIds);
    return [...this.#interfaces.rows()].filter((row) =>
      wanted.every(([key, value]) => row.external_ids.get(key) === value),
    );
  }

  /**
   * Has the port on the bridge, in one transaction. One that is there just so is left alone; one of the same name that
   * differs, here or on another bridge, is replaced.
   *
   * @returns whether anything was changed
   * @throws OvsdbError `OVSDB_NO_BRIDGE`, `OVSDB_CONTENDED`; what `OvsdbClient.transact` throws
   */
  async addPort(port: SwitchPort, signal?: AbortSignal, limits: Omit<CallLimits, "signal"> = {}): Promise<boolean> {
    const all = { ...limits, signal };
    await this.#client.ready(signal, all.timeoutMs ?? 10_000);
    // Perhaps the bridge is so new that the copy does not have it yet: an echo comes after all earlier updates.
    if (this.datapathType(port.bridge) === undefined) await this.#client.request("echo", [], all);
    return this.#contend(`port ${port.port}`, all, () => {
      const bridge = this.#bridges.find((row) => row.name === port.bridge);
      if (bridge === undefined) throw noBridge(port.bridge);
      const old = this.#portsByName.get(port.port);
      if (old !== undefined && bridge.ports.includes(old.uuid) && this.#isAsWanted(old, port)) return undefined;
      const holders = old === undefined ? [] : this.#holders([old.uuid]);
      return [
        // These fail when the copy was behind; then it has been brought up to date and we look again.
        expectRows(PortTable, [where(PortTable, "name", "==", port.port)], old === undefined ? [] : [old.uuid]),
        expectRows(BridgeTable, [where(BridgeTable, "name", "==", port.bridge)], [bridge.uuid]),
        ...holders.map((holder) =>
          mutate(BridgeTable, [whereUuid(holder.uuid)], [mutation(BridgeTable, "ports", "delete", holder.ports)]),
        ),
        ...insertion(port, bridge.uuid),
      ];
    });
  }

  /** Deletes one port. Gone already is fine. */
  async deletePort(port: string, signal?: AbortSignal): Promise<void> {
    await this.deletePorts([port], signal);
  }

  /** Deletes ports of any bridges, by name, in one transaction; those that are gone already are fine. */
  async deletePorts(
    ports: readonly string[],
    signal?: AbortSignal,
    limits: Omit<CallLimits, "signal"> = {},
  ): Promise<void> {
    await this.#contend(`ports ${ports.join(", ")}`, { ...limits, signal }, () => {
      const uuids = ports.flatMap((name) => this.#portsByName.get(name)?.uuid ?? []);
      if (uuids.length === 0) return undefined;
      // A row that no bridge refers to any more is collected by the server, its interface with it.
      return [
        ...this.#holders(uuids).map((holder) =>
          mutate(BridgeTable, [whereUuid(holder.uuid)], [mutation(BridgeTable, "ports", "delete", holder.ports)]),
        ),
        comment(`delete ports ${ports.join(", ")}`),
      ];
    });
  }

  /**
   * Resolves when ovn-controller has installed the flows of the port on this interface: `external_ids:ovn-installed`.
   * A sign that was left by the port before on the same interface does not count.
   *
   * @throws OvsdbError `OVSDB_INTERFACE_GONE` when the interface was there and is deleted; the signal's reason
   */
  waitInstalled(
    interfaceName: string,
    options: { readonly signal: AbortSignal; readonly portId?: string },
  ): Promise<InterfaceRow> {
    const { signal, portId } = options;
    return new Promise((resolve, reject) => {
      let seen = false;
      const check = (): void => {
        const row = this.#interfacesByName.get(interfaceName);
        if (row === undefined) {
          if (seen) done(() => reject(interfaceGone(interfaceName)));
        } else {
          seen = true;
          if (this.#installation.isInstalled(row, portId)) done(() => resolve(row));
        }
      };
      const onAbort = (): void => done(() => reject(signal.reason));
      const done = (settle: () => void): void => {
        signal.removeEventListener("abort", onAbort);
        this.#stopWaiting(interfaceName, check);
        settle();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      const waiters = this.#waiters.get(interfaceName) ?? new Set();
      this.#waiters.set(interfaceName, waiters.add(check));
      if (signal.aborted) onAbort();
      else check();
    });
  }

  #stopWaiting(name: string, check: () => void): void {
    const waiters = this.#waiters.get(name);
    waiters?.delete(check);
    if (waiters?.size === 0) this.#waiters.delete(name);
  }

  #isAsWanted(old: PortRow, wanted: SwitchPort): boolean {
    const [id, ...others] = old.interfaces;
    const row = id === undefined || others.length > 0 ? undefined : this.#interfaces.get(id);
    if (row === undefined || old.tag !== wanted.tag) return false;
    return (
      row.name === wanted.port &&
      row.type === (wanted.type ?? "") &&
      row.mtu_request === wanted.mtuRequest &&
      Object.entries(wanted.externalIds).every(([key, value]) => row.external_ids.get(key) === value)
    );
  }

  /** Bridges that have some of these ports, each with those it has. */
  #holders(portUuids: readonly string[]): { uuid: string; ports: string[] }[] {
    return [...this.#bridges.rows()].flatMap(({ uuid, ports }) => {
      const held = portUuids.filter((port) => ports.includes(port));
      return held.length === 0 ? [] : [{ uuid, ports: held }];
    });
  }

  /** Plans from the copy and runs the transaction; when a guard fails, the copy has moved on and it is planned anew. */
  async #contend(what: string, limits: CallLimits, plan: () => Operation<unknown>[] | undefined): Promise<boolean> {
    if (!this.#client.connected) await this.#client.ready(limits.signal, limits.timeoutMs ?? 10_000);
    for (let attempt = 1; ; attempt += 1) {
      const operations = plan();
      if (operations === undefined) return false;
      try {
        await this.#client.transact(OPEN_VSWITCH, operations, limits);
        return true;
      } catch (error) {
        if (!isContention(error)) throw error;
        if (attempt === TRIES && error.error === "constraint violation") throw error;
        if (attempt === TRIES) {
          throw new OvsdbError("OVSDB_CONTENDED", `${what}: changed by others ${TRIES} times`, "See who writes it.", {
            cause: error,
          });
        }
      }
    }
  }
}

/** Follows the switch of a node through a client that is connected to its database. */
export function openSwitch(client: OvsdbClient): OpenSwitch {
  return new OpenSwitch(client);
}

function insertion(port: SwitchPort, bridge: string): Operation<unknown>[] {
  const newInterface = named("new_interface");
  const newPort = named("new_port");
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

/** Keeps rows by name; a row that replaces another of its name may be told before the other's end. */
function keepIndex<R extends { readonly uuid: string; readonly name: string }>(
  index: Map<string, R>,
  change: { readonly type: string; readonly row?: R; readonly old?: R },
): void {
  const { row, old } = change;
  if (old !== undefined && index.get(old.name)?.uuid === old.uuid) index.delete(old.name);
  if (row !== undefined) index.set(row.name, row);
}

function isContention(error: unknown): error is OvsdbTransactionError {
  if (!(error instanceof OvsdbTransactionError)) return false;
  // When two insert the same name at once, the second breaks the index on names; other violations stay after all tries.
  return error.error === "timed out" || error.error === "constraint violation";
}

function noBridge(name: string): OvsdbError {
  return new OvsdbError("OVSDB_NO_BRIDGE", `there is no bridge ${name}`, "Create the bridge or correct its name.");
}

function interfaceGone(name: string): OvsdbError {
  return new OvsdbError(
    "OVSDB_INTERFACE_GONE",
    `interface ${name} was deleted while it was waited for`,
    "The port was unplugged meanwhile; plug it again if it is still wanted.",
  );
}
