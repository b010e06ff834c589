/** A port with our mark, as the collector looks at it. */
export interface MarkedPort {
  readonly id: string;
  readonly podUid: string;
}

/**
 * Finds ports that belong to nobody: a crash between the creation of a port and that of its KuryrPort, with the pod
 * gone before the restart. A port is collected only when two sightings, at least a grace period apart, agree.
 */
export class OrphanFinder {
  readonly #graceMs: number;
  readonly #suspects = new Map<string, number>();

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** Ports that the last sighting found without owner, and that are not gone for certain. */
  get suspects(): number {
    return this.#suspects.size;
  }

  /**
   * One sighting.
   * @param owned whether a pod or a KuryrPort accounts for the ports of this UID
   * @returns ids of the ports to delete
   */
  look(ports: Iterable<MarkedPort>, owned: (podUid: string) => boolean, now: number): string[] {
    const orphans: string[] = [];
    const seen = new Set<string>();
    for (const port of ports) {
      if (owned(port.podUid)) continue;
      seen.add(port.id);
      const since = this.#suspects.get(port.id);
      if (since === undefined) this.#suspects.set(port.id, now);
      else if (now - since >= this.#graceMs) orphans.push(port.id);
    }
    for (const id of this.#suspects.keys()) if (!seen.has(id)) this.#suspects.delete(id);
    return orphans;
  }
}
