/** What a cloud object belongs to. */
export interface Owner {
  readonly cluster: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Neutron cuts nothing: a longer description is refused. */
const maxDescription = 255;

/**
 * The ownership mark, written in the call that creates, so that no crash leaves an object without one.
 * `kuryr:<cluster>:<kind>/<namespace>/<name>` as the object's `description`.
 */
export function markOf(owner: Owner): string {
  const mark = `kuryr:${owner.cluster}:${owner.kind}/${owner.namespace}/${owner.name}`;
  // Namespace and pod name can be 63 and 253 long: what does not fit is found by device_id, and is still ours by its beginning.
  return mark.slice(0, maxDescription);
}

/** Reads a mark, or `undefined` for anything that is not ours. */
export function parseMark(description: string): Owner | undefined {
  const match = /^kuryr:([^:/]+):([a-z-]+)\/([^/]+)\/(.+)$/.exec(description);
  if (match === null) return undefined;
  const [, cluster, kind, namespace, name] = match;
  if (cluster === undefined || kind === undefined || namespace === undefined || name === undefined) return undefined;
  return { cluster, kind, namespace, name };
}

/** Whether a description carries the mark of this cluster. */
export function isMarkOf(cluster: string, description: string): boolean {
  return description.startsWith(`kuryr:${cluster}:`);
}
