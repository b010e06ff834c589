import type { InterfaceRow, InterfaceTable } from "./open-vswitch-schema.ts";
import type { RowChange } from "./table-cache.ts";

const IFACE_ID = "iface-id";
const INSTALLED = "ovn-installed";
const INSTALLED_AT = "ovn-installed-ts";

/**
 * Knows of each interface whether ovn-controller has installed its flows for the port that is now on it. The sign of
 * OVN, `external_ids:ovn-installed`, stays for a while when another `iface-id` is written: a sign that was there at
 * that moment speaks of the port before, until it goes away or comes with another time.
 */
export class Installation {
  /** By row: the sign's time that must not be believed. */
  readonly #stale = new Map<string, string | undefined>();

  /** Takes in what happened to a row. */
  observe(change: RowChange<(typeof InterfaceTable)["columns"]>): void {
    if (change.type === "delete") {
      this.#stale.delete(change.old.uuid);
    } else if (change.type === "modify") {
      const { row, old } = change;
      if (!hasSign(row) || signTime(row) !== signTime(old)) this.#stale.delete(row.uuid);
      else if (portOf(row) !== portOf(old) && hasSign(old)) this.#stale.set(row.uuid, signTime(row));
    }
  }

  /** Whether the flows of the port now on this interface (which must be `portId` when given) are in place. */
  isInstalled(row: InterfaceRow, portId?: string): boolean {
    if (!hasSign(row) || (portId !== undefined && portOf(row) !== portId)) return false;
    return !this.#stale.has(row.uuid) || this.#stale.get(row.uuid) !== signTime(row);
  }
}

function portOf(row: InterfaceRow): string | undefined {
  return row.external_ids.get(IFACE_ID);
}

function hasSign(row: InterfaceRow): boolean {
  return row.external_ids.get(INSTALLED) === "true";
}

function signTime(row: InterfaceRow): string | undefined {
  return row.external_ids.get(INSTALLED_AT);
}
