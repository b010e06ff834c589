import { isMarkOf, parseMark } from "../../api/ownership.ts";

/** What the description of a port that waits in a pool says. */
export interface PoolMark {
  /** Digest of the pool's key. */
  readonly digest: string;
  /** When a pod gave it back, in milliseconds since the epoch; missing for one that no pod has had yet. */
  readonly releasedAt: number | undefined;
}

/** Neutron's limit. */
const maxDescription = 255;

/**
 * Ownership mark of a port in a pool: `kuryr:<cluster>:pool/<digest>/<node>`, with `.<seconds>` behind the digest once a
 * pod has had it. The time is there because the next controller must know how long the address rests yet. The node, which
 * is there for people, may be cut: the port's binding is what counts.
 */
export function poolMarkOf(cluster: string, node: string, { digest, releasedAt }: PoolMark): string {
  const time = releasedAt === undefined ? "" : `.${Math.floor(releasedAt / 1000)}`;
  return `kuryr:${cluster}:pool/${digest}${time}/${node}`.slice(0, maxDescription);
}

/** Reads a mark of this cluster's pools; `undefined` for anything else. */
export function parsePoolMark(cluster: string, description: string): PoolMark | undefined {
  if (!isPoolMark(cluster, description)) return undefined;
  const match = /^([0-9a-f]+)(?:\.(\d{1,12}))?$/.exec(parseMark(description)?.namespace ?? "");
  const [, digest, seconds] = match ?? [];
  if (digest === undefined) return undefined;
  return { digest, releasedAt: seconds === undefined ? undefined : Number(seconds) * 1000 };
}

/** Whether a description is that of a port in a pool of this cluster, readable or not. */
export function isPoolMark(cluster: string, description: string): boolean {
  return isMarkOf(cluster, description) && description.startsWith("pool/", `kuryr:${cluster}:`.length);
}
