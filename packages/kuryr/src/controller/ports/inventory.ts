import { isMarkOf, parseMark } from "../../api/ownership.ts";
import type { PortView } from "../pods/plan.ts";
import { MultiMap } from "./multi-map.ts";

/** The attributes of a Neutron port that are kept; names as in the Networking API. */
export interface NeutronPort {
  readonly id: string;
  readonly device_id: string;
  readonly description?: string;
  readonly network_id: string;
  readonly mac_address: string;
  readonly fixed_ips: readonly { readonly subnet_id: string; readonly ip_address: string }[];
  readonly "binding:host_id"?: string;
  readonly "binding:vif_type"?: string;
  /** Of the details what decides how a port is plugged; missing where nothing is out of the ordinary. */
  readonly "binding:vif_details"?: VifDetails;
  readonly qos_policy_id?: string | null;
  readonly security_groups?: readonly string[];
  readonly project_id?: string;
  /** Grows with every change, of its status too. */
  readonly revision_number?: number;
}

/** What Neutron's mechanism driver says of how to plug a port. */
export interface VifDetails {
  readonly ovs_hybrid_plug?: boolean;
  /** Mechanism drivers by the level of the binding. */
  readonly bound_drivers?: Readonly<Record<string, string>>;
}

/** Attributes to ask for in lists. */
export const portFields = [
  "id",
  "device_id",
  "description",
  "network_id",
  "mac_address",
  "fixed_ips",
  "binding:host_id",
  "binding:vif_type",
  "binding:vif_details",
  "qos_policy_id",
  "security_groups",
  "project_id",
  "revision_number",
] as const;

/**
 * What is known of the ports with this cluster's mark, so that a reconcile needs no request to observe them.
 * Filled by one list at start and at every resync; kept by what this controller creates and deletes itself.
 */
export class PortInventory {
  readonly #cluster: string;
  readonly #seenAs: (port: NeutronPort) => NeutronPort;
  readonly #ports = new Map<string, NeutronPort>();
  readonly #byUid = new MultiMap();
  readonly #byKey = new MultiMap();
  /** Ports of which this controller knows from lists only. */
  readonly #found = new Set<string>();
  /** Ports created or deleted while a list was under way: the list may not have them right. */
  #touched: Set<string> | undefined;

  /** @param seenAs what a listed port is to be taken for, where Neutron has yet to be told */
  constructor(cluster: string, seenAs: (port: NeutronPort) => NeutronPort = (port) => port) {
    this.#cluster = cluster;
    this.#seenAs = seenAs;
  }

  get size(): number {
    return this.#ports.size;
  }

  get(id: string): NeutronPort | undefined {
    return this.#ports.get(id);
  }

  values(): IterableIterator<NeutronPort> {
    return this.#ports.values();
  }

  /** Ports of any of these pod UIDs, or whose mark names this key. */
  of(key: string, podUids: readonly string[]): PortView[] {
    const ids = new Set(this.#byKey.of(key));
    for (const uid of podUids) for (const id of this.#byUid.of(uid)) ids.add(id);
    return [...ids].flatMap((id) => {
      const port = this.#ports.get(id);
      if (port === undefined) return [];
      const found = this.#found.has(id) ? { found: true as const } : {};
      return [{ id, podUid: port.device_id, host: port["binding:host_id"] ?? "", ...found }];
    });
  }

  /**
   * Takes a port whose creation Neutron has answered, or one that is known as it is now; ports without our mark are never
   * taken.
   */
  put(port: NeutronPort): void {
    if (!isMarkOf(this.#cluster, port.description ?? "")) return;
    const found = this.#found.has(port.id);
    this.remove(port.id);
    this.#touched?.add(port.id);
    this.#ports.set(port.id, port);
    if (found) this.#found.add(port.id);
    if (port.device_id !== "") this.#byUid.add(port.device_id, port.id);
    const key = keyOfMark(port.description ?? "");
    if (key !== undefined) this.#byKey.add(key, port.id);
  }

  /** Takes a port that a list has: whether its creation has ever come to an end is not known of a new one. */
  find(port: NeutronPort): void {
    const known = this.#ports.has(port.id);
    this.put(port);
    if (!known && this.#ports.has(port.id)) this.#found.add(port.id);
  }

  remove(id: string): void {
    this.#touched?.add(id);
    const port = this.#ports.get(id);
    if (port === undefined) return;
    this.#ports.delete(id);
    this.#found.delete(id);
    this.#byUid.remove(port.device_id, id);
    const key = keyOfMark(port.description ?? "");
    if (key !== undefined) this.#byKey.remove(key, id);
  }

  /** Replaces everything by a list, less what was created or deleted while the list was under way. */
  async refresh(list: () => Promise<readonly NeutronPort[]>): Promise<void> {
    const touched = new Set<string>();
    this.#touched = touched;
    let listed: readonly NeutronPort[];
    try {
      listed = await list();
    } finally {
      this.#touched = undefined;
    }
    const present = new Set(listed.map((port) => port.id));
    for (const id of this.#ports.keys()) if (!present.has(id) && !touched.has(id)) this.remove(id);
    for (const port of listed) if (!touched.has(port.id)) this.find(this.#seenAs(port));
  }
}

/** `namespace/name` of a pod's mark; a mark that was cut may name another pod and is of no use as a key. */
function keyOfMark(description: string): string | undefined {
  if (description.length >= 255) return undefined;
  const owner = parseMark(description);
  return owner === undefined || owner.kind !== "pod" ? undefined : `${owner.namespace}/${owner.name}`;
}
