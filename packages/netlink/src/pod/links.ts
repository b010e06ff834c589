import { expectAll } from "../socket/exchange.ts";
import type { DecodedLink } from "../messages/link.ts";
import { type Procedure, type Reply, run, runSync } from "./procedure.ts";
import { deleteLink, dumpLinks, getLink, type Request, setLink } from "../messages/requests.ts";
import { type NetlinkSocket, openNetlink, type RequestOptions } from "../socket/socket.ts";

/** Limits of a call, and the socket it may use: one of this namespace is opened and closed again unless given. */
export interface HostOptions extends RequestOptions {
  readonly host?: NetlinkSocket;
}

/** Links as `deleteLinks` found and left them. */
export interface DeletedLinks {
  readonly deleted: readonly string[];
  /** Were not there. */
  readonly missing: readonly string[];
  /** Are there, but of a kind that no pod hangs on (a device, a bridge): left alone. */
  readonly refused: readonly string[];
}

/** Kinds that `deleteLinks` deletes. */
const podKinds: ReadonlySet<string | undefined> = new Set(["veth", "macvlan", "vlan", "ipvlan"]);

/**
 * The group of links that are about to be deleted. Any number but 0 will do: who shares it, deletes only what another
 * is deleting too.
 */
const DELETE_GROUP = 0x6b757279;

/**
 * Deletes links of pods by name: of a veth pair both ends. Many go with a single wait in the kernel (some 20 ms), by
 * putting them into a group of their own first. Names that are gone count as done; devices and bridges are left alone.
 *
 * @throws NetlinkError, NetlinkTimeoutError, SystemCallError, the signal's reason
 */
export function deleteLinks(names: readonly string[], options: HostOptions = {}): Promise<DeletedLinks> {
  return withHost(options, (host) => run(deleting(host, names), options));
}

/** As `deleteLinks`, on the calling thread, which it holds for some 20 ms. */
export function deleteLinksSync(names: readonly string[], options: Omit<HostOptions, "signal"> = {}): DeletedLinks {
  if (options.host !== undefined) return runSync(deleting(options.host, names), options);
  using host = openNetlink();
  return runSync(deleting(host, names), options);
}

/** Whether there is a link of that name. @throws NetlinkError and others as `deleteLinks` */
export async function linkExists(name: string, options: HostOptions = {}): Promise<boolean> {
  const [outcome] = await withHost(options, (host) => host.request([getLink({ name })], options));
  if (outcome?.ok === false && outcome.error.errnoName !== "ENODEV") throw outcome.error;
  return outcome?.ok === true;
}

/** All links of this namespace, or those of one kind such as `veth`. */
export async function listLinks(options: HostOptions & { readonly kind?: string } = {}): Promise<DecodedLink[]> {
  const dump = dumpLinks(options.kind === undefined ? {} : { kind: options.kind });
  return expectAll(await withHost(options, (host) => host.request([dump], options)));
}

async function withHost<T>(options: HostOptions, work: (host: NetlinkSocket) => Promise<T>): Promise<T> {
  if (options.host !== undefined) return await work(options.host);
  using host = openNetlink();
  return await work(host);
}

function* deleting(host: NetlinkSocket, names: readonly string[]): Procedure<DeletedLinks> {
  const wanted = [...new Set(names)];
  if (wanted.length === 0) return { deleted: [], missing: [], refused: [] };
  const { found, missing, refused } = sortOut(
    wanted,
    yield { socket: host, requests: wanted.map((name) => getLink({ name })) },
  );
  if (found.size > 0) {
    // What went away in between is gone, and so is a group that another deletion emptied.
    for (const outcome of yield { socket: host, requests: deletion([...found.values()]) }) {
      if (!outcome.ok && outcome.error.errnoName !== "ENODEV") throw outcome.error;
    }
  }
  return { deleted: [...found.keys()], missing, refused };
}

/** By index, never by name: a name may have been taken by another link since we looked. */
function deletion(indexes: readonly number[]): Request<DecodedLink>[] {
  const [only] = indexes;
  if (indexes.length === 1 && only !== undefined) return [deleteLink({ index: only })];
  return [...indexes.map((index) => setLink({ index, group: DELETE_GROUP })), deleteLink({ group: DELETE_GROUP })];
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
    else if (podKinds.has(link.kind?.type)) found.set(name, link.index);
    else refused.push(name);
  }
  return { found, missing, refused };
}
