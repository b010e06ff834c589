import { readFileSync } from "node:fs";
import { announce } from "./announce.ts";
import { Family } from "../constants.ts";
import { LinuxNetworkError } from "../errors.ts";
import { expectAll, type Outcome } from "../socket/exchange.ts";
import { familyOf, parsePrefix } from "../ip-address.ts";
import type { DecodedLink } from "../messages/link.ts";
import { type Netns, refuseOwnNetns, reopenNetns } from "../netns/netns.ts";
import { setTxChecksumOn, setTxChecksumOnSync } from "../netns/offload.ts";
import { planPodPlumbing, type PodInterface, type PodPlan } from "./pod-plan.ts";
import { type Procedure, type Reply, run, runSync, type Send } from "./procedure.ts";
import { deleteLink } from "../messages/requests.ts";
import { type NetlinkSocket, openNetlink, type RequestOptions } from "../socket/socket.ts";
import { OpenSettings, sysctlPath } from "../netns/sysctl.ts";

/** What to plumb, and where. */
export type PodSpec = PodInterface & {
  /** The pod's open network namespace; it may be closed once `plumbPod` has settled. */
  readonly netns: Netns;
  /** Switches TX checksum offload off inside the pod: needed where a userspace switch reads the node's end. */
  readonly txChecksumOff?: boolean;
  /** Announce every address at the end (`announce`); wants `mac`. */
  readonly announce?: boolean;
  /** Network settings to write inside the pod before its link comes up, by name as in `sysctlPath`. */
  readonly sysctls?: ReadonlyMap<string, string>;
};

/** Limits of `plumbPod`; `timeoutMs` is for each of its steps. */
export interface PlumbOptions extends RequestOptions {
  /** A socket of the node's namespace to use; one is opened and closed again unless given. */
  readonly host?: NetlinkSocket;
  /**
   * A veth that has the host name already is what a crash left behind: delete it and go on. Links of other kinds are
   * never deleted.
   */
  readonly replaceStale?: boolean;
  /**
   * Called as soon as the link exists, with what is inside the pod still to do: whoever plugs the node's end into a
   * switch need not wait for the rest. Must not throw.
   */
  readonly created?: () => void;
  /** Where settings are written; default `/proc`. In a container that one is read-only, unless it is privileged. */
  readonly procDirectory?: string;
}

/** A plumbed interface. */
export interface PlumbedPod {
  /** Index inside the pod. */
  readonly index: number;
  /** The node's end of a veth pair. */
  readonly host?: { readonly index: number; readonly name: string; readonly mac: string };
}

/**
 * Plumbs one interface into a pod: two sends on threads of the pool, and between them one synchronous window in the
 * pod's namespace, of some microseconds. When anything fails, or the caller gives up, the link is deleted again.
 *
 * @throws NetlinkError (`NETLINK_EEXIST`: a name is taken), NetnsError (`NETNS_OWN` for the caller's own namespace),
 * NetlinkTimeoutError, SystemCallError, the signal's reason; LinuxNetworkError `PLUMB_UNDO_FAILED` with the cause
 */
export async function plumbPod(spec: PodSpec, options: PlumbOptions = {}): Promise<PlumbedPod> {
  if (options.host !== undefined) return await run(plumbing(spec, options.host, options), options);
  using host = openNetlink();
  return await run(plumbing(spec, host, options), options);
}

/** As `plumbPod`, all of it on the calling thread. */
export function plumbPodSync(spec: PodSpec, options: Omit<PlumbOptions, "signal"> = {}): PlumbedPod {
  if (options.host !== undefined) return runSync(plumbing(spec, options.host, options), options);
  using host = openNetlink();
  return runSync(plumbing(spec, host, options), options);
}

function* plumbing(spec: PodSpec, host: NetlinkSocket, options: PlumbOptions): Procedure<PlumbedPod> {
  refuseOwnNetns(spec.netns);
  const sysctls = Array.from(spec.sysctls ?? [], ([name, value]) => ({
    path: sysctlPath(name, options.procDirectory),
    value,
  }));
  // The message names the namespace by the number of an open file, and may be read after the caller has given up.
  const netns = reopenNetns(spec.netns);
  let underWay = false;
  try {
    const plan = planPodPlumbing(spec, netns.fd);
    const settled: Send["settled"] = (outcomes, abandoned) => {
      underWay = false;
      if (abandoned) void undoLate(spec, netns, host, outcomes);
    };
    const requests = [...plan.host, ...plan.hostSilence];
    underWay = true;
    let reply = yield { socket: host, requests, settled };
    const stale = options.replaceStale === true ? staleIndex(reply) : undefined;
    if (stale !== undefined) {
      yield { socket: host, requests: [deleteLink({ index: stale })] };
      underWay = true;
      reply = yield { socket: host, requests, settled };
    }
    const end = expectAll(reply.slice(0, plan.host.length))[0];
    options.created?.();
    try {
      return yield* plumbingInside(spec, netns, plan, end, sysctls, options);
    } catch (error) {
      yield* undoing(spec, netns, host, end, error);
      throw error;
    }
  } finally {
    if (!underWay) netns.close();
  }
}

function* plumbingInside(
  spec: PodSpec,
  netns: Netns,
  plan: PodPlan,
  end: DecodedLink | undefined,
  sysctls: readonly { readonly path: string; readonly value: string }[],
  { signal, procDirectory }: PlumbOptions,
): Procedure<PlumbedPod> {
  signal?.throwIfAborted();
  // Settings of the link exist as soon as the link does, and must be made before it comes up.
  using settings = new OpenSettings();
  using socket = openNetlink({
    netns,
    inside: () => {
      if (spec.addresses.some(isV6)) enableIpv6(settings, spec.ifName, procDirectory);
      for (const { path, value } of sysctls) settings.open(path, value);
    },
  });
  if (settings.size > 0) yield { sync: () => settings.writeSync(), async: () => settings.write() };
  const { ifName } = spec;
  if (spec.txChecksumOff === true) {
    yield {
      sync: () => setTxChecksumOnSync(socket.fd, ifName, false),
      async: () => setTxChecksumOn(socket.fd, ifName, false),
    };
  }
  const found = plan.find.length === 0 ? undefined : expectAll(yield { socket, requests: plan.find })[0];
  const index = found?.index ?? end?.parent;
  if (index === undefined) {
    throw new LinuxNetworkError("NETLINK_ENODEV", `the kernel told no index of ${ifName}`, "Look at the pod's links.");
  }
  const silence = plan.podSilence(index);
  const reply = yield { socket, requests: [...silence, ...plan.pod(index)] };
  expectAll(reply.slice(silence.length));
  if (spec.announce === true && spec.mac !== undefined) announce(netns, index, spec.mac, spec.addresses);
  if (end?.name === undefined) return { index };
  return { index, host: { index: end.index, name: end.name, mac: end.address ?? "" } };
}

/** Index of the veth that has the host name, when creation met one. */
function staleIndex([created, existing]: Reply): number | undefined {
  if (created?.ok !== false || created.error.errnoName !== "EEXIST" || existing?.ok !== true) return undefined;
  const [link] = existing.answers;
  return link?.kind?.type === "veth" ? link.index : undefined;
}

/** Runtimes switch IPv6 off in new sandboxes, and an address is then refused (EACCES); our pod shall have one. */
function enableIpv6(settings: OpenSettings, ifName: string, procDirectory: string | undefined): void {
  const path = sysctlPath(`net/ipv6/conf/${ifName}/disable_ipv6`, procDirectory);
  if (readFileSync(path, "utf8").startsWith("1")) settings.open(path, "0");
}

function isV6(address: string): boolean {
  return familyOf(parsePrefix(address).address) === Family.inet6;
}

function* undoing(
  spec: PodSpec,
  netns: Netns,
  host: NetlinkSocket,
  end: DecodedLink | undefined,
  cause: unknown,
): Procedure<void> {
  try {
    // By index: the name may have been taken by another link since. A link without an end on the node was made by us
    // under its name in the pod (creation is exclusive).
    using inside = end === undefined ? openNetlink({ netns }) : undefined;
    const requests = [deleteLink(end === undefined ? { name: spec.ifName } : { index: end.index })];
    const [outcome] = yield { socket: inside ?? host, requests, cleanup: true };
    if (outcome?.ok === false && outcome.error.errnoName !== "ENODEV") throw outcome.error;
  } catch (error) {
    throw new LinuxNetworkError(
      "PLUMB_UNDO_FAILED",
      `${String(cause)}; and the link could not be deleted again: ${String(error)}`,
      `Delete the link ${end?.name ?? spec.ifName} by hand.`,
      { cause },
    );
  }
}

/** The caller gave up while the link was being created: it goes again. Nobody is left to tell when that fails. */
async function undoLate(
  spec: PodSpec,
  netns: Netns,
  host: NetlinkSocket,
  outcomes: readonly Outcome<DecodedLink>[] | undefined,
): Promise<void> {
  const [created, answer] = outcomes ?? [];
  const index = answer?.ok === true ? answer.answers[0]?.index : undefined;
  let own: NetlinkSocket | undefined;
  try {
    if (created?.ok !== true) return;
    if (index === undefined) own = openNetlink({ netns });
    else if (host.closed) own = openNetlink();
    await (own ?? host).request([deleteLink(index === undefined ? { name: spec.ifName } : { index })]);
  } catch {
    // No socket to be had, or refused: the link stays until its namespace ends.
  } finally {
    own?.close();
    netns.close();
  }
}
