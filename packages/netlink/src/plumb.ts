import { writeFileSync } from "node:fs";
import { announce } from "./announce.ts";
import { LinuxNetworkError, NetnsError } from "./errors.ts";
import { expectAll } from "./exchange.ts";
import { parsePrefix } from "./ip-address.ts";
import type { DecodedLink } from "./link.ts";
import { isOwnNetns, type Netns } from "./netns.ts";
import { setTxChecksumOn } from "./offload.ts";
import { planPod, type PodInterface } from "./pod-plan.ts";
import { type Procedure, type Reply, run, runSync, type Step } from "./procedure.ts";
import { deleteLink } from "./requests.ts";
import { NetlinkSocket, type RequestOptions } from "./socket.ts";
import { sysctlPath } from "./sysctl.ts";

/** What `plumbPod` needs besides the wanted interface. */
export interface PlumbOptions extends RequestOptions {
  /** A socket of the node's namespace. */
  readonly host: NetlinkSocket;
  readonly netns: Netns;
  /**
   * A veth that has the host name already is what a crash left behind: delete it and go on. Links of other kinds are
   * never deleted.
   */
  readonly replaceStale?: boolean;
}

/** A plumbed interface. */
export interface PlumbedInterface {
  /** Index inside the pod. */
  readonly index: number;
  /** The node's end; absent for links without one (vlan, macvlan). */
  readonly host?: { readonly index: number; readonly name: string; readonly hardwareAddress: string };
}

/**
 * Plumbs one interface into a pod: two sends on threads of the pool, and between them one synchronous window in the
 * pod's namespace. When anything fails the link is deleted again, and the error is thrown.
 *
 * @throws NetlinkError (`NETLINK_EEXIST`: a name is taken), NetnsError (`NETNS_OWN` for the caller's own namespace),
 * NetlinkTimeoutError, SystemCallError, the signal's reason; LinuxNetworkError `PLUMB_UNDO_FAILED` with the cause
 */
export function plumbPod(pod: PodInterface, options: PlumbOptions): Promise<PlumbedInterface> {
  return run(plumbing(pod, options), options);
}

/** As `plumbPod`, all of it on the calling thread. */
export function plumbPodSync(pod: PodInterface, options: Omit<PlumbOptions, "signal">): PlumbedInterface {
  return runSync(plumbing(pod, options), options);
}

function* plumbing(pod: PodInterface, options: PlumbOptions): Procedure<PlumbedInterface> {
  const { host, netns } = options;
  if (isOwnNetns(netns)) {
    throw new NetnsError("NETNS_OWN", `${netns.path} is this process's own network namespace`, "Give the pod's.");
  }
  const plan = planPod(pod, netns.fd);
  const sysctls = Array.from(pod.sysctls ?? [], ([name, value]) => ({ path: sysctlPath(name), value }));
  const create: Step = { socket: host, requests: plan.host, late: (reply) => undoLate(pod, reply, options) };
  let reply = yield create;
  if (options.replaceStale === true && isStale(reply)) {
    yield { socket: host, requests: [deleteLink({ name: hostNameOf(pod) })] };
    reply = yield create;
  }
  const ends = expectAll(reply)[0];
  try {
    // Sysctls of the link exist as soon as the link does, and must be set before it comes up.
    using inside = NetlinkSocket.open(netns, (fd) => {
      for (const { path, value } of sysctls) writeFileSync(path, value);
      if (pod.txChecksum !== undefined) setTxChecksumOn(fd, pod.name, pod.txChecksum);
    });
    const found = plan.find.length === 0 ? undefined : expectAll(yield { socket: inside, requests: plan.find })[0];
    const index = found?.index ?? ends?.parent;
    if (index === undefined) throw noIndex(pod.name);
    expectAll(yield { socket: inside, requests: plan.pod(index) });
    if (pod.announce === true) announceAll(pod, netns, found ?? ends);
    return ends?.name === undefined
      ? { index }
      : { index, host: { index: ends.index, name: ends.name, hardwareAddress: ends.address ?? "" } };
  } catch (error) {
    yield* undoing(pod, options, ends, error);
    throw error;
  }
}

function* undoing(
  pod: PodInterface,
  options: PlumbOptions,
  ends: DecodedLink | undefined,
  cause: unknown,
): Procedure<void> {
  let [outcome]: Reply = [];
  try {
    if (ends === undefined) {
      // No end on the node: the link was made by us (creation is exclusive) under its name in the pod.
      using inside = NetlinkSocket.open(options.netns);
      [outcome] = yield { socket: inside, requests: [deleteLink({ name: pod.name })], cleanup: true };
    } else {
      [outcome] = yield { socket: options.host, requests: [deleteLink({ index: ends.index })], cleanup: true };
    }
    if (outcome?.ok === false && outcome.error.errnoName !== "ENODEV") throw outcome.error;
  } catch (error) {
    throw new LinuxNetworkError(
      "PLUMB_UNDO_FAILED",
      `${String(cause)}; and the link could not be deleted again: ${String(error)}`,
      `Delete the link ${ends?.name ?? pod.name} by hand.`,
      { cause },
    );
  }
}

/** The link was created after its caller had given up: it goes again. Nobody is left to tell when that fails. */
function undoLate(pod: PodInterface, reply: Reply, { host, netns }: PlumbOptions): void {
  if (reply[0]?.ok !== true) return;
  const answer = reply[1];
  const index = answer?.ok === true ? answer.answers[0]?.index : undefined;
  if (index !== undefined) {
    host.request([deleteLink({ index })]).catch(() => {});
    return;
  }
  try {
    const inside = NetlinkSocket.open(netns);
    inside
      .request([deleteLink({ name: pod.name })])
      .catch(() => {})
      .finally(() => inside.close());
  } catch {
    // The namespace is closed or gone, and the link with it.
  }
}

/** The existing link of that name, when creation met one and it is a veth. */
function isStale(reply: Reply): boolean {
  const [created, existing] = reply;
  if (created?.ok !== false || created.error.errnoName !== "EEXIST" || existing?.ok !== true) return false;
  return existing.answers[0]?.kind?.type === "veth";
}

function hostNameOf(pod: PodInterface): string {
  return pod.attachment.type === "veth" ? pod.attachment.hostName : pod.name;
}

function noIndex(name: string): LinuxNetworkError {
  return new LinuxNetworkError("NETLINK_ENODEV", `the kernel told no index of ${name}`, "Look at the pod's links.");
}

function announceAll(pod: PodInterface, netns: Netns, link: DecodedLink | undefined): void {
  const hardwareAddress = pod.hardwareAddress ?? (link?.name === pod.name ? link.address : undefined);
  if (hardwareAddress === undefined) return;
  for (const text of pod.addresses) announce(netns, pod.name, hardwareAddress, parsePrefix(text).address);
}
