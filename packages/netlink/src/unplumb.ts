import type { DecodedLink } from "./link.ts";
import { type Procedure, type Reply, run, runSync } from "./procedure.ts";
import { deleteLink, getLink, type Request, setLink } from "./requests.ts";
import type { NetlinkSocket, RequestOptions } from "./socket.ts";

/** Links of the node, as `unplumb` found and left them. */
export interface Unplumbed {
  readonly deleted: readonly string[];
  /** Were not there. */
  readonly missing: readonly string[];
  /** Are there, but are no veth: left alone. */
  readonly refused: readonly string[];
}

/**
 * The group of links that are about to be deleted. Any number but 0 will do: who shares it, deletes only what another
 * is deleting too.
 */
const DELETE_GROUP = 0x6b757279;

/**
 * Deletes the node's ends of veth pairs, and with them the pods' ends: many with one wait in the kernel, by putting
 * them into a group of their own first. Names that are gone count as done; what is no veth is left alone.
 *
 * @throws NetlinkError, NetlinkTimeoutError, SystemCallError, the signal's reason
 */
export function unplumb(
  host: NetlinkSocket,
  hostNames: readonly string[],
  options: RequestOptions & { readonly group?: number } = {},
): Promise<Unplumbed> {
  return run(unplumbing(host, hostNames, options.group), options);
}

/** As `unplumb`, on the calling thread, which it holds for some 20 ms. */
export function unplumbSync(
  host: NetlinkSocket,
  hostNames: readonly string[],
  options: { readonly timeoutMs?: number; readonly group?: number } = {},
): Unplumbed {
  return runSync(unplumbing(host, hostNames, options.group), options);
}

function* unplumbing(host: NetlinkSocket, hostNames: readonly string[], group = DELETE_GROUP): Procedure<Unplumbed> {
  const names = [...new Set(hostNames)];
  if (names.length === 0) return { deleted: [], missing: [], refused: [] };
  const { found, missing, refused } = sortOut(
    names,
    yield { socket: host, requests: names.map((name) => getLink({ name })) },
  );
  const indexes = [...found.values()];
  if (indexes.length > 0) {
    // What went away in between is gone, and so is a group that another deletion emptied.
    for (const outcome of yield { socket: host, requests: deletion(indexes, group) }) {
      if (!outcome.ok && outcome.error.errnoName !== "ENODEV") throw outcome.error;
    }
  }
  return { deleted: [...found.keys()], missing, refused };
}

/** By index, never by name: a name may have been taken by another link since we looked. */
function deletion(indexes: readonly number[], group: number): Request<DecodedLink>[] {
  const [only] = indexes;
  if (indexes.length === 1 && only !== undefined) return [deleteLink({ index: only })];
  return [...indexes.map((index) => setLink({ index, group })), deleteLink({ group })];
}

function sortOut(
  names: readonly string[],
  reply: Reply,
): { found: Map<string, number>; missing: string[]; refused: string[] } {
  const found = new Map<string, number>();
  const missing: string[] = [];
  const refused: string[] = [];
  for (const [at, name] of names.entries()) {
    const outcome = reply[at];
    if (outcome?.ok === false && outcome.error.errnoName !== "ENODEV") throw outcome.error;
    const link = outcome?.ok === true ? outcome.answers[0] : undefined;
    if (link === undefined) missing.push(name);
    else if (link.kind?.type === "veth") found.set(name, link.index);
    else refused.push(name);
  }
  return { found, missing, refused };
}
