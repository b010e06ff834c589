import { type CallLimits, DEFAULT_TIMEOUT_MS, type OvsdbClient } from "./client.ts";
import { OvsdbConnectionError, OvsdbError, OvsdbTransactionError } from "./errors.ts";
import { Installation } from "./installation.ts";
import {
  BridgeTable,
  type InterfaceChange,
  type InterfaceRow,
  InterfaceTable,
  OPEN_VSWITCH,
  OpenVSwitchTable,
  type PortRow,
  PortTable,
} from "./open-vswitch-schema.ts";
import {
  type ExternalIds,
  hasExternalIds,
  type Plan,
  planAddition,
  planAdditions,
  planDeletion,
  planDeletionIf,
  type SwitchPort,
  type SwitchRows,
} from "./port-plan.ts";
import type { TableCache } from "./table-cache.ts";

/** A transaction may meet another writer or the end of a connection; after as many tries it is an error. */
const TRIES = 5;

/**
 * The Open vSwitch of this node: its ports and whether OVN has installed them. Reads come from a standing copy; writes
 * are single transactions that are guarded by what the copy said.
 */
export class OpenSwitch {
  readonly #client: OvsdbClient;
  readonly #switch: TableCache<(typeof OpenVSwitchTable)["columns"]>;
  readonly #bridges: TableCache<(typeof BridgeTable)["columns"]>;
  readonly #interfaces: TableCache<(typeof InterfaceTable)["columns"]>;
  readonly #interfacesByName = new Map<string, InterfaceRow>();
  readonly #portsByName = new Map<string, PortRow>();
  readonly #rows: SwitchRows;
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
    this.#interfaces = monitor.cache(InterfaceTable);
    this.#rows = {
      bridges: () => this.#bridges.rows(),
      port: (name) => this.#portsByName.get(name),
      interface: (uuid) => this.#interfaces.get(uuid),
    };
    monitor.cache(PortTable).onChange((change) => keepIndex(this.#portsByName, change));
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

  /** Whether there is a bridge of this name. */
  bridgeExists(name: string): boolean {
    return this.#bridges.find((row) => row.name === name) !== undefined;
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
  interfaces(externalIds: ExternalIds = {}): InterfaceRow[] {
    return [...this.#interfaces.rows()].filter((row) => hasExternalIds(row, externalIds));
  }

  /**
   * Resolves when the copy shows all that the server has done by now: while the connection is down the copy is what it
   * was then, and a transaction that was given up may be done just before it is cancelled.
   *
   * @throws OvsdbTimeoutError after `timeoutMs` (10000 unless given) without a connection or an answer,
   * OvsdbConnectionError, the signal's reason
   */
  async upToDate(signal?: AbortSignal, limits: Omit<CallLimits, "signal"> = {}): Promise<void> {
    await this.#client.ready(signal, limits.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    await this.#echo({ ...limits, signal });
  }

  /** Calls back for every change of an interface from now on; the returned function ends it. */
  onInterfaceChange(listener: (change: InterfaceChange) => void): () => void {
    return this.#interfaces.onChange(listener);
  }

  /**
   * Has the port on the bridge, in one transaction. One that is there just so is left alone; one of the same name that
   * differs, here or on another bridge, is replaced.
   *
   * @returns whether anything was changed; true also where an answer was lost on the way
   * @throws OvsdbError `OVSDB_NO_BRIDGE`, `OVSDB_CONTENDED`; what `OvsdbClient.transact` throws
   */
  async addPort(port: SwitchPort, signal?: AbortSignal, limits: Omit<CallLimits, "signal"> = {}): Promise<boolean> {
    return this.#contend(
      `port ${port.port}`,
      { ...limits, signal },
      () => this.bridgeExists(port.bridge),
      () => planAddition(this.#rows, port),
    );
  }

  /**
   * As `addPort`, for many ports in one transaction: the switch and OVN then take them up in one round. All or none.
   * No two may have the same name.
   */
  async addPorts(
    ports: readonly SwitchPort[],
    signal?: AbortSignal,
    limits: Omit<CallLimits, "signal"> = {},
  ): Promise<boolean> {
    return this.#contend(
      `ports ${ports.map(({ port }) => port).join(", ")}`,
      { ...limits, signal },
      () => ports.every(({ bridge }) => this.bridgeExists(bridge)),
      () => planAdditions(this.#rows, ports),
    );
  }

  /** Deletes one port. Gone already is fine. */
  async deletePort(port: string, signal?: AbortSignal): Promise<void> {
    await this.deletePorts([port], signal);
  }

  /**
   * Deletes ports of any bridges, by name, in one transaction; those that are gone already are fine. An `addPort` that
   * was called before is undone too, even when its caller gave it up.
   */
  async deletePorts(
    ports: readonly string[],
    signal?: AbortSignal,
    limits: Omit<CallLimits, "signal"> = {},
  ): Promise<void> {
    await this.#contend(
      `ports ${ports.join(", ")}`,
      { ...limits, signal },
      () => ports.every((name) => this.#portsByName.has(name)),
      () => planDeletion(this.#rows, ports),
    );
  }

  /**
   * Deletes a port only if its interface has all of these `external_ids` at the moment of the deletion.
   *
   * @returns whether it was deleted
   */
  async deletePortIf(
    port: string,
    externalIds: ExternalIds,
    signal?: AbortSignal,
    limits: Omit<CallLimits, "signal"> = {},
  ): Promise<boolean> {
    return this.#contend(
      `port ${port}`,
      { ...limits, signal },
      () => this.interfaces(externalIds).some(({ name }) => name === port),
      () => planDeletionIf(this.#rows, port, externalIds),
    );
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

  /** An answer comes after all earlier updates, and after what became of earlier requests. */
  async #echo(limits: CallLimits): Promise<void> {
    await this.#client.request("echo", [], limits);
  }

  /**
   * Plans from the copy and runs the transaction, and again with a newer copy when a guard fails or the connection is
   * lost: plans are of a state to reach, so what was done already is seen and not done twice. Where the copy does not
   * show what the plan is about it is brought up to date first.
   */
  async #contend(what: string, limits: CallLimits, isKnown: () => boolean, plan: () => Plan): Promise<boolean> {
    let wasLost = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        // Connecting again has its own back-off.
        await this.#client.ready(limits.signal, limits.timeoutMs ?? DEFAULT_TIMEOUT_MS);
        if (attempt > 1 || !isKnown()) await this.#echo(limits);
        const operations = plan();
        if (operations === undefined) return wasLost;
        await this.#client.transact(OPEN_VSWITCH, operations, limits);
        return true;
      } catch (error) {
        const isLost = error instanceof OvsdbConnectionError;
        if (!isLost && !isContention(error)) throw error;
        wasLost ||= isLost;
        if (attempt < TRIES) continue;
        if (isLost || error.error === "constraint violation") throw error;
        throw new OvsdbError("OVSDB_CONTENDED", `${what}: changed by others ${TRIES} times`, "See who writes it.", {
          cause: error,
        });
      }
    }
  }
}

/** Follows the switch of a node through a client that is connected to its database. */
export function openSwitch(client: OvsdbClient): OpenSwitch {
  return new OpenSwitch(client);
}

/** Keeps rows by name; a row that replaces another of its name is told before the other's end. */
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

function interfaceGone(name: string): OvsdbError {
  return new OvsdbError(
    "OVSDB_INTERFACE_GONE",
    `interface ${name} was deleted while it was waited for`,
    "The port was unplugged meanwhile; plug it again if it is still wanted.",
  );
}
