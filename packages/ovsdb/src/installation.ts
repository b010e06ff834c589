import type { InterfaceChange, InterfaceRow } from "./open-vswitch-schema.ts";

const IFACE_ID = "iface-id";
const INSTALLED = "ovn-installed";
const INSTALLED_AT = "ovn-installed-ts";

/**
 * Knows of each interface whether ovn-controller has installed its flows for the port that is now on it. The sign of
 * OVN, `external_ids:ovn-installed`, stays for a while when another `iface-id` is written: a sign that was there at
 * that moment speaks of the port before, until it goes away or comes with another time.
 */
export class Installation {
  /** By row: the port that its sign speaks of, where that is not the port now on it. */
  readonly #speaksOf = new Map<string, string | undefined>();

  /** Takes in what happened to a row. */
  observe(change: InterfaceChange): void {
    if (change.type === "delete") {
      this.#speaksOf.delete(change.old.uuid);
    } else if (change.type === "modify") {
      const { row, old } = change;
      const { uuid } = row;
      if (!hasSign(row) || !hasSign(old) || signTime(row) !== signTime(old)) {
        this.#speaksOf.delete(uuid);
      } else if (portOf(row) !== portOf(old)) {
        const port = this.#speaksOf.has(uuid) ? this.#speaksOf.get(uuid) : portOf(old);
        if (port === portOf(row)) this.#speaksOf.delete(uuid);
        else this.#speaksOf.set(uuid, port);
      }
    }
  }

  /** Whether the flows of the port now on this interface (which must be `portId` when given) are in place. */
  isInstalled(row: InterfaceRow, portId?: string): boolean {
    return hasSign(row) && (portId === undefined || portOf(row) === portId) && !this.#speaksOf.has(row.uuid);
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
